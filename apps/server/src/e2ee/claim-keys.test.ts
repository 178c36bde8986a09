import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { JsonObject } from "@wardroom/matrix-core";
import { recordsOf } from "#audit/test";
import type { Actor } from "#kernel";
import { asObject } from "./client-keys.test-support.ts";
import { dig, type KeyHouse, newDevice, openKeyHouse, type TestDevice } from "./keys.test-support.ts";
import type { Batch } from "#storage";

let house: KeyHouse;
before(async () => {
  house = await openKeyHouse();
});
after(() => house.close());

let people = 0;
async function someone(): Promise<TestDevice> {
  return newDevice(await house.signIn(`u${(people += 1)}`, "PHONE"));
}
const claimAll = async (by: Actor, asked: Readonly<Record<string, Readonly<Record<string, string>>>>) =>
  asObject(JSON.parse((await house.e2ee.claimKeys(by, asked)).text));
/** The one key of this device in an answer: its name and itself. */
function keyIn(answer: JsonObject, { userId, deviceId }: Actor): readonly [string, unknown] | undefined {
  const [entry] = Object.entries(asObject(dig(answer, "one_time_keys", userId, deviceId) ?? {}));
  return entry;
}
const claim = async (by: Actor, { userId, deviceId }: Actor, algorithm = "signed_curve25519") =>
  keyIn(await claimAll(by, { [userId]: { [deviceId]: algorithm } }), { userId, deviceId, isAdmin: false });

test("one-time keys are given out whole, in the order of their upload, each once; then there is none", async () => {
  const [alice, bob] = [await someone(), await someone()];
  const [first, second] = [alice.oneTimeKeys(1, 9), alice.oneTimeKeys(1, 1)];
  await house.e2ee.uploadKeys(alice.actor, { oneTimeKeys: first });
  await house.e2ee.uploadKeys(alice.actor, { oneTimeKeys: second });
  assert.deepEqual(await claim(bob.actor, alice.actor), ["signed_curve25519:K9", first["signed_curve25519:K9"]]);
  assert.deepEqual(await house.e2ee.feed.oneTimeKeyCounts(alice.actor), { signed_curve25519: 1 });
  assert.deepEqual(await claim(bob.actor, alice.actor), ["signed_curve25519:K1", second["signed_curve25519:K1"]]);
  assert.equal(await claim(bob.actor, alice.actor), undefined);
  assert.deepEqual(await house.e2ee.feed.oneTimeKeyCounts(alice.actor), { signed_curve25519: 0 });
});

test("of claims at the same time no two get the same key", async () => {
  const alice = await someone();
  await house.e2ee.uploadKeys(alice.actor, { oneTimeKeys: alice.oneTimeKeys(40) });
  const claimers = await Promise.all(Array.from({ length: 5 }, someone));
  const got = await Promise.all(Array.from({ length: 50 }, (_, index) => claim((claimers[index % 5] ?? alice).actor, alice.actor)));
  const names = got.flatMap((key) => (key === undefined ? [] : [key[0]]));
  assert.equal(names.length, 40, "those who come last get none");
  assert.equal(new Set(names).size, 40);
});

test("a key that was claimed is not given out again when its upload is repeated after a lost answer", async () => {
  const [alice, bob] = [await someone(), await someone()];
  const keys = alice.oneTimeKeys(2);
  await house.e2ee.uploadKeys(alice.actor, { oneTimeKeys: keys });
  const first = await claim(bob.actor, alice.actor);
  assert.deepEqual(await house.e2ee.uploadKeys(alice.actor, { oneTimeKeys: keys }), { signed_curve25519: 1 });
  const second = await claim(bob.actor, alice.actor);
  assert.notEqual(first?.[0], second?.[0]);
  assert.equal(await claim(bob.actor, alice.actor), undefined);
});

