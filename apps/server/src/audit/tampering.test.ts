// Somebody who can write everywhere, also with the signing key in hand, changes what was signed.
import assert from "node:assert/strict";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { test, type TestContext } from "node:test";
import { createSigner, createTree, formatCheckpoint, hashLeaf, openNote, parseCheckpoint, signNote } from "@wardroom/merkle-log";
import { sql } from "kysely";
import { own, ownObject } from "@wardroom/matrix-core";
import type { AuditRecord } from "#kernel";
import { personScope } from "#keys";
import type { Storage } from "#storage";
import { type AuditHouse, everyEntry, openAuditHouse, recordsOf } from "./audit.test-support.ts";
import { parseEntry } from "./entry.ts";
import { createLogStore } from "./log-store.ts";

const tester = { actor: "test" } as const;
const sent = (actor: string): AuditRecord => ({ event: "room.message.sent", actor, outcome: "done" });

const fill = async ({ audit, storage }: AuditHouse, count: number): Promise<void> => {
  for (let at = 0; at < count; at += 1) await storage.commit({ writes: audit.writes(sent(`person ${at}`)) });
  await audit.checkpoint();
};

async function openFilled(count: number): Promise<AuditHouse> {
  const house = await openAuditHouse();
  await fill(house, count);
  return house;
}

const logsOf = async ({ audit }: AuditHouse) => (await audit.state(tester)).logs;

/** What the first entry of the newest log says of the one before. */
async function beginningOf(house: AuditHouse) {
  const logs = await logsOf(house);
  const newest = logs.at(-1) ?? assert.fail();
  const { entry } = await house.audit.prove(tester, { log: newest.log, index: 0 });
  const { head } = parseEntry(entry);
  const left = ownObject(head.log, "left");
  return { logs, why: head.reason, continues: own(head.log, "continues"), left: own(left, "size") };
}

/** Runs SQL as whoever holds the page key can. */
async function meddle({ storage }: { readonly storage: Storage }, ...statements: readonly string[]): Promise<void> {
  for (const text of statements) {
    const statement = storage.statements.write((db) => ({ compile: () => sql.raw(text).compile(db) }));
    await storage.commit({ writes: [statement({})] });
  }
}

async function restarted(context: TestContext, house: AuditHouse, meanwhile?: () => void): Promise<AuditHouse> {
  const next = await house.restart(meanwhile);
  context.after(() => next.close());
  return next;
}

const readHead = (house: AuditHouse) => parseCheckpoint(openNote(readFileSync(house.secondPlace, "utf8"), []).text);

test("a log that was stopped and started goes on under its name", async (context) => {
  const house = await restarted(context, await openFilled(300));
  await fill(house, 5);
  const logs = await logsOf(house);
  assert.equal(logs.length, 1);
  assert.ok((logs[0]?.size ?? 0) > 305);
});

test("what was committed and not signed before a kill is signed at the next start, under the same name", async (context) => {
  const house = await openFilled(3);
  await house.storage.commit({ writes: house.audit.writes(sent("last")) });
  await house.kill();
  const next = await restarted(context, house);
  assert.equal((await logsOf(next)).length, 1);
  assert.ok((await recordsOf(next.audit)).some(({ actor }) => actor === "last"));
});

test("a log whose first head is in the second place only, for the process was killed between, goes on under its name", async (context) => {
  const house = await openAuditHouse();
  await fill(house, 3);
  const next = await restarted(
    context,
    await stopped(house, () => meddle(house, "UPDATE audit_logs SET entry_count = 0, note = ''", "DELETE FROM audit_places")),
  );
  assert.equal((await logsOf(next)).length, 1);
  const { logs, faults } = await next.audit.verify(tester);
  assert.deepEqual([logs.map((log) => log.faults), faults], [[[]], []]);
});

