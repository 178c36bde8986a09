import { join } from "node:path";
import type { TestContext } from "node:test";
import type { JsonObject } from "@wardroom/matrix-core";
import { createFakeClock, createManualTimers, createSeededRandom, type FakeClock, makeTempFolder } from "@wardroom/testkit";
import { type AccountData, accountDataMigrations, createAccountData } from "#account-data";
import { type Actor, type AuditRecord, type OutboundHttp, silentLogger } from "#kernel";
import { createKeyFile, createKeys, fileKeyProvider, type Keys } from "#keys";
import { createRooms, roomMigrations, type Rooms } from "#rooms";
import { openStorage, type Storage } from "#storage";
import { createPush, type Push, pushMigrations, type PushDeps } from "./index.ts";

/** Push on real rooms, account data, store and keys, in a folder of their own. */
export interface PushHouse {
  readonly rooms: Rooms;
  readonly accountData: AccountData;
  readonly push: Push;
  readonly storage: Storage;
  readonly keys: Keys;
  readonly clock: FakeClock;
  /** Reads that a room asked to be recorded. */
  readonly observed: readonly AuditRecord[];
  /** Ends the sessions of a device, as far as push hears of it. */
  revoke(userId: string, deviceId: string): void;
  /** From now on batches that expect the device fail. */
  removeDevice(userId: string, deviceId: string): void;
  /** Runs the timers that wait. */
  fireTimers(): void;
  /** Closes everything and opens it again on the same files. */
  reopen(): Promise<PushHouse>;
}

export const person = (name: string, device = "PHONE"): Actor => ({ userId: `@${name}:test`, deviceId: device, isAdmin: false });

const nowhere: OutboundHttp = { check: () => undefined, post: () => Promise.reject(new Error("nothing is sent in this test")) };

export async function openPush(context: TestContext, options: Partial<Pick<PushDeps, "outbound" | "config">> = {}): Promise<PushHouse> {
  const folder = makeTempFolder("push");
  createKeyFile(join(folder.path, "key"));
  let running: { close(): Promise<void> } | undefined;
  const start = async (): Promise<PushHouse> => {
    const house = await openHouse(folder.path, options);
    running = house;
    return {
      ...house,
      async reopen() {
        await house.close();
        return start();
      },
    };
  };
  context.after(async () => {
    await running?.close();
    folder.remove();
  });
  return start();
}

async function openHouse(folder: string, options: Partial<Pick<PushDeps, "outbound" | "config">>) {
  const base = { clock: createFakeClock(), random: createSeededRandom(folder), log: silentLogger, serverName: "test" };
  const keys = await createKeys({ ...base, dataDir: folder, kek: fileKeyProvider(join(folder, "key")) });
  const migrations = [...roomMigrations, ...accountDataMigrations, ...pushMigrations];
  const storage = await openStorage({ ...base, path: join(folder, "store.db"), pageKey: keys.storePageKey(), cipher: "aegis", migrations });
  const { timers, fire } = createManualTimers();
  const observed: AuditRecord[] = [];
  const audit = { writes: () => [], refused: () => {}, observed: (record: AuditRecord) => void observed.push(record) };
  const parts = { ...base, keys, storage, timers, audit };
  const accountData = createAccountData({ ...parts, onChanged: () => {} });
  const accountExists = async (userId: string) => userId.endsWith(":test");
  const rooms = await createRooms({ ...parts, accountExists });
  const revoked: Parameters<PushDeps["identity"]["onRevoked"]>[0][] = [];
  const gone = new Set<string>();
  const touch = storage.statements.write<{ pushers: { user_id: string } }, { userId: string }>((db, p) =>
    db.deleteFrom("pushers").where("user_id", "=", p.userId),
  );
  const expectDevice = (userId: string, deviceId: string) => touch({ userId: "" }, gone.has(`${userId} ${deviceId}`) ? 1 : 0);
  const push = await createPush({
    ...parts,
    accountData,
    feed: rooms.feed,
    identity: { onRevoked: (listener) => void revoked.push(listener), expectDevice },
    outbound: options.outbound ?? nowhere,
    config: options.config ?? { content: "id_only" },
  });
  return {
    rooms,
    accountData,
    push,
    storage,
    keys,
    clock: base.clock,
    observed,
    fireTimers: fire,
    removeDevice: (userId: string, deviceId: string) => void gone.add(`${userId} ${deviceId}`),
    revoke: (userId: string, deviceId: string) => {
      for (const listener of revoked) listener(userId, (candidate) => candidate === deviceId);
    },
    async close() {
      await push.close();
      await storage.close();
      keys.close();
    },
  };
}

let transactions = 0;

export async function send(rooms: Rooms, who: Actor, roomId: string, content: JsonObject, type = "m.room.message"): Promise<string> {
  transactions += 1;
  return (await rooms.sendMessage(who, { roomId, type, content, transactionId: `t${transactions}` })).eventId;
}

export const say = (rooms: Rooms, who: Actor, roomId: string, body: string): Promise<string> =>
  send(rooms, who, roomId, { msgtype: "m.text", body });

export async function redact(rooms: Rooms, who: Actor, roomId: string, eventId: string): Promise<void> {
  transactions += 1;
  await rooms.redactEvent(who, { roomId, eventId, transactionId: `t${transactions}` });
}