test("what was claimed long ago is forgotten, so that a device's rows do not grow without end", async () => {
  const [alice, bob] = [await someone(), await someone()];
  for (let from = 1; from < 500; from += 100) {
    await house.e2ee.uploadKeys(alice.actor, { oneTimeKeys: alice.oneTimeKeys(100, from) });
    for (let index = 0; index < 100; index += 1) assert.ok(await claim(bob.actor, alice.actor));
  }
  await house.e2ee.uploadKeys(alice.actor, { oneTimeKeys: alice.oneTimeKeys(1, 901) });
  const { userId: user_id, deviceId: device_id } = alice.actor;
  const rows = house.storage.statements.read<
    { one_time_keys: { user_id: string; device_id: string } },
    { user_id: string; device_id: string },
    { n: number }
  >((db, p) =>
    db
      .selectFrom("one_time_keys")
      .select((row) => row.fn.countAll<number>().as("n"))
      .where("user_id", "=", p.user_id)
      .where("device_id", "=", p.device_id),
  );
  assert.equal((await rows.get({ user_id, device_id }))?.n, 200);
});

test("the fallback key comes when there are no others, again and again, and is said to be used until another replaces it", async () => {
  const [alice, bob] = [await someone(), await someone()];
  const [first, second] = [alice.fallbackKey("F1"), alice.fallbackKey("F2")];
  await house.e2ee.uploadKeys(alice.actor, { oneTimeKeys: alice.oneTimeKeys(1), fallbackKeys: first });
  assert.equal((await claim(bob.actor, alice.actor))?.[0], "signed_curve25519:K1");
  assert.deepEqual(await house.e2ee.feed.unusedFallbackKeyTypes(alice.actor), ["signed_curve25519"]);
  for (let time = 0; time < 2; time += 1) {
    assert.deepEqual(await claim(bob.actor, alice.actor), ["signed_curve25519:F1", first["signed_curve25519:F1"]]);
    assert.deepEqual(await house.e2ee.feed.unusedFallbackKeyTypes(alice.actor), []);
  }
  await house.e2ee.uploadKeys(alice.actor, { fallbackKeys: first });
  assert.deepEqual(await house.e2ee.feed.unusedFallbackKeyTypes(alice.actor), [], "the same key is not fresh again");
  await house.e2ee.uploadKeys(alice.actor, { fallbackKeys: second });
  assert.deepEqual(await house.e2ee.feed.unusedFallbackKeyTypes(alice.actor), ["signed_curve25519"]);
  assert.equal((await claim(bob.actor, alice.actor))?.[0], "signed_curve25519:F2");
});

test("devices without keys of the algorithm, unknown ones, unknown people and people of nowhere are absent", async () => {
  const [alice, bob] = [await someone(), await someone()];
  await house.e2ee.uploadKeys(alice.actor, { oneTimeKeys: alice.oneTimeKeys(1) });
  assert.equal(await claim(bob.actor, alice.actor, "curve25519"), undefined);
  const answer = await claimAll(bob.actor, {
    [alice.actor.userId]: { OTHER: "signed_curve25519", constructor: "signed_curve25519" },
    "@nobody:test": { PHONE: "signed_curve25519" },
    "no user": { PHONE: "signed_curve25519" },
    "@far:elsewhere": { PHONE: "signed_curve25519" },
  });
  assert.deepEqual(answer["one_time_keys"], {});
  assert.deepEqual(Object.keys(asObject(answer["failures"])), ["elsewhere"]);
  assert.deepEqual(await house.e2ee.feed.oneTimeKeyCounts(alice.actor), { signed_curve25519: 1 });
});

test("more devices than a batch holds are claimed from at once", async () => {
  const alice = await someone();
  await house.signIn("crowd", "D0");
  const devices = await Promise.all(Array.from({ length: 230 }, async (_, index) => newDevice(await house.signIn("crowd", `D${index}`))));
  await Promise.all(devices.map((device) => house.e2ee.uploadKeys(device.actor, { oneTimeKeys: device.oneTimeKeys(1) })));
  const asked = Object.fromEntries(devices.map(({ actor }) => [actor.deviceId, "signed_curve25519"]));
  const answer = await claimAll(alice.actor, { "@crowd:test": asked });
  assert.equal(Object.keys(asObject(dig(answer, "one_time_keys", "@crowd:test"))).length, 230);
});

