import type { Keys } from "#keys";
import type { Statements, Write } from "#storage";
import type { Device } from "./contract.ts";
import { openDeviceName, sealDeviceName } from "./device-name.ts";

export interface StoredDevice {
  readonly user_id: string;
  readonly device_id: string;
  readonly display_name: Uint8Array | null;
  readonly created_at: number;
}

interface Tables {
  readonly devices: StoredDevice;
}

export interface DeviceStore {
  /** In the order in which they were made. */
  list(userId: string): Promise<readonly Device[]>;
  find(userId: string, deviceId: string): Promise<Device | undefined>;
  listIds(userId: string): Promise<readonly string[]>;
  /** Expects the device to be there. The person's key must exist. */
  rename(userId: string, deviceId: string, name: string): Write;
  /** Changes nothing; expects the device to be there. */
  expectExists(userId: string, deviceId: string): Write;
}

export function createDeviceStore(statements: Statements, keys: Keys): DeviceStore {
  const reads = createReads(statements);
  const writes = createWrites(statements);
  const toDevice = ({ user_id: userId, device_id: deviceId, display_name: sealed }: StoredDevice): Device => {
    const displayName = sealed === null ? undefined : openDeviceName(keys, userId, deviceId, sealed);
    return { deviceId, ...(displayName === undefined ? {} : { displayName }) };
  };
  return {
    list: async (userId) => (await reads.list.all({ userId })).map(toDevice),
    async find(userId, deviceId) {
      const row = await reads.find.get({ userId, deviceId });
      return row === undefined ? undefined : toDevice(row);
    },
    listIds: async (userId) => (await reads.ids.all({ userId })).map((row) => row.device_id),
    rename: (userId, deviceId, name) => writes.rename({ userId, deviceId, displayName: sealDeviceName(keys, userId, deviceId, name) }, 1),
    expectExists: (userId, deviceId) => writes.touch({ userId, deviceId }, 1),
  };
}

function createReads(statements: Statements) {
  return {
    list: statements.read<Tables, { userId: string }, StoredDevice>((db, p) =>
      db.selectFrom("devices").selectAll().where("user_id", "=", p.userId).orderBy("created_at").orderBy("device_id"),
    ),
    find: statements.read<Tables, { userId: string; deviceId: string }, StoredDevice>((db, p) =>
      db.selectFrom("devices").selectAll().where("user_id", "=", p.userId).where("device_id", "=", p.deviceId),
    ),
    ids: statements.read<Tables, { userId: string }, Pick<StoredDevice, "device_id">>((db, p) =>
      db.selectFrom("devices").select("device_id").where("user_id", "=", p.userId),
    ),
  };
}

function createWrites(statements: Statements) {
  type Key = { userId: string; deviceId: string };
  return {
    rename: statements.write<Tables, Key & { displayName: Uint8Array }>((db, p) =>
      db.updateTable("devices").set({ display_name: p.displayName }).where("user_id", "=", p.userId).where("device_id", "=", p.deviceId),
    ),
    touch: statements.write<Tables, Key>((db, p) =>
      db
        .updateTable("devices")
        .set((row) => ({ created_at: row.ref("created_at") }))
        .where("user_id", "=", p.userId)
        .where("device_id", "=", p.deviceId),
    ),
  };
}
