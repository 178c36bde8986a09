// The power fails between act and entry: whatever the disk had not yet been given is gone, from any byte on.
import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { createSeededRandom } from "@wardroom/testkit";
import { silentLogger } from "#kernel";
import type { Keys } from "#keys";
import { type Migration, openDatabase, openStorage, type Statements } from "#storage";
import { type AuditHouse, openAuditHouse, openTestAudit } from "./audit.test-support.ts";
import { auditMigrations } from "./migrations.ts";
import { openEntry } from "./open-entry.ts";

const ROUNDS = 500;
const ACTS = 300;
/** Rounds in which the whole log is opened and grown as well. */
const EVERY = 50;
/** "WDRM" */
const APPLICATION_ID = 0x57_44_52_4d;

const actTable: Migration = { id: "acts-0001", sql: ["CREATE TABLE acts (id TEXT PRIMARY KEY)"] };

interface Tables {
  acts: { id: string };
}

const actsOf = (statements: Statements) => ({
  insert: statements.write<Tables, { id: string }>((db, p) => db.insertInto("acts").values({ id: p.id })),
});

interface Found {
  readonly acts: readonly string[];
  /** The acts that have an entry. */
  readonly recorded: readonly string[];
}

/** Opens what the crash left, as the next start does, and reads it without the rest of the house. */
function lookInto(path: string, keys: Keys): Found {
  const db = openDatabase({ path, key: keys.storePageKey(), cipher: "aegis", applicationId: APPLICATION_ID, mustExist: true });
  try {
    const entries = db.prepare("SELECT n, entry FROM audit_entries ORDER BY n").all() as readonly { n: number; entry: Uint8Array }[];
    assert.deepEqual(
      entries.map(({ n }) => n),
      entries.map((_, index) => index),
      "entries are numbered without a gap",
    );
    const opened = entries.map(({ n, entry }) => openEntry(keys, entry, { log: 1, index: n, unsigned: false }));
    const acts = db.prepare("SELECT id FROM acts ORDER BY id").all() as readonly { id: string }[];
    return {
      acts: acts.map(({ id }) => id),
      recorded: opened.flatMap(({ code, target }) => (code === "room.alias.created" && target !== undefined ? [target] : [])).sort(),
    };
  } finally {
    db.close();
  }
}

test(`in ${ROUNDS} crashes that lose what was not flushed there is never an act without its entry or an entry without its act`, async (context) => {
  const house = await openAuditHouse({}, [actTable]);
  context.after(() => house.close());
  const { storage, audit, keys, dataDir } = house;
  const acts = actsOf(storage.statements);
  const start = readFileSync(`${dataDir}/store.db`);
  for (let first = 0; first < ACTS; first += 6) {
    const ids = Array.from({ length: 6 }, (_, offset) => `#act${String(first + offset).padStart(4, "0")}`);
    await Promise.all(
      ids.map((id) =>
        storage.commit({
          writes: [acts.insert({ id }), ...audit.writes({ event: "room.alias.created", actor: "bob", target: id, outcome: "done" })],
        }),
      ),
    );
  }
  assert.deepEqual(readFileSync(`${dataDir}/store.db`), start, "nothing has been moved out of the log yet: it can be cut anywhere");
  const log = readFileSync(`${dataDir}/store.db-wal`);
  const random = createSeededRandom("crashes");
  const sizes = new Set<number>();
  for (let round = 0; round < ROUNDS; round += 1) {
    const place = `${dataDir}/../crash`;
    rmSync(place, { recursive: true, force: true });
    mkdirSync(place);
    writeFileSync(`${place}/store.db`, start);
    writeFileSync(`${place}/store.db-wal`, log.subarray(0, random.below(log.length + 1)));
    const found = lookInto(`${place}/store.db`, keys);
    assert.deepEqual(found.recorded, found.acts);
    sizes.add(found.acts.length);
    if (round % EVERY === 0) await growAgain(place, house);
  }
  assert.ok(sizes.size > 20, `the crashes came at ${sizes.size} different places`);
});

/** The log opens after the crash, under its name or a new one, and goes on. */
async function growAgain(place: string, { keys, clock, secondPlace }: AuditHouse): Promise<void> {
  const random = createSeededRandom(place);
  copyFileSync(secondPlace, `${place}/audit-head`);
  const migrations = [...auditMigrations, actTable];
  const storage = await openStorage({
    path: `${place}/store.db`,
    pageKey: keys.storePageKey(),
    cipher: "aegis",
    migrations,
    random,
    log: silentLogger,
  });
  const audit = await openTestAudit({ storage, keys, clock, random, path: place });
  assert.equal((await audit.state({ actor: "test" })).stopped, undefined);
  await audit.close();
  await storage.close();
}
