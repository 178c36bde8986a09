import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { createSigner } from "@wardroom/merkle-log";
import { createSeededRandom } from "@wardroom/testkit";
import { sql } from "kysely";
import type { AuditRecord } from "#kernel";
import { personScope, roomScope } from "#keys";
import { type AuditHouse, everyEntry, openAuditHouse } from "./audit.test-support.ts";
import { faultsOf } from "./exported.test-support.ts";
import { createLogStore } from "./log-store.ts";
import { openEntry } from "./open-entry.ts";
import { loadLog } from "./open-log.ts";
import { createPlaceStore } from "./place-store.ts";
import { edgeOf } from "./read-stored.ts";
import { createSecondPlace } from "./second-place.ts";
import { type StoreCheckDeps, verifyStore } from "./verify-store.ts";

const tester = { actor: "test" } as const;
const alice = "@alice:example.org";

const act = (at: number): AuditRecord => ({
  event: "room.message.sent",
  actor: at % 2 === 0 ? alice : `person ${at}`,
  outcome: "done",
  ...(at % 3 === 0 ? { target: `@bob${at}:example.org` } : {}),
  ...(at % 5 === 0 ? { roomId: "!room:example.org", eventId: `$${at}` } : {}),
});

async function fill({ audit, storage, keys }: AuditHouse, count: number): Promise<void> {
  await keys.ensure([personScope(alice), roomScope("!room:example.org")]);
  await storage.commit({ writes: audit.writes(...Array.from({ length: count }, (_, at) => act(at))) });
  await audit.checkpoint();
}

/** Two logs: the second place was lost between them. The log is stopped: what is checked lies still. */
let house: AuditHouse;
let deps: StoreCheckDeps;
before(async () => {
  house = await openAuditHouse();
  await fill(house, 290);
  house = await house.restart(() => rmSync(house.secondPlace));
  await fill(house, 300);
  await house.stopLog();
  const { keys, storage, secondPlace } = house;
  const store = createLogStore(storage.statements);
  const newest = (await store.listLogs()).at(-1) ?? assert.fail();
  const { tree } = await loadLog({ store }, newest);
  const edge = { log: newest.log, size: tree.size, tiles: edgeOf(tree) };
  deps = {
    store,
    places: createPlaceStore(storage.statements),
    secondPlace: createSecondPlace(secondPlace),
    vkeyOf: (origin) => createSigner(origin, keys.logSigning.privateKey).vkey,
    edge: () => edge,
    isGenuine(entry) {
      try {
        return openEntry(keys, entry, { log: 1, index: 0, unsigned: false }).log === 1;
      } catch {
        return false;
      }
    },
  };
});
after(() => house.close());

const verify = async (changes: Partial<StoreCheckDeps> = {}) => faultsOf(await verifyStore({ ...deps, ...changes }));
const placesOf = (faults: readonly string[]) => faults.map((fault) => fault.split(" ").slice(0, -1).join(" "));

/** As whoever holds the page key can. */
async function meddle(text: string): Promise<void> {
  const statement = house.storage.statements.write((db) => ({ compile: () => sql.raw(text).compile(db) }));
  await house.storage.commit({ writes: [statement({}, 1)] });
}

const random = createSeededRandom("rows");
const flip = (bytes: Uint8Array, bits = 8): Uint8Array => {
  const at = random.below(bytes.length);
  const bit = 2 ** random.below(bits);
  return Uint8Array.from(bytes, (byte, index) => (index === at ? byte ^ bit : byte));
};
const blob = (bytes: Uint8Array | null): string => (bytes === null ? "NULL" : `x'${Buffer.from(bytes).toString("hex")}'`);
const text = (value: Uint8Array): string => `CAST(${blob(value)} AS TEXT)`;
const pick = <T>(values: readonly T[]): T => values[random.below(values.length)] ?? assert.fail();

/** Changes one value, looks, and puts it back. */
async function withChange<T>(
  table: string,
  where: string,
  column: string,
  [right, wrong]: readonly [string, string],
  look: () => Promise<T>,
): Promise<T> {
  await meddle(`UPDATE ${table} SET ${column} = ${wrong} WHERE ${where}`);
  try {
    return await look();
  } finally {
    await meddle(`UPDATE ${table} SET ${column} = ${right} WHERE ${where}`);
  }
}

