import assert from "node:assert/strict";
import { mkdirSync, readdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type AuditOwner, type Keys, memberScope, personScope, roomScope } from "./contract.ts";
import type { VaultStep } from "./key-vault.ts";
import { auditRowsOf, EARLIER, holds, keyFileIn, LATER, makePlace, openAudit, sealFor } from "./keys.test-support.ts";

const ADA = "@ada:example.org";
const BOB = "@bob:example.org";
const ROOM = "!r:example.org";
const ada: AuditOwner = { kind: "person", id: ADA };
const adaInOffice: AuditOwner = { kind: "administrator", id: ADA };
const bob: AuditOwner = { kind: "person", id: BOB };
const room: AuditOwner = { kind: "room", id: ROOM };
const others: readonly AuditOwner[] = [adaInOffice, bob, room, { kind: "system" }];
const owners = [ada, ...others];
/** The first moment after the quarter of `EARLIER`. */
const OVER = EARLIER + 1;

async function sealAll(keys: Keys) {
  await keys.ensure([personScope(ADA), memberScope(ROOM, ADA), personScope(BOB), roomScope(ROOM)]);
  return [...owners.map((owner) => sealFor(keys, owner, EARLIER)), sealFor(keys, ada, LATER)];
}

type Sealed = Awaited<ReturnType<typeof sealAll>>;
const openAll = (keys: Keys, sealed: Sealed) => sealed.map((one) => openAudit(keys, one) !== undefined);

const WHOLE = [true, true, true, true, true, true];
const GONE = [false, true, true, true, true, true];

test("an erased person's entries stay readable until the time to keep them is over, then neither open nor are found", async (context) => {
  const place = makePlace(context);
  const keys = await place.open();
  const sealed = await sealAll(keys);
  await keys.destroyPerson(ADA);
  assert.deepEqual(openAll(keys, sealed), WHOLE);
  assert.equal(await keys.audit.destroyErased(OVER - 1), 0, "the quarter is not over");
  assert.deepEqual(openAll(keys, sealed), WHOLE);
  assert.equal(await keys.audit.destroyErased(OVER), 1);
  const { token } = sealed[0] ?? sealFor(keys, bob, EARLIER);
  for (const reopen of [false, true]) {
    if (reopen) keys.close();
    const now = reopen ? await place.open() : keys;
    assert.deepEqual(openAll(now, sealed), GONE);
    assert.equal(holds(now.audit.tokens(ADA), token), false);
    assert.equal(await now.audit.destroyErased(OVER), 0, "once");
    if (reopen) now.close();
  }
  assert.ok(!(await auditRowsOf(place)).includes(`audit-person/2026-3 ${ADA}`), "no row is left that leads from the key id to the person");
});

test("with nobody erased, or nothing left to destroy, the file of keys is not written anew", async (context) => {
  const place = makePlace(context);
  const keys = await place.open();
  const sealed = await sealAll(keys);
  const file = keyFileIn(place.dataDir);
  assert.equal(await keys.audit.destroyErased(LATER * 2), 0);
  assert.deepEqual(openAll(keys, sealed), WHOLE);
  assert.equal(keyFileIn(place.dataDir), file);
  keys.close();
});

test("an administrator who has himself erased is still named by what he did in his office, for good", async (context) => {
  const place = makePlace(context);
  const keys = await place.open();
  const [, deed] = await sealAll(keys);
  await keys.destroyPerson(ADA);
  await keys.audit.destroyErased(LATER * 2);
  await keys.destroyPerson(ADA);
  const after = sealFor(keys, adaInOffice, LATER);
  keys.close();
  const again = await place.open();
  for (const one of [deed ?? after, after]) {
    assert.equal(openAudit(again, one), `about ${ADA} for administrator`);
    assert.ok(holds(again.audit.tokens(ADA), one.token));
  }
  again.close();
  assert.deepEqual(
    (await auditRowsOf(place)).filter((row) => row.endsWith(ADA)),
    [`audit-administrator/2026-3 ${ADA}`, `audit-administrator/2026-4 ${ADA}`],
  );
});

test("what an erased person still does is sealed under a fresh key of their own, which does not open the old entries", async (context) => {
  const keys = await makePlace(context).open();
  const sealed = await sealAll(keys);
  await keys.destroyPerson(ADA);
  await keys.audit.destroyErased(OVER);
  const fresh = sealFor(keys, ada, EARLIER);
  assert.equal(openAudit(keys, fresh), `about ${ADA} for person`);
  assert.notDeepEqual(fresh.token, sealed[0]?.token);
  assert.deepEqual(openAll(keys, sealed), GONE);
  await keys.ensure([personScope(ADA)], { renew: true });
  assert.equal(await keys.audit.destroyErased(OVER), 1, "also when a new account took the name");
  keys.close();
});

test("keys that wait to be made are in the new file", async (context) => {
  const keys = await makePlace(context).open();
  await sealAll(keys);
  await keys.destroyPerson(ADA);
  const eve = personScope("@eve:example.org");
  const made = keys.ensure([eve]);
  await keys.audit.destroyErased(OVER);
  await made;
  assert.equal(keys.open(eve, "x", keys.seal(eve, "x", "tea"))?.length, 3);
  keys.close();
});

test("a destruction that fails before it counts leaves every key in use, and can be repeated", async (context) => {
  const place = makePlace(context);
  const keys = await place.open();
  const sealed = await sealAll(keys);
  await keys.destroyPerson(ADA);
  const inTheWay = join(place.dataDir, "keyring.json.new");
  mkdirSync(inTheWay);
  await assert.rejects(keys.audit.destroyErased(OVER));
  assert.deepEqual(openAll(keys, sealed), WHOLE);
  rmdirSync(inTheWay);
  assert.equal(await keys.audit.destroyErased(OVER), 1);
  assert.deepEqual(openAll(keys, sealed), GONE);
  keys.close();
});

const steps: readonly (readonly [VaultStep, readonly boolean[]])[] = [
  ["new file written", WHOLE],
  ["keyring written", GONE],
  ["new file in place", GONE],
  ["old file removed", GONE],
];
for (const [step, after] of steps) {
  test(`a crash after "${step}" leaves the audit's keys ${after === WHOLE ? "as before" : "with those of the erased gone"}`, async (context) => {
    const place = makePlace(context);
    let crashed = "";
    let armed = false;
    const afterStep = (reached: VaultStep) => {
      if (!armed || reached !== step) return;
      crashed = place.copy("crashed");
      throw new Error("crash");
    };
    const keys = await place.open({ afterStep });
    const sealed = await sealAll(keys);
    await keys.destroyPerson(ADA);
    armed = true;
    await assert.rejects(keys.audit.destroyErased(OVER), /crash/);
    if (step !== "new file written")
      assert.throws(() => sealFor(keys, bob, LATER), { name: "KeyringError" }, "no entry that the new file does not open");
    keys.close();
    const survivor = await place.open({ dataDir: crashed });
    assert.deepEqual(openAll(survivor, sealed), after);
    assert.equal(await survivor.audit.destroyErased(OVER), after === WHOLE ? 1 : 0);
    assert.deepEqual(openAll(survivor, sealed), GONE);
    survivor.close();
    keyFileIn(crashed);
    assert.deepEqual(
      readdirSync(crashed).filter((name) => name.endsWith(".new")),
      [],
    );
  });
}
