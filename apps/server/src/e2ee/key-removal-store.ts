import type { PositionOffset, Statements, Write } from "#storage";
import { createListChangeStore } from "./list-change-store.ts";
import { ED25519 } from "./signed-json.ts";

interface Row {
  readonly user_id: string;
  readonly device_id: string;
}

interface Tables {
  device_keys: Row;
  one_time_keys: Row;
  fallback_keys: Row;
  key_signatures: { target_user_id: string; signer_user_id: string; target_key: string; signer_key: string };
}

/**
 * What goes with a device in the commit that removes it: its keys, the signatures on it and by it, and the change of the person's
 * device list if it was in it, at the position that the batch draws. May be said twice of one device.
 */
export function keyRemoval(statements: Statements): (userId: string, deviceId: string, position: PositionOffset) => readonly Write[] {
  const changes = createListChangeStore(statements);
  const removeSignatures = createSignatureRemoval(statements);
  const remove = (["device_keys", "one_time_keys", "fallback_keys"] as const).map((table) =>
    statements.write<Tables, Row>((db, p) => db.deleteFrom(table).where("user_id", "=", p.user_id).where("device_id", "=", p.device_id)),
  );
  return (userId, deviceId, position) => [
    // These first: they ask whether the device has keys.
    changes.putIfListed(userId, deviceId, position),
    ...removeSignatures(userId, deviceId),
    ...remove.map((write) => write({ user_id: userId, device_id: deviceId })),
  ];
}

/** What goes with a device's new name in the commit of it: others see it in their lists. */
export function keyRename(statements: Statements): (userId: string, deviceId: string, position: PositionOffset) => readonly Write[] {
  const changes = createListChangeStore(statements);
  return (userId, deviceId, position) => [changes.putIfListed(userId, deviceId, position)];
}

// Only of a device with keys. One without may have been given the name of a cross-signing key: to sign it out would else take away
// what others signed of that key.
function createSignatureRemoval(statements: Statements) {
  const removeOf = statements.write<Tables, Row>((db, p) =>
    db
      .deleteFrom("key_signatures")
      .where("target_user_id", "=", p.user_id)
      .where("target_key", "=", (own) =>
        own.selectFrom("device_keys").select("device_id").where("user_id", "=", p.user_id).where("device_id", "=", p.device_id),
      ),
  );
  const removeBy = statements.write<Tables, Row & { signer_key: string }>((db, p) =>
    db
      .deleteFrom("key_signatures")
      .where("signer_user_id", "=", p.user_id)
      .where("signer_key", "=", p.signer_key)
      .where((own) =>
        own.exists(own.selectFrom("device_keys").select("device_id").where("user_id", "=", p.user_id).where("device_id", "=", p.device_id)),
      ),
  );
  return (userId: string, deviceId: string): readonly Write[] => {
    const row = { user_id: userId, device_id: deviceId };
    return [removeOf(row), removeBy({ ...row, signer_key: ED25519 + deviceId })];
  };
}
