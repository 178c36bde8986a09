import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { createSeededRandom, makeTempFolder } from "@wardroom/testkit";
import { type Logger, silentLogger } from "#kernel";
import { type Migration, type Storage, position, type Write } from "./contract.ts";
import { openStorage, type StorageOptions } from "./open-storage.ts";

export const PAGE_KEY = new Uint8Array(32).fill(5);
export const CIPHERS = ["aegis", "sqlcipher"] as const;

export const NOTES: Migration = {
  id: "notes-0001",
  sql: [
    "CREATE TABLE note (id TEXT PRIMARY KEY, place BIGINT NOT NULL, body BLOB NOT NULL)",
    "CREATE TABLE counter (id TEXT PRIMARY KEY, n BIGINT NOT NULL)",
  ],
};

interface Tables {
  note: { id: string; place: number; body: Uint8Array };
  counter: { id: string; n: number };
}

export interface StorePlace {
  readonly path: string;
  options(changes?: Partial<StorageOptions>): StorageOptions;
  open(changes?: Partial<StorageOptions>): Promise<Storage>;
  bytes(): Buffer;
}

let seeds = 0;

export function makeStorePlace(context: TestContext): StorePlace {
  const folder = makeTempFolder("store");
  context.after(() => folder.remove());
  const path = join(folder.path, "wardroom.db");
  const options = (changes?: Partial<StorageOptions>): StorageOptions => ({
    path,
    pageKey: PAGE_KEY,
    cipher: "aegis",
    migrations: [NOTES],
    random: createSeededRandom(`store ${(seeds += 1)}`),
    log: silentLogger,
    ...changes,
  });
  return { path, options, open: (changes) => openStorage(options(changes)), bytes: () => readAll(path) };
}

/** A log whose errors are kept. */
export function createLogSpy(): { readonly log: Logger; readonly errors: readonly string[] } {
  const errors: string[] = [];
  return { log: { ...silentLogger, error: (_, message) => void errors.push(message) }, errors };
}

function readAll(path: string): Buffer {
  return Buffer.concat(
    ["", "-wal", "-shm"].map((suffix) => {
      try {
        return readFileSync(path + suffix);
      } catch {
        return Buffer.alloc(0);
      }
    }),
  );
}

export interface Notes {
  /** A batch that draws a position and stores a note there. */
  add(id: string, body?: string): { readonly writes: readonly Write[]; readonly positions: number };
  setCounter(id: string, from: number, to: number): Write;
  list(): Promise<readonly { readonly id: string; readonly place: number; readonly body: Uint8Array }[]>;
  listLong(): Promise<readonly { readonly id: string; readonly place: number; readonly body: Uint8Array }[]>;
  find(id: string): Promise<{ readonly id: string; readonly place: number; readonly body: Uint8Array } | undefined>;
  counter(id: string): Promise<number | undefined>;
}

export function notesOf({ statements }: Storage): Notes {
  const insert = statements.write<Tables, { id: string; place: number; body: Uint8Array }>((db, p) =>
    db.insertInto("note").values({ id: p.id, place: p.place, body: p.body }),
  );
  const create = statements.write<Tables, { id: string; n: number }>((db, p) =>
    db
      .insertInto("counter")
      .values({ id: p.id, n: p.n })
      .onConflict((conflict) => conflict.doNothing()),
  );
  const update = statements.write<Tables, { id: string; from: number; to: number }>((db, p) =>
    db.updateTable("counter").set({ n: p.to }).where("id", "=", p.id).where("n", "=", p.from),
  );
  const list = statements.read<Tables, object, Tables["note"]>((db) => db.selectFrom("note").selectAll().orderBy("place"));
  const listLong = statements.read<Tables, object, Tables["note"]>((db) => db.selectFrom("note").selectAll().orderBy("place"), {
    long: true,
  });
  const find = statements.read<Tables, { id: string }, Tables["note"]>((db, p) => db.selectFrom("note").selectAll().where("id", "=", p.id));
  const counter = statements.read<Tables, { id: string }, { n: number }>((db, p) =>
    db.selectFrom("counter").select("n").where("id", "=", p.id),
  );
  return {
    add: (id, body = "") => ({ positions: 1, writes: [insert({ id, place: position(), body: Buffer.from(body) }, 1)] }),
    setCounter: (id, from, to) => (from < 0 ? create({ id, n: to }, 1) : update({ id, from, to }, 1)),
    list: () => list.all({}),
    listLong: () => listLong.all({}),
    find: (id) => find.get({ id }),
    counter: async (id) => (await counter.get({ id }))?.n,
  };
}
