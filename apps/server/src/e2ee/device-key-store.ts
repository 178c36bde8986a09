import type { Statements, Write } from "#storage";

export interface DeviceKeyRow {
  readonly device_id: string;
  /** Canonical JSON without `signatures` and `unsigned`. */
  readonly content: string;
}

interface Tables {
  device_keys: DeviceKeyRow & { readonly user_id: string };
}

type Device = { user_id: string; device_id: string };

export type DeviceKeyStore = ReturnType<typeof createDeviceKeyStore>;

/** One row for each device that has published its identity keys. */
export function createDeviceKeyStore(statements: Statements) {
  const insert = statements.write<Tables, Device & { content: string }>((db, p) =>
    db
      .insertInto("device_keys")
      .values({ user_id: p.user_id, device_id: p.device_id, content: p.content })
      .onConflict((conflict) => conflict.doNothing()),
  );
  const update = statements.write<Tables, Device & { content: string; before: string }>((db, p) =>
    db
      .updateTable("device_keys")
      .set({ content: p.content })
      .where("user_id", "=", p.user_id)
      .where("device_id", "=", p.device_id)
      .where("content", "=", p.before),
  );
  const list = statements.read<Tables, { user_id: string }, DeviceKeyRow>((db, p) =>
    db.selectFrom("device_keys").select(["device_id", "content"]).where("user_id", "=", p.user_id),
  );
  const find = statements.read<Tables, Device, { content: string }>((db, p) =>
    db.selectFrom("device_keys").select("content").where("user_id", "=", p.user_id).where("device_id", "=", p.device_id),
  );
  return {
    /** Fails when the device has keys already. */
    insert: (userId: string, deviceId: string, content: string): Write => insert({ user_id: userId, device_id: deviceId, content }, 1),
    /** Fails when they are not `before` any more. */
    update: (userId: string, deviceId: string, content: string, before: string): Write =>
      update({ user_id: userId, device_id: deviceId, content, before }, 1),
    list: (userId: string) => list.all({ user_id: userId }),
    find: async (userId: string, deviceId: string) => (await find.get({ user_id: userId, device_id: deviceId }))?.content,
  };
}