test("a tail cut off, index and head with it, begins a new log whose first entry holds the old head", async (context) => {
  const house = await openFilled(400);
  const [before = assert.fail()] = await logsOf(house);
  const keep = 100;
  const note = signNote(formatCheckpoint({ origin: before.origin, size: keep, root: await rootOf(house, keep) }), [
    signerOf(house, before.origin),
  ]);
  const next = await restarted(
    context,
    await stopped(house, async () => {
      await meddle(
        house,
        `DELETE FROM audit_entries WHERE n >= ${keep}`,
        `DELETE FROM audit_places WHERE n >= ${keep}`,
        "DELETE FROM audit_tiles",
        `UPDATE audit_logs SET entry_count = ${keep}, note = '${note}'`,
      );
    }),
  );
  const { logs, why, continues, left } = await beginningOf(next);
  assert.equal(logs.length, 2);
  assert.equal(why, "older-store");
  assert.equal(left, keep);
  assert.ok(
    parseCheckpoint(openNote(typeof continues === "string" ? continues : "", []).text).size >= 400,
    "the head that was signed is named",
  );
  assert.notEqual(logs[1]?.origin, before.origin);
});

test("a past rewritten and signed anew with the log's own key is found by the second place", async (context) => {
  const house = await openFilled(10);
  const [{ origin } = assert.fail()] = await logsOf(house);
  const next = await restarted(
    context,
    await stopped(house, async () => {
      const store = createLogStore(house.storage.statements);
      const size = (await store.lastEntry()) + 1;
      const forged = house.keys.audit.seal({ kind: "system" }, house.clock.now(), { associated: "x", plaintext: "x", value: "x" });
      await meddle(house, `UPDATE audit_entries SET entry = x'${Buffer.from(forged.sealed).toString("hex")}' WHERE n = 4`);
      const note = signNote(formatCheckpoint({ origin, size, root: await rootOf(house, size) }), [signerOf(house, origin)]);
      await meddle(house, `UPDATE audit_logs SET entry_count = ${size}, note = '${note}'`);
    }),
  );
  const { logs, why } = await beginningOf(next);
  assert.deepEqual([logs.length, why], [2, "other-history"]);
});

test("a data folder rolled back begins a new log, and rolled back twice begins two of different names", async (context) => {
  const house = await openFilled(20);
  const copy = `${house.dataDir}-copy`;
  let current = await house.restart(() => cpSync(house.dataDir, copy, { recursive: true }));
  const origins = new Set<string>();
  for (let round = 0; round < 2; round += 1) {
    await fill(current, 20);
    current = await current.restart(() => {
      rmSync(house.dataDir, { recursive: true });
      cpSync(copy, house.dataDir, { recursive: true });
    });
    const { logs, why } = await beginningOf(current);
    assert.equal(why, round === 0 ? "older-store" : "other-origin");
    origins.add(logs.at(-1)?.origin ?? "");
  }
  context.after(() => current.close());
  assert.equal(origins.size, 2);
});

test("a second place that is gone, empty or another's begins a new log", async (context) => {
  let house = await openFilled(3);
  const other = await openFilled(3);
  context.after(() => other.close());
  const changes: readonly (readonly [string, () => void])[] = [
    ["second-place-missing", () => rmSync(house.secondPlace)],
    ["second-place-damaged", () => writeFileSync(house.secondPlace, "")],
    ["second-place-damaged", () => cpSync(other.secondPlace, house.secondPlace)],
  ];
  for (const [why, change] of changes) {
    house = await house.restart(change);
    assert.equal((await beginningOf(house)).why, why);
  }
  context.after(() => house.close());
  assert.equal((await logsOf(house)).length, 4);
});

test("nothing more is signed once the second place was changed by somebody else, and acts go on being recorded", async (context) => {
  const house = await openFilled(3);
  context.after(() => house.close());
  const size = readHead(house).size;
  writeFileSync(house.secondPlace, "x");
  await house.storage.commit({ writes: house.audit.writes(sent("after")) });
  await assert.rejects(house.audit.checkpoint(), { name: "LogBroken" });
  await assert.rejects(house.audit.checkpoint(), { name: "LogBroken" });
  const { stopped: why, unsigned } = await house.audit.state(tester);
  assert.match(why ?? "", /audit-head is not what was last written there/);
  assert.ok(unsigned > 0);
  assert.equal(readFileSync(house.secondPlace, "utf8"), "x", `the head of ${size} was not written over it`);
});

