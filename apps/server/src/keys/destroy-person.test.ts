import assert from "node:assert/strict";
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type Keys, memberScope, personScope, roomScope } from "./contract.ts";
import { KeyMissing } from "./errors.ts";
import type { VaultStep } from "./key-vault.ts";
import { keyFileIn, makePlace, text } from "./keys.test-support.ts";

const room = roomScope("!r:example.org");
const adaInRoom = memberScope("!r:example.org", "@ada:example.org");
const adaElsewhere = memberScope("!s:example.org", "@ada:example.org");
const ada = personScope("@ada:example.org");
const bob = memberScope("!r:example.org", "@bob:example.org");
const scopes = [room, adaInRoom, adaElsewhere, ada, bob];

async function sealAll(keys: Keys): Promise<Uint8Array[]> {
  await keys.ensure(scopes);
  return scopes.map((scope) => keys.seal(scope, "x", "tea"));
}

const openAll = (keys: Keys, sealed: readonly Uint8Array[]) =>
  scopes.map((scope, index) => text(keys.open(scope, "x", sealed[index] ?? new Uint8Array(0))));

const WHOLE = ["tea", "tea", "tea", "tea", "tea"];
const ERASED = ["tea", undefined, undefined, undefined, "tea"];

test("a destroyed person's words stay closed in every room, others' words stay open, and the rooms are named", async (context) => {
  const place = makePlace(context);
  const keys = await place.open();
  const sealed = await sealAll(keys);
  assert.deepEqual(openAll(keys, sealed), WHOLE);
  assert.deepEqual((await keys.destroyPerson("@ada:example.org")).toSorted(), ["!r:example.org", "!s:example.org"]);
  assert.deepEqual(openAll(keys, sealed), ERASED);
  keys.close();
  const again = await place.open();
  assert.deepEqual(openAll(again, sealed), ERASED);
  again.close();
});

test("a destroyed key is not made again unless asked for, and a new one does not open the old words", async (context) => {
  const place = makePlace(context);
  const keys = await place.open();
  const [, sealed] = await sealAll(keys);
  await keys.destroyPerson("@ada:example.org");
  await keys.ensure([adaInRoom]);
  assert.throws(() => keys.seal(adaInRoom, "x", "again"), KeyMissing);
  await keys.ensure([adaInRoom], { renew: true });
  const fresh = keys.seal(adaInRoom, "x", "again");
  assert.equal(text(keys.open(adaInRoom, "x", fresh)), "again");
  assert.equal(keys.open(adaInRoom, "x", sealed ?? fresh), undefined);
  keys.close();
});

test("a key that waits to be made is destroyed with the rest", async (context) => {
  const keys = await makePlace(context).open();
  const made = keys.ensure([adaInRoom]);
  await keys.destroyPerson("@ada:example.org");
  await made;
  assert.throws(() => keys.seal(adaInRoom, "x", "tea"), KeyMissing);
  keys.close();
});

test("an older copy of the file of keys does not open with today's keyring, under its own name or the new one", async (context) => {
  const place = makePlace(context);
  const keys = await place.open();
  await sealAll(keys);
  const old = keyFileIn(place.copy("backup"));
  await keys.destroyPerson("@ada:example.org");
  keys.close();
  copyFileSync(old, keyFileIn(place.dataDir));
  await assert.rejects(place.open(), { name: "StoreUnreadable" });
});

test("the old file does not survive a completed destruction", async (context) => {
  const place = makePlace(context);
  const keys = await place.open();
  await sealAll(keys);
  const old = keyFileIn(place.dataDir);
  await keys.destroyPerson("@ada:example.org");
  assert.equal(existsSync(old), false);
  assert.notEqual(keyFileIn(place.dataDir), old);
  keys.close();
  assert.deepEqual(readdirSync(place.dataDir).length, 2, "keyring and one file of keys");
});

test("new keys after a destruction go into the new file", async (context) => {
  const place = makePlace(context);
  const keys = await place.open();
  await sealAll(keys);
  await keys.destroyPerson("@ada:example.org");
  const eve = personScope("@eve:example.org");
  await keys.ensure([eve]);
  const sealed = keys.seal(eve, "x", "tea");
  keys.close();
  const again = await place.open();
  assert.equal(text(again.open(eve, "x", sealed)), "tea");
  again.close();
});

test("a destruction that fails before it counts leaves the keys in use and no stray file, and can be repeated", async (context) => {
  const place = makePlace(context);
  const keys = await place.open();
  const sealed = await sealAll(keys);
  const inTheWay = join(place.dataDir, "keyring.json.new");
  mkdirSync(inTheWay);
  await assert.rejects(keys.destroyPerson("@ada:example.org"));
  assert.deepEqual(openAll(keys, sealed), WHOLE);
  await keys.ensure([roomScope("!new:example.org")]);
  rmdirSync(inTheWay);
  keyFileIn(place.dataDir);
  assert.deepEqual(
    readdirSync(place.dataDir).filter((name) => name.includes(".new")),
    [],
  );
  await keys.destroyPerson("@ada:example.org");
  assert.deepEqual(openAll(keys, sealed), ERASED);
  keys.close();
});

const steps: readonly (readonly [VaultStep, readonly (string | undefined)[]])[] = [
  ["new file written", WHOLE],
  ["keyring written", ERASED],
  ["new file in place", ERASED],
  ["old file removed", ERASED],
];
for (const [step, after] of steps) {
  test(`a crash after "${step}" leaves keys that open: ${after === WHOLE ? "as before" : "with the person destroyed"}`, async (context) => {
    const place = makePlace(context);
    let crashed = "";
    const afterStep = (reached: VaultStep) => {
      if (reached !== step) return;
      crashed = place.copy("crashed");
      throw new Error("crash");
    };
    const keys = await place.open({ afterStep });
    const sealed = await sealAll(keys);
    await assert.rejects(keys.destroyPerson("@ada:example.org"), /crash/);
    if (step !== "new file written")
      assert.throws(() => keys.open(adaInRoom, "x", sealed[1] ?? new Uint8Array(0)), { name: "KeyringError" });
    const survivor = await place.open({ dataDir: crashed });
    assert.deepEqual(openAll(survivor, sealed), after);
    await survivor.destroyPerson("@ada:example.org");
    assert.deepEqual(openAll(survivor, sealed), ERASED);
    survivor.close();
    keyFileIn(crashed);
    assert.deepEqual(
      readdirSync(crashed).filter((name) => name.endsWith(".new")),
      [],
    );
    keys.close();
  });
}

test("a first start that crashed before the keyring was written can be repeated", async (context) => {
  const place = makePlace(context);
  const keys = await place.open();
  keys.close();
  const file = keyFileIn(place.dataDir);
  const root = join(place.root, "fresh");
  mkdirSync(root);
  copyFileSync(file, join(root, "keys-STRAY.db.new"));
  const again = await place.open({ dataDir: root });
  await again.ensure([room]);
  again.close();
  keyFileIn(root);
});