async function everything() {
  const logs = await deps.store.listLogs();
  const entries = await deps.store.listEntries(0, 2000);
  const rows = await deps.places.listInOrder(0, 2000);
  const place = (n: number) => {
    const log = logs.findLast(({ first_entry: first }) => first <= n) ?? assert.fail();
    return `${log.log}/${n - log.first_entry}`;
  };
  return { logs, entries, rows, place };
}

test("a store that nobody meddled with is whole", async () => {
  const report = await verifyStore(deps);
  assert.deepEqual([faultsOf(report), report.warnings.map(({ place, what }) => `${place} ${what}`)], [[], ["entry 2/0 log-broken-off"]]);
  assert.deepEqual(
    report.logs.map(({ entries, size }) => entries === size && size > 256),
    [true, true],
  );
});

test("one bit that is turned in an entry is found in that entry", async () => {
  const { entries, logs, place } = await everything();
  for (let trial = 0; trial < 80; trial += 1) {
    const { n, entry } = pick(entries);
    const found = await withChange("audit_entries", `n = ${n}`, "entry", [blob(entry), blob(flip(entry))], verify);
    const [log = 0, index = 0] = place(n).split("/").map(Number);
    // The last hashes of a log that came before are nowhere but in its root.
    const first = logs[0]?.entry_count ?? 0;
    const isUnknown = log === 1 && index >= 256 && placesOf(found)[0] === `entries 1/256-${first - 1}`;
    assert.deepEqual(placesOf(found), [isUnknown ? `entries 1/256-${first - 1}` : `entry ${place(n)}`], found.join("; "));
  }
});

test("without the memory of a running server an entry altered among the last is found by its seal or its row", async () => {
  const { entries, place } = await everything();
  const last = entries.slice(-20);
  for (let trial = 0; trial < 20; trial += 1) {
    const { n, entry } = pick(last);
    const altered = Buffer.from(entry);
    const at = altered.indexOf('"sealed":"') + 60 + random.below(20);
    altered[at] = altered[at] === 65 ? 66 : 65;
    if (altered.equals(entry)) continue;
    const found = await withChange("audit_entries", `n = ${n}`, "entry", [blob(entry), blob(altered)], async () => {
      const { edge: _, ...others } = deps;
      return faultsOf(await verifyStore(others));
    });
    assert.deepEqual(placesOf(found), [`entry ${place(n)}`], found.join("; "));
  }
});

test("one bit that is turned in a tile is found in that tile", async () => {
  const { logs } = await everything();
  for (let trial = 0; trial < 40; trial += 1) {
    const { log } = pick(logs);
    const hashes = (await deps.store.findTile({ log, level: 0, tile: 0 })) ?? assert.fail();
    const found = await withChange("audit_tiles", `log = ${log}`, "hashes", [blob(hashes), blob(flip(hashes))], verify);
    assert.deepEqual(placesOf(found), [`tile ${log}/tile/0/000`], found.join("; "));
  }
});

test("one bit that is turned in a head is found in that head", async () => {
  const { logs } = await everything();
  for (let trial = 0; trial < 40; trial += 1) {
    const { log, note } = pick(logs);
    const [right, wrong] = [Buffer.from(note), flip(Buffer.from(note), 7)];
    const found = await withChange("audit_logs", `log = ${log}`, "note", [text(right), text(wrong)], verify);
    assert.deepEqual(placesOf(found), [`checkpoint ${log}`], found.join("; "));
  }
});

test("one bit that is turned in a row of the index is found in that row", async () => {
  const { rows, place } = await everything();
  for (let trial = 0; trial < 80; trial += 1) {
    const row = pick(rows);
    const column = pick(["time", "code", "outcome", "actor", "target", "room"] as const);
    const value = row[column];
    const change = (): readonly [string, string] => {
      if (value === null) return ["NULL", "'AA=='"];
      if (typeof value === "number") return [String(value), String(value + 2 ** random.below(40))];
      return [text(Buffer.from(value)), text(flip(Buffer.from(value), 7))];
    };
    const found = await withChange("audit_places", `n = ${row.n}`, column, change(), verify);
    assert.deepEqual(found, [`row ${place(row.n)} row-mismatch`]);
  }
});