test("entries taken away before they were signed stop the signing", async (context) => {
  const house = await openFilled(3);
  context.after(() => house.close());
  for (const actor of ["one", "two", "three"]) await house.storage.commit({ writes: house.audit.writes(sent(actor)) });
  const last = await createLogStore(house.storage.statements).lastEntry();
  await meddle(house, `DELETE FROM audit_entries WHERE n = ${last - 1}`);
  await assert.rejects(house.audit.checkpoint(), { name: "LogBroken" });
});

test("a second place that cannot be written makes no checkpoint; when it can be, everything is signed", async (context) => {
  const house = await openFilled(3);
  context.after(() => house.close());
  mkdirSync(`${house.secondPlace}.new`);
  await house.storage.commit({ writes: house.audit.writes(sent("meanwhile")) });
  const before = readHead(house).size;
  await assert.rejects(house.audit.checkpoint());
  assert.equal(readHead(house).size, before);
  rmSync(`${house.secondPlace}.new`, { recursive: true });
  await house.audit.checkpoint();
  assert.ok(readHead(house).size > before);
  assert.equal((await house.audit.state(tester)).stopped, undefined);
});

test("an administrator who has himself erased still stands by his deeds; his words as a member lose his name when their time is over", async (context) => {
  const house = await openAuditHouse({ keepDays: 400 });
  const root = "@root:example.org";
  await house.keys.ensure([personScope(root)]);
  const deeds = [
    { event: "account.deactivated", actor: root, asAdministrator: true, target: "@bob:example.org", outcome: "done" },
    { event: "room.message.sent", actor: root, outcome: "done" },
  ] as const;
  for (const deed of deeds) await house.storage.commit({ writes: house.audit.writes(deed) });
  await house.keys.destroyPerson(root);
  const seen = async ({ audit }: AuditHouse) =>
    (await everyEntry(audit))
      .filter(({ code }) => deeds.some(({ event }) => event === code))
      .map(({ code, actor = "", asAdministrator = false, erased }) => `${code} ${actor} ${asAdministrator} ${erased.join()}`)
      .sort();
  const whole = [`account.deactivated ${root} true `, `room.message.sent ${root} false `];
  assert.deepEqual(await seen(house), whole, "the entries are kept as long as it was promised");
  assert.equal((await everyEntry(house.audit, { actor: root })).length, 2);
  house.clock.advance(500 * 86_400_000);
  const next = await restarted(context, house);
  await waitForShredding(next);
  assert.deepEqual(await seen(next), [whole[0] ?? "", "room.message.sent  false actor"]);
  assert.deepEqual(
    (await everyEntry(next.audit, { actor: root })).map(({ code }) => code),
    ["account.deactivated"],
    "the index no longer leads from the name to the member's entries",
  );
});

/** The keys go beside the start. */
async function waitForShredding({ audit }: AuditHouse): Promise<void> {
  for (let asked = 0; asked < 100; asked += 1) if ((await everyEntry(audit, { code: "audit.keys.destroyed" })).length > 0) return;
  assert.fail("no key was destroyed");
}

const signerOf = ({ keys }: AuditHouse, origin: string) => createSigner(origin, keys.logSigning.privateKey);

async function rootOf({ storage }: AuditHouse, size: number): Promise<Uint8Array> {
  const tree = createTree();
  for (const { entry } of await createLogStore(storage.statements).listEntries(0, size)) tree.append(hashLeaf(entry));
  return tree.root();
}

/** Signs and stops the log, then meddles before the store is closed. */
async function stopped(house: AuditHouse, meddling: () => Promise<void>): Promise<AuditHouse> {
  await house.stopLog();
  await meddling();
  return house;
}
