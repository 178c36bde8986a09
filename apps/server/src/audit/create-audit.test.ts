import assert from "node:assert/strict";
import { after, test } from "node:test";
import { createFakeClock, createSeededRandom, makeTempFolder } from "@wardroom/testkit";
import { type AuditRecord, MatrixError, silentLogger } from "#kernel";
import { openStorage, type Storage } from "#storage";
import { auditMigrations, createAudit } from "#audit";

const folder = makeTempFolder("audit");
const random = createSeededRandom("audit");
const opened: Storage[] = [];
let stores = 0;

async function openStore(): Promise<Storage> {
  const storage = await openStorage({
    path: `${folder.path}/store-${(stores += 1)}.db`,
    pageKey: random.bytes(32),
    cipher: "aegis",
    migrations: auditMigrations,
    random,
    log: silentLogger,
  });
  opened.push(storage);
  return storage;
}

after(async () => {
  await Promise.all(opened.map((storage) => storage.close()));
  folder.remove();
});

async function setUp() {
  const storage = await openStore();
  // Starts at the beginning of a minute, so that a test decides when it ends.
  const clock = createFakeClock(1_700_000_040_000);
  return { storage, clock, audit: createAudit({ storage, clock, random, log: silentLogger }) };
}

const refusal = (actor: string, reason = "wrong-password"): AuditRecord => ({
  event: "session.created",
  actor,
  outcome: "refused",
  reason,
});
const total = (records: readonly { readonly count: number }[]) => records.reduce((sum, { count }) => sum + count, 0);

test("an act is recorded in the batch of the act, and not at all if that batch fails", async () => {
  const { storage, audit, clock } = await setUp();
  const done: AuditRecord = {
    event: "room.message.sent",
    actor: "@alice:example.org",
    deviceId: "PHONE",
    roomId: "!room",
    target: "@bob:example.org",
    eventId: "$event",
    outcome: "done",
  };
  const [write] = audit.writes(done);
  assert.ok(write !== undefined);
  await assert.rejects(storage.commit({ writes: [write, { ...write, expect: 7 }] }), { name: "Conflict" });
  assert.deepEqual(await audit.list(10), []);
  await storage.commit({ writes: audit.writes(done) });
  assert.deepEqual(await audit.list(10), [{ ...done, at: clock.now(), count: 1 }]);
});

test("records are listed newest first, also those of one millisecond and those after the clock was set back", async () => {
  const { storage } = await setUp();
  let now = 1_700_000_000_000;
  const audit = createAudit({ storage, clock: { now: () => now }, random, log: silentLogger });
  for (const [at, actor] of [
    [now, "first"],
    [now, "second"],
    [now - 5_000, "third"],
    [now + 1, "fourth"],
  ] as const) {
    now = at;
    await storage.commit({ writes: audit.writes({ event: "room.created", actor, outcome: "done" }) });
  }
  assert.deepEqual(
    (await audit.list(3)).map(({ actor }) => actor),
    ["fourth", "third", "second"],
  );
});

test("the first refusal of its kind is written at once, and repetitions within the minute as one count", async () => {
  const { audit, clock } = await setUp();
  for (let attempt = 0; attempt < 100; attempt += 1) audit.refused(refusal("@alice:example.org"));
  audit.refused(refusal("@bob:example.org"));
  clock.advance(59_999);
  audit.refused(refusal("@alice:example.org"));
  await audit.flush();
  const records = await audit.list(10);
  assert.deepEqual(records.map(({ actor, count }) => `${actor} ${count}`).sort(), [
    "@alice:example.org 1",
    "@alice:example.org 100",
    "@bob:example.org 1",
  ]);
});

test("the count of a minute that is over is carried away by the next record, whichever it is", async () => {
  const { audit, storage, clock } = await setUp();
  audit.refused(refusal("@alice:example.org"));
  audit.refused(refusal("@alice:example.org"));
  clock.advance(60_000);
  await storage.commit({ writes: audit.writes({ event: "room.created", actor: "@bob:example.org", outcome: "done" }) });
  // A second commit in line behind the count's own batch.
  await storage.commit({ writes: audit.writes({ event: "room.created", actor: "@bob:example.org", outcome: "done" }) });
  const refused = (await audit.list(10)).filter(({ outcome }) => outcome === "refused");
  assert.equal(refused.length, 2);
  audit.refused(refusal("@alice:example.org"));
  await audit.flush();
  assert.equal((await audit.list(1))[0]?.count, 1, "a new minute writes its first refusal at once again");
});

test("a flood under ever new names fills neither the memory nor the log, and no refusal is uncounted", async () => {
  const { audit } = await setUp();
  const names = 10_500;
  for (let at = 0; at < names; at += 1) audit.refused(refusal(`@guess${at}:example.org`));
  await audit.flush();
  const records = await audit.list(20_000);
  assert.equal(total(records), names);
  assert.ok(records.length <= 10_002, `${records.length} records`);
  assert.ok(
    records.some(({ actor, count }) => actor === "*" && count > 400),
    "what is beyond the limit is counted under one name",
  );
});

test("a store that cannot write now costs no refusal: it is counted later", async () => {
  const { storage, clock } = await setUp();
  let isFull = true;
  const busy: Storage = {
    ...storage,
    commit: (batch, onDurable) => (isFull ? Promise.reject(new MatrixError("M_LIMIT_EXCEEDED", "busy")) : storage.commit(batch, onDurable)),
  };
  const audit = createAudit({ storage: busy, clock, random, log: silentLogger });
  audit.refused(refusal("@alice:example.org"));
  audit.refused(refusal("@alice:example.org"));
  await assert.rejects(audit.flush(), { code: "M_LIMIT_EXCEEDED" });
  isFull = false;
  await audit.flush();
  assert.equal(total(await audit.list(10)), 2);
});

test("a refused request cannot fill the log with long names or end the process with half a character", async () => {
  const { audit } = await setUp();
  audit.refused({
    event: "room.member.joined",
    actor: `${"x".repeat(254)}😀${"y".repeat(100_000)}`,
    roomId: "z".repeat(100_000),
    outcome: "refused",
  });
  audit.refused({ event: "room.member.joined", actor: "'; DROP TABLE audit_records; --", outcome: "refused" });
  await audit.flush();
  const records = await audit.list(10);
  assert.equal(records.length, 2);
  for (const { actor, roomId = "" } of records) assert.ok(actor.length <= 255 && roomId.length <= 255 && actor.isWellFormed());
});
