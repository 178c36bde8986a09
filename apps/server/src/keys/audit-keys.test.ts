import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { test, type TestContext } from "node:test";
import { createSeededRandom } from "@wardroom/testkit";
import { type AuditOwner, type Keys, memberScope, personScope, roomScope } from "./contract.ts";
import { SealBroken } from "./errors.ts";
import { auditRowsOf, EARLIER, holds, keyFileIn, LATER, makePlace, openAudit, sealFor } from "./keys.test-support.ts";

const ADA = "@ada:example.org";
const BOB = "@bob:example.org";
const ROOM = "!r:example.org";
const ada: AuditOwner = { kind: "person", id: ADA };
const adaInOffice: AuditOwner = { kind: "administrator", id: ADA };
const bob: AuditOwner = { kind: "person", id: BOB };
const room: AuditOwner = { kind: "room", id: ROOM };
const system: AuditOwner = { kind: "system" };
const owners = [ada, adaInOffice, bob, room, system];
const scopes = [personScope(ADA), personScope(BOB), roomScope(ROOM)];

/** A house in which Ada, Bob and a room live. */
async function settle(context: TestContext) {
  const place = makePlace(context);
  const keys = await place.open();
  await keys.ensure(scopes);
  return { place, keys };
}

const different = (values: readonly Uint8Array[]) => new Set(values.map((value) => Buffer.from(value).toString("hex"))).size;
const keyIdOf = ({ sealed }: { readonly sealed: Uint8Array }) => sealed.subarray(1, 17);

test("a segment opens to its words and its owner, also after a restart, whatever the quarter", async (context) => {
  const { place, keys } = await settle(context);
  const sealed = owners.flatMap((owner) => [EARLIER, LATER].map((at) => sealFor(keys, owner, at)));
  const expected = owners.flatMap((owner) => {
    const words = `about ${owner.kind === "system" ? "operator" : owner.id} for ${owner.kind}`;
    return [words, words];
  });
  const tokens = keys.audit.tokens(ADA);
  assert.deepEqual(
    sealed.map((one) => openAudit(keys, one)),
    expected,
  );
  keys.close();
  const again = await place.open();
  assert.deepEqual(
    sealed.map((one) => openAudit(again, one)),
    expected,
  );
  assert.deepEqual(again.audit.tokens(ADA), tokens);
  assert.deepEqual(
    keyIdOf(sealFor(again, ada, LATER)),
    keyIdOf(sealed[1] ?? sealFor(again, bob, LATER)),
    "the key is used again, not made again",
  );
  again.close();
});

test("every owner, office and quarter has one key of its own", async (context) => {
  const { place, keys } = await settle(context);
  const sealed = owners.flatMap((owner) => [EARLIER, LATER, LATER].map((at) => sealFor(keys, owner, at)));
  assert.equal(different(sealed.map(keyIdOf)), owners.length * 2);
  keys.close();
  const quarters = ["2026-3", "2026-4"];
  assert.deepEqual(
    await auditRowsOf(place),
    quarters
      .flatMap((quarter) => [
        `audit-administrator/${quarter} ${ADA}`,
        `audit-person/${quarter} ${ADA}`,
        `audit-person/${quarter} ${BOB}`,
        `audit-room/${quarter} ${ROOM}`,
        `audit-system/${quarter}`,
      ])
      .toSorted(),
  );
});

test("a token is the same for the same owner, quarter and value only", async (context) => {
  const { keys } = await settle(context);
  const cases = owners.flatMap((owner) =>
    [EARLIER, LATER].flatMap((at) => [ADA, BOB, ROOM].map((value) => () => sealFor(keys, owner, at, value).token)),
  );
  const tokens = cases.map((make) => make());
  assert.equal(different(tokens), cases.length);
  assert.deepEqual(
    cases.map((make) => make()),
    tokens,
  );
  assert.ok(tokens.every((token) => token.length === 16 && token.buffer.byteLength === 16));
  keys.close();
});

test("who writes into a token, or hands it away, does not change the next one", async (context) => {
  const { keys } = await settle(context);
  const { token } = sealFor(keys, ada, LATER);
  const before = Uint8Array.from(token);
  token.fill(0);
  assert.deepEqual(sealFor(keys, ada, LATER).token, before);
  keys.close();
});

test("a search is told the tokens of the value's own keys and of the system's, newest quarter first", async (context) => {
  const { keys } = await settle(context);
  const late = [ada, adaInOffice, system].map((owner) => sealFor(keys, owner, LATER, ADA).token);
  const early = [ada, system].map((owner) => sealFor(keys, owner, EARLIER, ADA).token);
  const foreign = [bob, room].map((owner) => sealFor(keys, owner, LATER, ADA).token);
  const tokens = keys.audit.tokens(ADA);
  assert.equal(tokens.length, 5);
  assert.ok(late.every((token) => holds(tokens.slice(0, 3), token)));
  assert.ok(early.every((token) => holds(tokens.slice(3), token)));
  assert.ok(foreign.every((token) => !holds(tokens, token)));
  assert.ok(holds(keys.audit.tokens(ROOM), sealFor(keys, room, LATER).token));
  assert.equal(keys.audit.tokens("").length, 2, "no name: the system's only");
  keys.close();
});

