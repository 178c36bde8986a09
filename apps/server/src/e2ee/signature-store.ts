import type { Statements, Write } from "#storage";

export interface SignatureRow {
  readonly target_user_id: string;
  readonly signer_user_id: string;
  /** What is signed: a device id, or the public key of a cross-signing key. */
  readonly target_key: string;
  /** With its algorithm: `ed25519:` and a device id or public key. */
  readonly signer_key: string;
  readonly signature: string;
}

export interface MadeSignature {
  readonly target_key: string;
  readonly signer_key: string;
  readonly signature: string;
}

interface Tables {
  key_signatures: SignatureRow;
}

export type SignatureStore = ReturnType<typeof createSignatureStore>;

/** Signatures that were verified before they came here. */
export function createSignatureStore(statements: Statements) {
  const put = statements.write<Tables, SignatureRow>((db, p) =>
    db
      .insertInto("key_signatures")
      .values({
        target_user_id: p.target_user_id,
        signer_user_id: p.signer_user_id,
        target_key: p.target_key,
        signer_key: p.signer_key,
        signature: p.signature,
      })
      .onConflict((conflict) =>
        conflict
          .columns(["target_user_id", "signer_user_id", "target_key", "signer_key"])
          .doUpdateSet((excluded) => ({ signature: excluded.ref("excluded.signature") })),
      ),
  );
  type Made = { target: string; signer: string };
  const list = statements.read<Tables, Made, MadeSignature>((db, p) =>
    db
      .selectFrom("key_signatures")
      .select(["target_key", "signer_key", "signature"])
      .where("target_user_id", "=", p.target)
      .where("signer_user_id", "=", p.signer),
  );
  return {
    put: (row: SignatureRow): Write => put(row, 1),
    ...createRemovals(statements),
    /** What `signer` signed of `target`'s keys. */
    list: (target: string, signer: string) => list.all({ target, signer }),
  };
}

function createRemovals(statements: Statements) {
  const removeOf = statements.write<Tables, { user_id: string; target_key: string }>((db, p) =>
    db.deleteFrom("key_signatures").where("target_user_id", "=", p.user_id).where("target_key", "=", p.target_key),
  );
  const removeBy = statements.write<Tables, { user_id: string; signer_key: string }>((db, p) =>
    db.deleteFrom("key_signatures").where("signer_user_id", "=", p.user_id).where("signer_key", "=", p.signer_key),
  );
  return {
    /** Everybody's signatures on this key. */
    removeOf: (userId: string, targetKey: string): Write => removeOf({ user_id: userId, target_key: targetKey }),
    /** All that this key signed. */
    removeBy: (userId: string, signerKey: string): Write => removeBy({ user_id: userId, signer_key: signerKey }),
  };
}
