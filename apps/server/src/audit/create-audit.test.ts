import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { createSeededRandom } from "@wardroom/testkit";
import { createVerifier, openNote, parseCheckpoint } from "@wardroom/merkle-log";
import { type AuditRecord, MatrixError } from "#kernel";
import { personScope, roomScope } from "#keys";
import type { Storage } from "#storage";
import { type AuditHouse, everyEntry, openAuditHouse, openTestAudit, recordsOf } from "./audit.test-support.ts";
import type { AuditDeps } from "./create-audit.ts";

async function setUp(context: TestContext, changes: Partial<AuditDeps> = {}): Promise<AuditHouse> {
  const house = await openAuditHouse(changes);
  context.after(() => house.close());
  return house;
}

const refusal = (actor: string, reason = "wrong-password"): AuditRecord => ({
  event: "session.created",
  actor,
  outcome: "refused",
  reason,
});
const read = (actor: string, roomId: string, reason = "sync"): AuditRecord => ({
  event: "room.read",
  actor,
  deviceId: "B",
  roomId,
  reason,
  outcome: "done",
});
const sent = (actor: string): AuditRecord => ({ event: "room.message.sent", actor, outcome: "done" });
const total = (records: readonly { readonly count: number }[]) => records.reduce((sum, { count }) => sum + count, 0);

test("an act is recorded in the batch of the act, and not at all if that batch fails", async (context) => {
  const { storage, audit, clock, keys } = await setUp(context);
  await keys.ensure([personScope("@alice:example.org"), personScope("@bob:example.org"), roomScope("!room")]);
  const done: AuditRecord = {
    event: "room.message.sent",
    actor: "@alice:example.org",
    deviceId: "PHONE",
    address: "203.0.113.7",
    roomId: "!room",
    target: "@bob:example.org",
    eventId: "$event",
    outcome: "done",
  };
  const [write] = audit.writes(done);
  assert.ok(write !== undefined);
  await assert.rejects(storage.commit({ writes: [write, { ...write, expect: 7 }] }), { name: "Conflict" });
  assert.deepEqual(await recordsOf(audit), []);
  await storage.commit({ writes: audit.writes(done) });
  const [record, ...more] = await recordsOf(audit);
  assert.equal(more.length, 0);
  const { actor, deviceId, address, roomId, target, eventId, event, outcome, time, count, policy, erased, unsigned } =
    record ?? assert.fail();
  assert.deepEqual({ actor, deviceId, address, roomId, target, eventId, event, outcome }, done);
  assert.deepEqual(
    { time, count, policy, erased, unsigned },
    { time: clock.now(), count: 1, policy: "0123456789abcdef", erased: [], unsigned: false },
  );
});

test("nothing of who, whom, where and from where stands in an entry in clear", async (context) => {
  const { storage, audit, keys } = await setUp(context);
  await keys.ensure([personScope("@alice:example.org")]);
  const named = {
    actor: "@alice:example.org",
    deviceId: "PHONE",
    address: "203.0.113.7",
    roomId: "!room:x",
    target: "@bob:example.org",
    eventId: "$event",
  };
  await storage.commit({ writes: audit.writes({ event: "room.member.invited", outcome: "done", ...named }) });
  await audit.checkpoint();
  const [{ log, index } = assert.fail()] = await recordsOf(audit);
  const text = Buffer.from((await audit.prove({ actor: "test" }, { log, index })).entry).toString();
  for (const value of Object.values(named)) {
    assert.ok(!text.includes(value), value);
    assert.ok(!text.includes(Buffer.from(value).toString("base64").slice(0, -2)), value);
  }
  assert.ok(text.includes("room.member.invited"));
});

test("entries are listed newest first, also those of one millisecond", async (context) => {
  const { storage, audit, clock } = await setUp(context);
  for (const actor of ["first", "second", "third"]) await storage.commit({ writes: audit.writes(sent(actor)) });
  clock.advance(1);
  await storage.commit({ writes: audit.writes(sent("fourth")) });
  assert.deepEqual(
    (await recordsOf(audit, 3)).map(({ actor }) => actor),
    ["fourth", "third", "second"],
  );
});