test("a room of many members is searched through its own keys only", async (context) => {
  const { keys } = await settle(context);
  await keys.ensure(Array.from({ length: 50 }, (_, index) => memberScope(ROOM, `@m${index}:example.org`)));
  sealFor(keys, room, LATER);
  assert.equal(keys.audit.tokens(ROOM).length, 1);
  keys.close();
});

test("a segment that was altered, or moved to another entry, does not open", async (context) => {
  const { keys } = await settle(context);
  const { sealed } = sealFor(keys, ada, LATER);
  assert.throws(() => keys.audit.open("another entry", sealed), SealBroken);
  assert.throws(() => keys.audit.open("entry", sealed.subarray(0, 40)), SealBroken);
  for (let at = 0; at < sealed.length; at += 1) {
    const altered = Uint8Array.from(sealed, (byte, index) => (index === at ? byte ^ 0x80 : byte));
    // Another key id is a key that was destroyed, for all that can be known here; the tree tells that it was altered.
    if (at >= 1 && at < 17) assert.equal(keys.audit.open("entry", altered), undefined, `byte ${at}`);
    else assert.throws(() => keys.audit.open("entry", altered), SealBroken, `byte ${at}`);
  }
  const foreign = Uint8Array.from(sealed);
  foreign.set(keyIdOf(sealFor(keys, bob, LATER)), 1);
  assert.throws(() => keys.audit.open("entry", foreign), SealBroken);
  keys.close();
});

test("keys of words and keys of the audit do not open each other's", async (context) => {
  const { keys } = await settle(context);
  const words = scopes.map((scope) => keys.seal(scope, "entry", "tea"));
  for (const sealed of words) assert.throws(() => keys.audit.open("entry", sealed), SealBroken);
  for (const owner of owners) {
    const { sealed } = sealFor(keys, owner, LATER);
    for (const scope of scopes) assert.throws(() => keys.open(scope, "entry", sealed), SealBroken);
  }
  await keys.destroyPerson(ADA);
  const [sealed = new Uint8Array(0)] = words;
  assert.throws(() => keys.audit.open("entry", sealed), SealBroken, "nor when the key of the words is destroyed");
  keys.close();
});

test("names that somebody invents get the system's key: no row, no commit, however many", async (context) => {
  const place = makePlace(context);
  const source = createSeededRandom("invented");
  let made = 0;
  const random = {
    bytes(length: number) {
      if (length === 32) made += 1;
      return source.bytes(length);
    },
  };
  const keys = await place.open({ random });
  await keys.ensure(scopes);
  const log = `${keyFileIn(place.dataDir)}-wal`;
  sealFor(keys, system, LATER);
  const [before, size] = [made, statSync(log).size];
  const invented: AuditOwner[] = [
    { kind: "person", id: "" },
    { kind: "room", id: ADA },
    { kind: "person", id: ROOM },
    // Whoever takes what stands before the separator for the id makes a key for each.
    { kind: "person", id: `${ADA}\u0000` },
    { kind: "room", id: `${ROOM}\u0000${ADA}` },
    { kind: "administrator", id: "__proto__" },
    ...Array.from({ length: 500 }, (_, index): AuditOwner => ({ kind: "person", id: `@x${index}:example.org` })),
  ];
  const sealed = invented.map((owner) => sealFor(keys, owner, LATER));
  assert.deepEqual([made, statSync(log).size], [before, size]);
  assert.equal(different(sealed.map(keyIdOf)), 1);
  for (const one of sealed) assert.match(openAudit(keys, one) ?? "", /for system$/);
  assert.ok(holds(keys.audit.tokens("@x7:example.org"), sealFor(keys, { kind: "person", id: "@x7:example.org" }, LATER).token));
  keys.close();
  assert.deepEqual(await auditRowsOf(place), ["audit-system/2026-4"]);
});

test("who comes to live here after their name was tried is found under both keys", async (context) => {
  const keys = await makePlace(context).open();
  const tried = sealFor(keys, ada, LATER);
  await keys.ensure([personScope(ADA)]);
  const lived = sealFor(keys, ada, LATER);
  assert.deepEqual([openAudit(keys, tried), openAudit(keys, lived)], [`about ${ADA} for system`, `about ${ADA} for person`]);
  const tokens = keys.audit.tokens(ADA);
  assert.ok(holds(tokens, tried.token) && holds(tokens, lived.token));
  keys.close();
});

test("a key of words that waits to be made counts: its person's entries go under a key of their own at once", async (context) => {
  const place = makePlace(context);
  const keys = await place.open();
  const made = keys.ensure(scopes);
  const sealed = [ada, room].map((owner) => sealFor(keys, owner, LATER));
  const copied = place.copy("crashed");
  await made;
  assert.equal(keys.ensure(scopes), undefined);
  const survivor = await place.open({ dataDir: copied });
  const expected = [`about ${ADA} for person`, `about ${ROOM} for room`];
  const openAll = (from: Keys) => sealed.map((one) => openAudit(from, one));
  assert.deepEqual(openAll(keys), expected);
  assert.deepEqual(openAll(survivor), expected, "the keys were durable before anything was sealed under them");
  survivor.close();
  keys.close();
});
