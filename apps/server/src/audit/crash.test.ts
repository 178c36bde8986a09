// The power fails between act and entry: whatever the disk had not yet been given is gone, from any byte on.
import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { createSeededRandom } from "@wardroom/testkit";
import { silentLogger } from "#kernel";
import type { Keys } from "#keys";
import { type Migration, openStorage, type Statements, type Storage } from "#storage";
import { openAuditHouse, openTestAudit } from "./audit.test-support.ts";
import { createLogStore } from "./log-store.ts";
import { auditMigrations } from "./migrations.ts";
import { openEntry } from "./open-entry.ts";

const ROUNDS = 500;
const ACTS = 300;
/** Rounds in which the whole log is opened and grown as well. */
const EVERY = 20;

const actTable: Migration = { id: "acts-0001", sql: ["CREATE TABLE acts (id TEXT PRIMARY KEY)"] };

interface Tables {
  acts: { id: string };
}

const actsOf = (statements: Statements) => ({
  insert: statements.write<Tables, { id: string }>((db, p) => db.insertInto("acts").values({ id: p.id })),
  list: statements.read<Tables, Record<string, never>, { id: string }>((db) => db.selectFrom("acts").select("id").orderBy("id")),
});

/** The acts that have an entry, and that the entries are numbered without a gap. */
async function recorded(storage: Storage, keys: Keys): Promise<readonly string[]> {
  const entries = await createLogStore(storage.statements).listEntries(0, 2 * ACTS);
  assert.deepEqual(
    entries.map(({ n }) => n),
    entries.map((_, index) => index),
  );
  const opened = entries.map(({ n, entry }) => openEntry(keys, entry, { log: 1, index: n, unsigned: false }));
  return opened.flatMap(({ code, target }) => (code === "room.alias.created" && target !== undefined ? [target] : [])).sort();
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
    writeFileSync(`${place}/store.db-wal`, log.subarray(0, random.integer(log.length + 1)));
    const found = await openStorage({
      path: `${place}/store.db`,
      pageKey: keys.storePageKey(),
      cipher: "aegis",
      migrations: [...auditMigrations, actTable],
      random,
      log: silentLogger,
    });
    const done = (await actsOf(found.statements).list.all({})).map(({ id }) => id);
    assert.deepEqual(await recorded(found, keys), done);
    sizes.add(done.length);
    if (round % EVERY === 0) {
      copyFileSync(house.secondPlace, `${place}/audit-head`);
      const again = await openTestAudit({ storage: found, keys, clock: house.clock, random, path: place });
      await again.close();
    }
    await found.close();
  }
  assert.ok(sizes.size > 20, `the crashes came at ${sizes.size} different places`);
  assert.ok(statSync(`${dataDir}/store.db-wal`).size > 0);
});