test("a clock that is turned back is told by an entry of its own, before and after a restart, and turns nothing back", async (context) => {
  let now = 1_700_000_000_000;
  const house = await openAuditHouse({ clock: { now: () => now } });
  await house.storage.commit({ writes: house.audit.writes(sent("before")) });
  now -= 59_000;
  await house.storage.commit({ writes: house.audit.writes(sent("little")) });
  now -= 3_600_000;
  await house.storage.commit({ writes: house.audit.writes(sent("much")) });
  const codes = async ({ audit }: AuditHouse) => (await everyEntry(audit, { code: "audit.clock.turned-back" })).map(({ count }) => count);
  assert.deepEqual(await codes(house), [3_659]);
  now += 7_200_000;
  await house.storage.commit({ writes: house.audit.writes(sent("right again")) });
  const next = await house.restart(() => (now -= 86_400_000));
  context.after(() => next.close());
  await next.storage.commit({ writes: next.audit.writes(sent("yesterday")) });
  assert.deepEqual(await codes(next), [3_659, 86_400]);
});

test("the first refusal of its kind is written at once, and repetitions within the minute as one count", async (context) => {
  const { audit, clock } = await setUp(context);
  for (let attempt = 0; attempt < 100; attempt += 1) audit.refused(refusal("alice"));
  audit.refused(refusal("bob"));
  clock.advance(59_999);
  audit.refused(refusal("alice"));
  const records = await recordsOf(audit);
  assert.deepEqual(records.map(({ actor, count }) => `${actor} ${count}`).sort(), ["alice 1", "alice 100", "bob 1"]);
});

test("the same account refused from two addresses is two kinds, and an administrator's refusals are written singly", async (context) => {
  const { audit } = await setUp(context);
  for (const address of ["192.0.2.1", "192.0.2.2", "192.0.2.1"]) audit.refused({ ...refusal("alice"), address });
  for (let attempt = 0; attempt < 3; attempt += 1) audit.refused({ ...refusal("@root:example.org", "level"), asAdministrator: true });
  const records = await recordsOf(audit);
  assert.deepEqual(records.map(({ actor, address = "-", count }) => `${actor} ${address} ${count}`).sort(), [
    "@root:example.org - 1",
    "@root:example.org - 1",
    "@root:example.org - 1",
    "alice 192.0.2.1 1",
    "alice 192.0.2.1 1",
    "alice 192.0.2.2 1",
  ]);
});

test("reads that are observed are told apart by room and by what was read, and counted like refusals", async (context) => {
  const { audit } = await setUp(context);
  for (let times = 0; times < 5; times += 1) audit.observed(read("bob", "!one"));
  audit.observed(read("bob", "!two"));
  audit.observed(read("bob", "!one", "messages"));
  const records = await recordsOf(audit);
  assert.deepEqual(records.map(({ roomId, reason, count }) => `${roomId} ${reason} ${count}`).sort(), [
    "!one messages 1",
    "!one sync 1",
    "!one sync 4",
    "!two sync 1",
  ]);
});

test("the count of a minute that is over is carried away by the next record, whichever it is", async (context) => {
  const { audit, storage, clock } = await setUp(context);
  audit.refused(refusal("alice"));
  audit.refused(refusal("alice"));
  clock.advance(60_000);
  await storage.commit({ writes: audit.writes({ event: "room.created", actor: "bob", outcome: "done" }) });
  // A second commit in line behind the count's own batch.
  await storage.commit({ writes: audit.writes({ event: "room.created", actor: "bob", outcome: "done" }) });
  await audit.checkpoint();
  const { entries } = await audit.search({ actor: "test" }, { outcome: "refused", limit: 10 });
  assert.equal(entries.length, 2);
});

test("a count is written when its minute is over, also where nothing more is recorded", async (context) => {
  const { audit, storage, clock, timers } = await setUp(context);
  for (let attempt = 0; attempt < 3; attempt += 1) audit.refused(refusal("alice"));
  clock.advance(60_000);
  timers.fire();
  await storage.commit({ writes: [] }); // behind what is under way
  await audit.checkpoint();
  const { entries } = await audit.search({ actor: "test" }, { outcome: "refused", limit: 10 });
  assert.deepEqual(
    entries.map(({ count }) => count),
    [2, 1],
  );
});

