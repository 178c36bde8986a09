import type { PositionOffset, Statements, Write } from "#storage";
import { createListChangeStore } from "./list-change-store.ts";
import { createSignatureStore } from "./signature-store.ts";

interface Row {
  readonly user_id: string;
  readonly device_id: string;
}

interface Tables {
  device_keys: Row;
  one_time_keys: Row;
  fallback_keys: Row;
}

/**
 * What goes with a device in the commit that removes it: its keys, the signatures on it and by it, and the change of the person's
 * device list if it was in it. Without `position` the list does not change: the batch must draw one. May be said twice of one device.
 */
export function keyRemoval(statements: Statements): (userId: string, deviceId: string, position?: PositionOffset) => readonly Write[] {
  const changes = createListChangeStore(statements);
  const signatures = createSignatureStore(statements);
  const remove = (["device_keys", "one_time_keys", "fallback_keys"] as const).map((table) =>
    statements.write<Tables, Row>((db, p) => db.deleteFrom(table).where("user_id", "=", p.user_id).where("device_id", "=", p.device_id)),
  );
  return (userId, deviceId, position) => [
    // First: it asks whether the device has keys.
    ...(position === undefined ? [] : [changes.putIfListed(userId, deviceId, position)]),
    ...remove.map((write) => write({ user_id: userId, device_id: deviceId })),
    signatures.removeOf(userId, deviceId),
    signatures.removeBy(userId, `ed25519:${deviceId}`),
  ];
}
