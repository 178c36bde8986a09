import type { Statements, Write } from "#storage";

export const usages = ["master", "self_signing", "user_signing"] as const;
export type Usage = (typeof usages)[number];

export interface CrossSigningRow {
  readonly usage: string;
  /** Unpadded base64. */
  readonly public_key: string;
  /** Canonical JSON without `signatures` and `unsigned`. */
  readonly content: string;
}

interface Tables {
  cross_signing_keys: CrossSigningRow & { readonly user_id: string };
}

type Key = { user_id: string; usage: string };

export type CrossSigningStore = ReturnType<typeof createCrossSigningStore>;

export function createCrossSigningStore(statements: Statements) {
  const insert = statements.write<Tables, Key & { public_key: string; content: string }>((db, p) =>
    db
      .insertInto("cross_signing_keys")
      .values({ user_id: p.user_id, usage: p.usage, public_key: p.public_key, content: p.content })
      .onConflict((conflict) => conflict.doNothing()),
  );
  const remove = statements.write<Tables, Key & { content: string }>((db, p) =>
    db.deleteFrom("cross_signing_keys").where("user_id", "=", p.user_id).where("usage", "=", p.usage).where("content", "=", p.content),
  );
  const list = statements.read<Tables, { user_id: string }, CrossSigningRow>((db, p) =>
    db.selectFrom("cross_signing_keys").select(["usage", "public_key", "content"]).where("user_id", "=", p.user_id),
  );
  return {
    /** Fails when there is a key for this usage. */
    insert: (userId: string, { usage, public_key, content }: CrossSigningRow): Write =>
      insert({ user_id: userId, usage, public_key, content }, 1),
    /** Fails when it is not this one any more. */
    remove: (userId: string, { usage, content }: CrossSigningRow): Write => remove({ user_id: userId, usage, content }, 1),
    list: (userId: string) => list.all({ user_id: userId }),
  };
}
