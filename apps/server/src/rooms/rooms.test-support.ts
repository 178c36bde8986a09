import { join } from "node:path";
import type { TestContext } from "node:test";
import { createFakeClock, createManualTimers, createSeededRandom, type FakeClock, makeTempFolder } from "@wardroom/testkit";
import { type Actor, type AuditRecord, silentLogger } from "#kernel";
import { createKeyFile, createKeys, fileKeyProvider, type Keys } from "#keys";
import { openStorage, type Storage, type StorageOptions } from "#storage";
import { createRooms, roomMigrations, type Rooms } from "./index.ts";

/** Rooms on a real store and real keys, in a folder of their own. */
export interface RoomsHouse {
  readonly rooms: Rooms;
  readonly storage: Storage;
  readonly keys: Keys;
  readonly clock: FakeClock;
  readonly folder: string;
  readonly refusals: readonly AuditRecord[];
  /** Reads that a room asked to be recorded. */
  readonly observed: readonly AuditRecord[];
  /** What was handed to batches for the audit. */
  readonly records: readonly AuditRecord[];
  /** Closes everything and opens it again on the same files. */
  readonly reopen: () => Promise<RoomsHouse>;
  /** Runs the timers whose time has come. */
  readonly fireTimers: () => void;
}

export const person = (name: string, device = "PHONE"): Actor => ({ userId: `@${name}:test`, deviceId: device, isAdmin: false });

export async function openRooms(context: TestContext, limits?: StorageOptions["limits"]): Promise<RoomsHouse> {
  const folder = makeTempFolder("rooms");
  createKeyFile(join(folder.path, "key"));
  const open: RoomsHouse[] = [];
  const start = async (): Promise<RoomsHouse> => {
    const house = await openHouse(folder.path, limits, async () => {
      const running = open.pop();
      await running?.storage.close();
      running?.keys.close();
      return start();
    });
    open.push(house);
    return house;
  };
  context.after(async () => {
    await open[0]?.storage.close();
    open[0]?.keys.close();
    folder.remove();
  });
  return start();
}

async function openHouse(folder: string, limits: StorageOptions["limits"], reopen: () => Promise<RoomsHouse>): Promise<RoomsHouse> {
  const clock = createFakeClock();
  const random = createSeededRandom(folder);
  const log = silentLogger;
  const keys = await createKeys({ dataDir: folder, kek: fileKeyProvider(join(folder, "key")), serverName: "test", random, clock, log });
  const storage = await openStorage({
    path: join(folder, "store.db"),
    pageKey: keys.storePageKey(),
    cipher: "aegis",
    migrations: roomMigrations,
    random,
    log,
    ...(limits === undefined ? {} : { limits }),
  });
  const refusals: AuditRecord[] = [];
  const observed: AuditRecord[] = [];
  const records: AuditRecord[] = [];
  const audit = {
    writes(...made: readonly AuditRecord[]) {
      records.push(...made);
      return [];
    },
    refused: (record: AuditRecord) => void refusals.push(record),
    observed: (record: AuditRecord) => void observed.push(record),
  };
  const { timers, fire } = createManualTimers();
  const accountExists = async (userId: string) => userId.endsWith(":test") && !userId.startsWith("@nobody");
  const rooms = await createRooms({ storage, keys, clock, random, timers, serverName: "test", audit, accountExists, log });
  return { rooms, storage, keys, clock, folder, refusals, observed, records, reopen, fireTimers: fire };
}

let transactions = 0;

export async function say(rooms: Rooms, who: Actor, roomId: string, body: string): Promise<string> {
  transactions += 1;
  const content = { msgtype: "m.text", body };
  return (await rooms.sendMessage(who, { roomId, type: "m.room.message", content, transactionId: `t${transactions}` })).eventId;
}

/** The bodies of the room as this person can page through it, oldest first. */
export async function history(rooms: Rooms, who: Actor, roomId: string, limit = 7): Promise<readonly string[]> {
  const bodies: string[] = [];
  for (let from: number | undefined; ;) {
    const page = await rooms.listMessages(who, roomId, { direction: "b", limit, ...(from === undefined ? {} : { from }) });
    for (const text of page.chunk) {
      const event: unknown = JSON.parse(text);
      if (isMessage(event)) bodies.unshift(event.content.body ?? "(redacted)");
    }
    if (page.end === undefined) return bodies;
    from = page.end;
  }
}

function isMessage(event: unknown): event is { content: { body?: string } } {
  return typeof event === "object" && event !== null && "type" in event && event.type === "m.room.message";
}