test("a claim of too many devices is refused before anything is claimed", async () => {
  const alice = await someone();
  await house.e2ee.uploadKeys(alice.actor, { oneTimeKeys: alice.oneTimeKeys(1) });
  const many = Object.fromEntries(Array.from({ length: 10_001 }, (_, index) => [`D${index}`, "signed_curve25519"]));
  await assert.rejects(
    house.e2ee.claimKeys(alice.actor, { [alice.actor.userId]: { PHONE: "signed_curve25519" }, "@nobody:test": many }),
    (error) => dig(error, "code") === "M_TOO_LARGE",
  );
  assert.deepEqual(await house.e2ee.feed.oneTimeKeyCounts(alice.actor), { signed_curve25519: 1 });
});

test("counts are read once, and again after each change only", async () => {
  const alice = await someone();
  await house.e2ee.uploadKeys(alice.actor, { oneTimeKeys: alice.oneTimeKeys(1) });
  const counts = house.e2ee.feed.oneTimeKeyCounts(alice.actor);
  assert.ok(!(counts instanceof Promise), "from memory");
  assert.ok(!(house.e2ee.feed.unusedFallbackKeyTypes(alice.actor) instanceof Promise));
  await claim(alice.actor, alice.actor);
  assert.deepEqual(await house.e2ee.feed.oneTimeKeyCounts(alice.actor), { signed_curve25519: 0 });
});

test("keys and what was claimed of them survive a restart", async () => {
  const [alice, bob] = [await someone(), await someone()];
  await house.e2ee.uploadKeys(alice.actor, { oneTimeKeys: alice.oneTimeKeys(2), fallbackKeys: alice.fallbackKey("F") });
  const first = await claim(bob.actor, alice.actor);
  house = await house.restart();
  assert.deepEqual(await house.e2ee.feed.oneTimeKeyCounts(alice.actor), { signed_curve25519: 1 });
  const second = await claim(bob.actor, alice.actor);
  assert.notEqual(first?.[0], second?.[0]);
  assert.equal((await claim(bob.actor, alice.actor))?.[0], "signed_curve25519:F");
});

test("claims of devices and people that do not exist are no work for the writer", async (context) => {
  const batches: Batch[] = [];
  const own = await openKeyHouse((batch) => batches.push(batch));
  context.after(() => own.close());
  const alice = newDevice(await own.signIn("alice", "PHONE"));
  await own.e2ee.uploadKeys(alice.actor, { oneTimeKeys: alice.oneTimeKeys(1) });
  batches.length = 0;
  const invented = Object.fromEntries(Array.from({ length: 9000 }, (_, n) => [`D${n}`, "signed_curve25519"]));
  const nobody = { ["@nobody:test"]: invented };
  const { text } = await own.e2ee.claimKeys(alice.actor, nobody);
  assert.deepEqual(JSON.parse(text), { one_time_keys: {}, failures: {} });
  assert.equal(batches.length, 0);
  const claimed = await own.e2ee.claimKeys(alice.actor, { [alice.actor.userId]: { ...invented, PHONE: "signed_curve25519" } });
  assert.ok(claimed.text.includes("signed_curve25519:K1"));
  // The key, and the record of it.
  assert.deepEqual(
    batches.map(({ writes }) => writes.length),
    [2],
  );
});

test("that keys are taken is recorded with their number, and not whose they are", async (context) => {
  const own = await openKeyHouse();
  context.after(() => own.close());
  const [alice, bob] = [newDevice(await own.signIn("alice", "PHONE")), newDevice(await own.signIn("bob", "TABLET"))];
  for (const device of [alice, bob]) await own.e2ee.uploadKeys(device.actor, { oneTimeKeys: device.oneTimeKeys(1) });
  await own.e2ee.claimKeys(bob.actor, {
    [alice.actor.userId]: { PHONE: "signed_curve25519" },
    [bob.actor.userId]: { TABLET: "signed_curve25519" },
  });
  const claims = (await recordsOf(own.audit, 50)).filter(({ event }) => event === "keys.claimed");
  assert.deepEqual(
    claims.map(({ actor, deviceId, target, count, outcome }) => ({ actor, deviceId, target, count, outcome })),
    [{ actor: bob.actor.userId, deviceId: "TABLET", target: undefined, count: 2, outcome: "done" }],
  );
});
