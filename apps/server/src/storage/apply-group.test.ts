import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test, type TestContext } from "node:test";
import type { Timers } from "#kernel";
import { createGroupWriter } from "./apply-group.ts";
import { createCheckpoints } from "./checkpoint.ts";
import { openDatabase } from "./open-database.ts";
import type { UnpackedBatch } from "./pack-batches.ts";
import { migrateSchema } from "./schema-store.ts";
import { makeStorePlace, PAGE_KEY } from "./storage.test-support.ts";

const INSERT = 1;
const UNCLEAR = 2;
const sql = new Map([
  [INSERT, "INSERT INTO t (place, body) VALUES (?, ?)"],
  [UNCLEAR, "INSERT INTO t (place) VALUES (?, ?)"],
]);

function openWriter(context: TestContext) {
  const { path } = makeStorePlace(context);
  const db = openDatabase({ path, key: PAGE_KEY, cipher: "aegis", applicationId: 1 });
  migrateSchema(db, path, [{ id: "t", sql: ["CREATE TABLE t (place BIGINT NOT NULL, body BLOB NOT NULL)"] }]);
  context.after(() => db.close());
  const writer = createGroupWriter(db, (id) => sql.get(id) ?? "");
  const rows = () => db.prepare("SELECT count(*) FROM t").pluck().get();
  return { db, path, writer, rows };
}

const insert = (bytes: number): UnpackedBatch => ({
  positions: 1,
  erases: false,
  writes: [{ statement: INSERT, expect: 1, params: [0, new Uint8Array(bytes)], positionAt: [0] }],
});

test("a full disk fails the whole group, draws no position, and the writer goes on when there is room", (context) => {
  const { db, writer, rows } = openWriter(context);
  assert.deepEqual(writer.apply([insert(10)]).outcomes, [1]);
  db.pragma("max_page_count = 40");
  const full = writer.apply([insert(10), insert(1_000_000), insert(10)]);
  assert.deepEqual(
    full.outcomes.map((outcome) => (typeof outcome === "object" ? outcome.kind : outcome)),
    ["failed", "failed", "failed"],
  );
  assert.deepEqual([full.last, full.broken, rows()], [1, false, 1]);
  db.pragma("max_page_count = 100000");
  assert.deepEqual(writer.apply([insert(1_000_000)]).outcomes, [2]);
});

test("a statement that is wrong fails alone and is not called a conflict: deciding again would not help", (context) => {
  const { writer, rows } = openWriter(context);
  const wrong = (statement: number): UnpackedBatch => ({
    positions: 1,
    erases: false,
    writes: [{ statement, expect: -1, params: [1, 2], positionAt: [] }],
  });
  const { outcomes, broken } = writer.apply([insert(1), wrong(UNCLEAR), wrong(99), insert(1)]);
  assert.deepEqual(
    outcomes.map((outcome) => (typeof outcome === "object" ? outcome.kind : outcome)),
    [1, "refused", "refused", 2],
  );
  assert.deepEqual([broken, rows()], [false, 2]);
});

test("what makes the disk unknown fails the group and marks the store as broken", (context) => {
  const { db, path } = openWriter(context);
  const page = Number(db.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 't'").pluck().get());
  db.close();
  const bytes = readFileSync(path);
  bytes.fill(0xff, (page - 1) * 4096 + 100, (page - 1) * 4096 + 200);
  writeFileSync(path, bytes);
  const damaged = openDatabase({ path, key: PAGE_KEY, cipher: "aegis", applicationId: 1 });
  const result = createGroupWriter(damaged, (id) => sql.get(id) ?? "").apply([insert(1)]);
  damaged.close();
  assert.equal(result.broken, true);
  assert.equal(typeof result.outcomes[0] === "object" && result.outcomes[0].kind, "failed");
});

test("the log is moved into the file when nobody writes, or when it is too long, and not before", (context) => {
  const { db, writer } = openWriter(context);
  const waiting: (() => void)[] = [];
  const timers: Timers = {
    after(_, work) {
      waiting.push(work);
      return { cancel: () => void waiting.splice(waiting.indexOf(work), 1) };
    },
  };
  const pages = () => {
    const [state] = db.pragma("wal_checkpoint(NOOP)") as readonly { readonly log: number; readonly checkpointed: number }[]; // SQLite's documented row
    return state === undefined ? -1 : state.log - state.checkpointed;
  };
  const checkpoints = createCheckpoints(db, timers);
  checkpoints.finish();
  writer.apply([insert(1000)]);
  checkpoints.afterCommit(false);
  assert.deepEqual([waiting.length, pages() > 0], [0, true], "a short log is left alone");
  for (let round = 0; round < 3; round += 1) {
    writer.apply([insert(5_000_000)]);
    checkpoints.afterCommit(false);
  }
  assert.equal(waiting.length, 1, "each commit puts the idle slot off");
  assert.ok(pages() > 1024);
  waiting[0]?.();
  assert.equal(pages(), 0);
  writer.apply([insert(70_000_000)]);
  checkpoints.afterCommit(false);
  assert.equal(pages(), 0, "a log above 64 MiB does not wait");
  checkpoints.finish();
});
