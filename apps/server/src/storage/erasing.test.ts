import assert from "node:assert/strict";
import { copyFileSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { test, type TestContext } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Timers } from "#kernel";
import { createGroupWriter } from "./apply-group.ts";
import { createCheckpoints } from "./checkpoint.ts";
import { openDatabase } from "./open-database.ts";
import type { UnpackedBatch } from "./pack-batches.ts";
import { migrateSchema } from "./schema-store.ts";
import { makeStorePlace, notesOf, PAGE_KEY } from "./storage.test-support.ts";

const INSERT = 1;
const ERASE = 2;
const sql = new Map([
  [INSERT, "INSERT INTO t (body) VALUES (?)"],
  [ERASE, "UPDATE t SET body = ''"],
]);
const MARKER = "the-words-of-a-person";
const [LOG_HEADER, FRAME] = [32, 24 + 4096];

const batch = (statement: number, erases: boolean, ...params: string[]): UnpackedBatch => ({
  positions: 0,
  erases,
  writes: [{ statement, expect: 1, params, positionAt: [] }],
});

const open = (path: string) => openDatabase({ path, key: PAGE_KEY, cipher: "aegis", applicationId: 1 });

function openWriter(context: TestContext) {
  const { path } = makeStorePlace(context);
  const db = open(path);
  context.after(() => db.close());
  migrateSchema(db, path, [{ id: "t", sql: ["CREATE TABLE t (body TEXT NOT NULL)"] }]);
  const waiting = new Set<{ readonly milliseconds: number; readonly work: () => void }>();
  const timers: Timers = {
    after(milliseconds, work) {
      const entry = { milliseconds, work };
      waiting.add(entry);
      return { cancel: () => void waiting.delete(entry) };
    },
  };
  /** Runs what waits now, each once: the shortest first. @param least in milliseconds: shorter ones never get their turn */
  const fire = (least = 0) => {
    const due = [...waiting].filter(({ milliseconds }) => milliseconds >= least).sort((a, b) => a.milliseconds - b.milliseconds);
    for (const entry of due) if (waiting.delete(entry)) entry.work();
    return due.length;
  };
  const writer = createGroupWriter(db, (id) => sql.get(id) ?? "");
  const checkpoints = createCheckpoints(db, timers);
  checkpoints.finish();
  const commit = (each: UnpackedBatch) => {
    assert.deepEqual(writer.apply([each]).outcomes, [0]);
    checkpoints.afterCommit(each.erases);
  };
  return { path, checkpoints, commit, fire, logBytes: () => statSync(`${path}-wal`).size };
}

/** Whether somebody with folder and key reads the words, with the log whole or cut off at any frame. */
function canBeRead(context: TestContext, path: string): boolean {
  const log = readFileSync(`${path}-wal`);
  const frames = Math.max(0, Math.floor((log.length - LOG_HEADER) / FRAME));
  return Array.from({ length: frames + 1 }, (_, kept) => kept).some((kept) => {
    const copy = makeStorePlace(context).path;
    copyFileSync(path, copy);
    writeFileSync(`${copy}-wal`, log.subarray(0, kept === 0 ? 0 : LOG_HEADER + kept * FRAME));
    const db = open(copy);
    const rows = db.prepare("SELECT body FROM t").pluck().all();
    db.close();
    return rows.some((body) => body === MARKER);
  });
}

for (const where of ["in the file", "in the log"]) {
  test(`words that a batch takes away cannot be brought back once the store is idle (${where})`, (context) => {
    const { path, checkpoints, commit, fire, logBytes } = openWriter(context);
    commit(batch(INSERT, false, MARKER));
    if (where === "in the file") checkpoints.finish();
    commit(batch(ERASE, true));
    assert.ok(canBeRead(context, path), "a copy with its log cut off shows them until then");
    fire();
    assert.equal(logBytes(), 0);
    assert.equal(canBeRead(context, path), false);
    assert.equal(fire(), 0, "nothing is left to do");
  });
}

test("a store that is never idle overwrites erased words all the same, within a bound", (context) => {
  const { path, commit, fire } = openWriter(context);
  commit(batch(INSERT, false, MARKER));
  commit(batch(ERASE, true));
  commit(batch(ERASE, false));
  assert.equal(fire(1_000), 1, "commits put the idle slot off, not the bound");
  assert.equal(canBeRead(context, path), false);
});

test("a long reader puts the erasing off and does not cancel it", (context) => {
  const { path, commit, fire, logBytes } = openWriter(context);
  commit(batch(INSERT, false, MARKER));
  const reader = open(path);
  reader.exec("BEGIN");
  reader.prepare("SELECT count(*) FROM t").get();
  commit(batch(ERASE, true));
  fire();
  assert.ok(logBytes() > 0);
  reader.exec("COMMIT");
  reader.close();
  fire();
  assert.equal(canBeRead(context, path), false);
});

test("a batch that erases is enough to have the running store empty its log, however short that is", async (context) => {
  const place = makeStorePlace(context);
  const store = await place.open();
  const notes = notesOf(store);
  await store.commit(notes.add("a", MARKER));
  const size = () => statSync(`${place.path}-wal`).size;
  assert.ok(size() > 0);
  await store.commit({ ...notes.add("b"), erases: true });
  // The writer's own idle slot comes in a quarter of a second; without it the runner's time limit ends this.
  while (size() > 0) await nextTurn();
  await store.close();
});