test("a flood under ever new names fills neither the memory nor the log, and no refusal is uncounted", async (context) => {
  const { audit } = await setUp(context);
  const names = 10_500;
  for (let at = 0; at < names; at += 1) audit.refused(refusal(`guess${at}`));
  const records = (await everyEntry(audit)).filter(({ outcome }) => outcome === "refused");
  assert.equal(total(records), names);
  assert.ok(records.length <= 10_002, `${records.length} records`);
  const gaps = records.filter(({ code }) => code === "audit.gap");
  assert.ok(total(gaps) > 400, "what is beyond the limit is counted as a gap");
  assert.equal(gaps[0]?.reason, "session.created");
});

test("a flood of refusals under ever new names does not hide who reads", async (context) => {
  const { audit } = await setUp(context);
  for (let at = 0; at < 10_500; at += 1) audit.refused(refusal(`guess${at}`));
  for (let times = 0; times < 2; times += 1) audit.observed(read("mallory", "!secret"));
  const reads = await everyEntry(audit, { code: "room.read" });
  assert.ok(reads.every(({ actor, roomId }) => actor === "mallory" && roomId === "!secret"));
  assert.equal(total(reads), 2);
});

test("who reads in ever new rooms of their own fills neither the memory nor the log, and is named for all of it", async (context) => {
  const { audit } = await setUp(context);
  for (let at = 0; at < 10_500; at += 1) audit.observed(read("mallory", `!own${at}`));
  audit.observed(read("bob", "!one"));
  const reads = await everyEntry(audit, { code: "room.read" });
  assert.deepEqual(new Set(reads.map(({ actor }) => actor)), new Set(["mallory", "bob"]));
  assert.equal(total(reads), 10_501);
  assert.ok(reads.length <= 10_003, `${reads.length} entries`);
});

test("a store that cannot write now costs no refusal: it is counted later", async (context) => {
  const house = await setUp(context);
  const { storage } = house;
  let isFull = false;
  const busy: Storage = {
    ...storage,
    commit: (batch, onDurable) => (isFull ? Promise.reject(new MatrixError("M_LIMIT_EXCEEDED", "busy")) : storage.commit(batch, onDurable)),
  };
  const audit = await openTestAudit({
    ...house,
    timers: house.timers.timers,
    random: createSeededRandom("busy"),
    storage: busy,
    path: `${house.dataDir}/..`,
  });
  isFull = true;
  audit.refused(refusal("alice"));
  audit.refused(refusal("alice"));
  await assert.rejects(audit.flush(), { code: "M_LIMIT_EXCEEDED" });
  isFull = false;
  assert.equal(total(await recordsOf(audit)), 2);
});

test("a refused request cannot fill the log with long names or end the process with half a character", async (context) => {
  const { audit } = await setUp(context);
  audit.refused({
    event: "room.member.joined",
    actor: `${"x".repeat(254)}😀${"y".repeat(100_000)}`,
    roomId: "z".repeat(100_000),
    outcome: "refused",
  });
  audit.refused({ event: "room.member.joined", actor: "'; DROP TABLE audit_entries; --", outcome: "refused" });
  const records = await recordsOf(audit);
  assert.equal(records.length, 2);
  for (const { actor = "", roomId = "" } of records) assert.ok(actor.length <= 255 && roomId.length <= 255 && actor.isWellFormed());
});

test("a checkpoint is made each second and at 256 entries, and none while nothing is new", async (context) => {
  const { audit, storage, timers } = await setUp(context);
  const reader = { actor: "test" };
  const head = async () => {
    const { logs } = await audit.state(reader);
    const { vkey, checkpoint } = logs.at(-1) ?? assert.fail();
    return parseCheckpoint(openNote(checkpoint, [createVerifier(vkey)]).text).size;
  };
  assert.equal(await head(), 1, "the entry that begins the log");
  timers.fire();
  await audit.checkpoint();
  assert.ok((await head()) >= 2, "the read of the head was an entry itself");
  await Promise.all(Array.from({ length: 300 }, () => storage.commit({ writes: audit.writes(sent("bob")) })));
  await audit.checkpoint();
  assert.ok((await head()) > 300);
});