test("rows, entries and tiles that are taken away are missed", async () => {
  const { entries, rows, logs } = await everything();
  const at = (logs[1]?.first_entry ?? 0) + 7;
  const row = rows[at] ?? assert.fail();
  const columns = `n, time, code, outcome, actor, target, room`;
  await meddle(`DELETE FROM audit_places WHERE n = ${at}`);
  assert.deepEqual(await verify(), ["row 2/7 row-missing"]);
  const values = [
    row.n,
    row.time,
    `'${row.code}'`,
    `'${row.outcome}'`,
    ...[row.actor, row.target, row.room].map((token) => (token === null ? "NULL" : `'${token}'`)),
  ];
  await meddle(`INSERT INTO audit_places (${columns}) VALUES (${values.join()})`);
  await meddle(`DELETE FROM audit_entries WHERE n = ${at}`);
  assert.deepEqual(await verify(), ["entry 2/7 entry-mismatch"]);
  await meddle(`INSERT INTO audit_entries (n, entry) VALUES (${at}, ${blob(entries[at]?.entry ?? null)})`);
  const hashes = (await deps.store.findTile({ log: 2, level: 0, tile: 0 })) ?? assert.fail();
  await meddle("DELETE FROM audit_tiles WHERE log = 2");
  assert.deepEqual(await verify(), ["tile 2/tile/0/000 file-missing"]);
  await meddle(`INSERT INTO audit_tiles (log, level, tile, hashes) VALUES (2, 0, 0, ${blob(hashes)})`);
  assert.deepEqual(await verify(), []);
});

test("what the rows of the logs say besides is checked, too", async () => {
  const { logs } = await everything();
  const [first = assert.fail(), second = assert.fail()] = logs;
  const change = (column: string, right: string, wrong: string, log = 2) =>
    withChange("audit_logs", `log = ${log}`, column, [right, wrong], verify);
  assert.deepEqual(await change("vkey", `'${second.vkey}'`, `'${first.vkey}'`), ["log 2 key-mismatch"]);
  assert.ok((await change("origin", `'${second.origin}'`, "'other'")).includes("checkpoint 2 checkpoint-origin"));
  assert.deepEqual(await change("entry_count", `${second.entry_count}`, `${second.entry_count - 1}`), ["checkpoint 2 checkpoint-mismatch"]);
});

test("a second place that is gone, another's or ahead is found", async () => {
  const note = readFileSync(house.secondPlace, "utf8");
  const with_ = (read: () => Promise<string | undefined>) => verify({ secondPlace: { read } });
  assert.deepEqual(await with_(async () => undefined), ["second-place second-place-missing"]);
  assert.deepEqual(await with_(async () => "x"), ["second-place second-place-malformed"]);
  assert.deepEqual(await with_(async () => (await deps.store.listLogs())[0]?.note), ["second-place second-place-differs"]);
  assert.deepEqual(await with_(async () => note), []);
});

test("the running server checks itself, and that it did is an entry", async (context) => {
  const own = await openAuditHouse();
  context.after(() => own.close());
  await fill(own, 300);
  const [one, other] = await Promise.all([own.audit.verify(tester), own.audit.verify(tester)]);
  assert.equal(one, other, "two who ask at once share one check");
  assert.deepEqual(faultsOf(one), []);
  const [row = assert.fail()] = await createLogStore(own.storage.statements).listEntries(280, 1);
  const altered = Buffer.from(String(Buffer.from(row.entry)).replace('"outcome":"done"', '"outcome":"undo"'));
  const statement = own.storage.statements.write((db) => ({
    compile: () => sql.raw(`UPDATE audit_entries SET entry = ${blob(altered)} WHERE n = 280`).compile(db),
  }));
  await own.storage.commit({ writes: [statement({})] });
  assert.deepEqual(
    faultsOf(await own.audit.verify(tester)),
    ["entry 1/280 entry-mismatch"],
    "also among the last, whose hashes only memory has",
  );
  const reasons = (await everyEntry(own.audit, { code: "audit.verified" })).map(({ reason }) => reason);
  assert.deepEqual(reasons, ["not-whole", "whole", "whole"]);
});

test("bits that are turned in the pages of the store are refused by their cipher", async (context) => {
  let own = await openAuditHouse();
  await fill(own, 300);
  const path = `${own.dataDir}/store.db`;
  await assert.rejects(async () => {
    own = await own.restart(() => {
      const file = readFileSync(path);
      for (let page = 4096 + 100; page < file.length; page += 4096) file[page] = (file[page] ?? 0) ^ 1;
      writeFileSync(path, file);
    });
    await own.audit.verify(tester);
  });
  context.after(() => own.close().catch(() => undefined));
});
