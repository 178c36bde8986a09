import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { JsonObject } from "@wardroom/matrix-core";
import type { Actor } from "#kernel";
import {
  asObject,
  crossSigningKey,
  newCrossSigningKeys,
  newSigningKey,
  signed,
  type SigningKey,
  type CrossSigningKeys,
} from "./client-keys.test-support.ts";
import { dig, type KeyHouse, newDevice, openKeyHouse, type TestDevice } from "./keys.test-support.ts";

let house: KeyHouse;
before(async () => {
  house = await openKeyHouse();
});
after(() => house.close());

let people = 0;
const someone = (deviceId = "PHONE") => house.signIn(`u${(people += 1)}`, deviceId);
const code = (expected: string) => (error: unknown) => {
  assert.equal(dig(error, "code"), expected, String(error));
  return true;
};
const query = async (by: Actor, userId = by.userId): Promise<JsonObject> =>
  asObject(JSON.parse((await house.e2ee.queryKeys(by, { [userId]: [] })).text));
const signatures = async (by: Actor, section: string, userId: string, ...path: string[]) =>
  dig(await query(by, userId), section, userId, ...path, "signatures");

interface Person extends TestDevice {
  readonly identity: CrossSigningKeys;
}
/** A person with a device and cross-signing keys. */
async function bootstrapped(): Promise<Person> {
  const device = newDevice(await someone());
  const identity = newCrossSigningKeys(device.actor.userId);
  await house.e2ee.uploadKeys(device.actor, { deviceKeys: device.deviceKeys });
  await house.e2ee.uploadCrossSigningKeys(device.actor, identity.keys, "first");
  return { ...device, identity };
}
const without = ({ signatures: _signatures, ...rest }: JsonObject): JsonObject => rest;
const ed = (key: SigningKey) => `ed25519:${key.publicKey}`;

test("the first keys and the same again need no proof; others, or more of them, do", async () => {
  const actor = await someone();
  const { keys, master } = newCrossSigningKeys(actor.userId);
  const judge = (sent: JsonObject) => house.e2ee.judgeCrossSigningKeys(actor, sent);
  const { user_signing_key: later, ...early } = keys;
  assert.equal(await judge(early), "first");
  await house.e2ee.uploadCrossSigningKeys(actor, early, "first");
  assert.equal(await judge(early), "same");
  assert.equal(await judge({}), "same");
  assert.equal(await judge({ master_key: early.master_key }), "same");
  assert.equal(await judge({ user_signing_key: later }), "replacement");
  assert.equal(await judge({ ...early, master_key: { ...early.master_key, more: 1 } }), "replacement");
  assert.equal(await judge(newCrossSigningKeys(actor.userId).keys), "replacement");
  assert.equal(await judge(newCrossSigningKeys(actor.userId, master).keys), "replacement");
});

test("a person sees all three of their keys, others see two, in the form that was signed", async () => {
  const [alice, bob] = [await bootstrapped(), await bootstrapped()];
  const { userId } = alice.actor;
  const own = await query(alice.actor);
  assert.deepEqual(own["user_signing_keys"], { [userId]: alice.identity.keys.user_signing_key });
  assert.deepEqual(own["self_signing_keys"], { [userId]: alice.identity.keys.self_signing_key });
  assert.deepEqual(dig(own, "master_keys", userId), { ...alice.identity.keys.master_key, signatures: {} });
  const seen = await query(bob.actor, userId);
  assert.deepEqual(seen["user_signing_keys"], {});
  assert.deepEqual(seen["self_signing_keys"], own["self_signing_keys"]);
  assert.deepEqual(seen["master_keys"], own["master_keys"]);
});

test("without a master key, here or stored, there is nothing to sign the others", async () => {
  const actor = await someone();
  const { master_key: _master, ...rest } = newCrossSigningKeys(actor.userId).keys;
  for (const keys of [{}, rest]) await assert.rejects(house.e2ee.judgeCrossSigningKeys(actor, keys), code("M_MISSING_PARAM"));
});

test("keys that the master key did not sign are refused", async () => {
  const actor = await someone();
  const { keys, master } = newCrossSigningKeys(actor.userId);
  const other = newCrossSigningKeys(actor.userId);
  const forged = signed(without(keys.self_signing_key), actor.userId, ed(master), newSigningKey());
  for (const wrong of [
    { ...keys, self_signing_key: other.keys.self_signing_key },
    { ...keys, user_signing_key: without(keys.user_signing_key) },
    { ...keys, self_signing_key: forged },
  ])
    await assert.rejects(house.e2ee.judgeCrossSigningKeys(actor, wrong), code("M_INVALID_SIGNATURE"));
  await house.e2ee.uploadCrossSigningKeys(actor, { master_key: keys.master_key }, "first");
  const { self_signing_key } = other.keys;
  await assert.rejects(house.e2ee.judgeCrossSigningKeys(actor, { self_signing_key }), code("M_INVALID_SIGNATURE"));
});

test("keys of another person, for another use, for two uses, with two keys or under a false name are refused", async () => {
  const actor = await someone();
  const key = newSigningKey();
  const good = crossSigningKey(actor.userId, "master", key);
  const { publicKey } = newSigningKey();
  const wrong: JsonObject[] = [
    { ...good, user_id: "@victim:test" },
    { ...good, usage: ["self_signing"] },
    { ...good, usage: ["master", "self_signing"] },
    { ...good, usage: "master" },
    { ...good, usage: [] },
    { ...good, keys: {} },
    { ...good, keys: { ...asObject(good["keys"]), [`ed25519:${publicKey}`]: publicKey } },
    { ...good, keys: { "ed25519:PHONE": key.publicKey } },
    { ...good, keys: { [`curve25519:${publicKey}`]: publicKey } },
    { ...good, keys: { "ed25519:short": "short" } },
    { ...good, keys: { [`ed25519:${publicKey}=`]: `${publicKey}=` } },
  ];
  for (const master_key of wrong) await assert.rejects(house.e2ee.judgeCrossSigningKeys(actor, { master_key }), code("M_INVALID_PARAM"));
  const both = signed(crossSigningKey(actor.userId, "self_signing", key), actor.userId, ed(key), key);
  await assert.rejects(
    house.e2ee.judgeCrossSigningKeys(actor, { master_key: good, self_signing_key: both }),
    code("M_INVALID_PARAM"),
    "one key is not for two uses",
  );
});

test("a device and a cross-signing key never have the same name, whichever comes first", async () => {
  const key = newSigningKey();
  const actor = await someone(key.publicKey);
  const keys = { master_key: crossSigningKey(actor.userId, "master", key) };
  await assert.rejects(house.e2ee.judgeCrossSigningKeys(actor, keys), code("M_FORBIDDEN"));
  const other = await bootstrapped();
  const late = await house.signIn(other.actor.userId.slice(1, -5), other.identity.selfSigning.publicKey);
  await assert.rejects(house.e2ee.uploadKeys(late, { deviceKeys: newDevice(late).deviceKeys }), code("M_FORBIDDEN"));
});

test("what was judged and is no longer so is not stored: of two first uploads one wins", async () => {
  const actor = await someone();
  const [one, other] = [newCrossSigningKeys(actor.userId), newCrossSigningKeys(actor.userId)];
  const done = await Promise.allSettled([one, other].map(({ keys }) => house.e2ee.uploadCrossSigningKeys(actor, keys, "first")));
  assert.deepEqual(
    done.map(({ status }) => status),
    ["fulfilled", "rejected"],
  );
  assert.deepEqual((await query(actor))["user_signing_keys"], { [actor.userId]: one.keys.user_signing_key });
  await assert.rejects(house.e2ee.uploadCrossSigningKeys(actor, other.keys, "first"), code("M_CONFLICT"));
  await assert.rejects(house.e2ee.uploadCrossSigningKeys(actor, other.keys, "same"), code("M_CONFLICT"));
});

test("a new master key takes the old keys away, and every signature by them and on them", async () => {
  const [alice, bob] = [await bootstrapped(), await bootstrapped()];
  const { userId } = alice.actor;
  const device = signed(without(alice.deviceKeys), userId, ed(alice.identity.selfSigning), alice.identity.selfSigning);
  const bobs = bob.identity.keys.master_key;
  const verified = signed(bobs, userId, ed(alice.identity.userSigning), alice.identity.userSigning);
  const failures = await house.e2ee.uploadSignatures(alice.actor, {
    [userId]: { PHONE: device },
    [bob.actor.userId]: { [bob.identity.master.publicKey]: verified },
  });
  assert.deepEqual(Object.keys(failures), []);
  const { keys } = newCrossSigningKeys(userId);
  await house.e2ee.uploadCrossSigningKeys(alice.actor, { master_key: keys.master_key }, "replacement");
  const own = await query(alice.actor);
  assert.deepEqual([own["self_signing_keys"], own["user_signing_keys"]], [{}, {}]);
  assert.deepEqual(dig(own, "device_keys", userId, "PHONE"), alice.deviceKeys);
  assert.deepEqual(await signatures(alice.actor, "master_keys", bob.actor.userId), {});
  await house.e2ee.uploadCrossSigningKeys(alice.actor, keys, "replacement");
  assert.deepEqual((await query(alice.actor))["user_signing_keys"], { [userId]: keys.user_signing_key });
});

test("a master key keeps the signatures of its person's devices that came with it, and no others", async () => {
  const device = newDevice(await someone());
  const { actor } = device;
  await house.e2ee.uploadKeys(actor, { deviceKeys: device.deviceKeys });
  const identity = newCrossSigningKeys(actor.userId);
  const byPhone = signed(identity.keys.master_key, actor.userId, "ed25519:PHONE", device.key);
  const byStrangers = signed(
    signed(byPhone, actor.userId, "ed25519:GHOST", newSigningKey()),
    "@eve:test",
    "ed25519:PHONE",
    newSigningKey(),
  );
  await house.e2ee.uploadCrossSigningKeys(actor, { ...identity.keys, master_key: byStrangers }, "first");
  assert.deepEqual(await signatures(actor, "master_keys", actor.userId), byPhone["signatures"]);
});

test("signatures are kept: the self-signing key's on own devices, the devices' on the own master key, the user-signing key's on another's", async () => {
  const [alice, bob, carol] = [await bootstrapped(), await bootstrapped(), await bootstrapped()];
  const { userId } = alice.actor;
  const { identity } = alice;
  const device = signed(alice.deviceKeys, userId, ed(identity.selfSigning), identity.selfSigning);
  const master = signed(identity.keys.master_key, userId, "ed25519:PHONE", alice.key);
  const verified = signed(bob.identity.keys.master_key, userId, ed(identity.userSigning), identity.userSigning);
  const failures = await house.e2ee.uploadSignatures(alice.actor, {
    [userId]: { PHONE: device, [identity.master.publicKey]: master },
    [bob.actor.userId]: { [bob.identity.master.publicKey]: verified },
  });
  assert.deepEqual(Object.keys(failures), []);
  for (const seer of [alice, bob, carol]) {
    assert.deepEqual(await signatures(seer.actor, "device_keys", userId, "PHONE"), device["signatures"]);
    assert.deepEqual(await signatures(seer.actor, "master_keys", userId), master["signatures"]);
  }
  assert.deepEqual(await signatures(alice.actor, "master_keys", bob.actor.userId), verified["signatures"]);
  for (const seer of [bob, carol])
    assert.deepEqual(await signatures(seer.actor, "master_keys", bob.actor.userId), {}, "whom Alice trusts is told to Alice only");
});

test("no signature is kept that is wrong, by a key without the right to it, or on what is not stored", async () => {
  const [alice, bob] = [await bootstrapped(), await bootstrapped()];
  const { userId } = alice.actor;
  const { identity, key } = alice;
  const [bobs, bobsKey] = [bob.actor.userId, bob.identity.master.publicKey];
  const attempts: readonly (readonly [string, string, string, JsonObject])[] = [
    ["M_INVALID_SIGNATURE", userId, "PHONE", signed(alice.deviceKeys, userId, ed(identity.selfSigning), newSigningKey())],
    ["M_INVALID_SIGNATURE", userId, "PHONE", signed(alice.deviceKeys, userId, ed(identity.userSigning), identity.userSigning)],
    ["M_INVALID_SIGNATURE", userId, "PHONE", signed(alice.deviceKeys, userId, ed(identity.master), identity.master)],
    ["M_INVALID_SIGNATURE", userId, "PHONE", signed(alice.deviceKeys, bobs, ed(bob.identity.selfSigning), bob.identity.selfSigning)],
    [
      "M_INVALID_PARAM",
      userId,
      "PHONE",
      signed({ ...without(alice.deviceKeys), more: 1 }, userId, ed(identity.selfSigning), identity.selfSigning),
    ],
    ["M_NOT_FOUND", userId, "GHOST", signed(alice.deviceKeys, userId, ed(identity.selfSigning), identity.selfSigning)],
    ["M_NOT_FOUND", userId, identity.selfSigning.publicKey, signed(identity.keys.self_signing_key, userId, "ed25519:PHONE", key)],
    [
      "M_INVALID_SIGNATURE",
      userId,
      identity.master.publicKey,
      signed(identity.keys.master_key, userId, ed(identity.userSigning), identity.userSigning),
    ],
    ["M_NOT_FOUND", bobs, "PHONE", signed(bob.deviceKeys, userId, ed(identity.userSigning), identity.userSigning)],
    ["M_NOT_FOUND", "@nobody:test", "PHONE", signed(bob.deviceKeys, userId, ed(identity.userSigning), identity.userSigning)],
    ["M_INVALID_SIGNATURE", bobs, bobsKey, signed(bob.identity.keys.master_key, userId, "ed25519:PHONE", key)],
    ["M_INVALID_SIGNATURE", bobs, bobsKey, signed(bob.identity.keys.master_key, bobs, "ed25519:PHONE", bob.key)],
    ["M_INVALID_SIGNATURE", bobs, bobsKey, signed(bob.identity.keys.master_key, userId, ed(identity.userSigning), newSigningKey())],
    [
      "M_INVALID_PARAM",
      bobs,
      bobsKey,
      signed({ ...bob.identity.keys.master_key, more: 1 }, userId, ed(identity.userSigning), identity.userSigning),
    ],
  ];
  const last = house.e2ee.feed.lastDeviceListChange();
  for (const [expected, target, keyId, object] of attempts) {
    const failures = await house.e2ee.uploadSignatures(alice.actor, { [target]: { [keyId]: object } });
    assert.equal(dig(failures, target, keyId, "errcode"), expected, `${target} ${keyId}`);
  }
  assert.equal(house.e2ee.feed.lastDeviceListChange(), last);
  assert.deepEqual(dig(await query(bob.actor, userId), "device_keys", userId, "PHONE"), alice.deviceKeys);
  assert.deepEqual(await signatures(alice.actor, "master_keys", bobs), {});
});

test("of several signed objects the wrong ones fail alone, and the same again writes nothing", async () => {
  const alice = await bootstrapped();
  const { userId } = alice.actor;
  const device = signed(alice.deviceKeys, userId, ed(alice.identity.selfSigning), alice.identity.selfSigning);
  const upload = { [userId]: { PHONE: device, GHOST: device } };
  const failures = await house.e2ee.uploadSignatures(alice.actor, upload);
  assert.deepEqual(Object.keys(asObject(failures[userId])), ["GHOST"]);
  assert.deepEqual(await signatures(alice.actor, "device_keys", userId, "PHONE"), device["signatures"]);
  const last = house.e2ee.feed.lastDeviceListChange();
  await house.e2ee.uploadSignatures(alice.actor, upload);
  assert.equal(house.e2ee.feed.lastDeviceListChange(), last);
});

test("more than two hundred signed objects are refused", async () => {
  const alice = await bootstrapped();
  const many = Object.fromEntries(Array.from({ length: 201 }, (_, index) => [`D${index}`, {}]));
  await assert.rejects(house.e2ee.uploadSignatures(alice.actor, { [alice.actor.userId]: many }), code("M_TOO_LARGE"));
});

test("acts under a session that ended meanwhile store nothing", async () => {
  const alice = await bootstrapped();
  const { userId } = alice.actor;
  const device = signed(alice.deviceKeys, userId, ed(alice.identity.selfSigning), alice.identity.selfSigning);
  const tablet = await house.signIn(userId.slice(1, -5), "TABLET");
  await house.identity.logout(tablet);
  await assert.rejects(house.e2ee.uploadSignatures(tablet, { [userId]: { PHONE: device } }), code("M_UNKNOWN_TOKEN"));
  await assert.rejects(house.e2ee.uploadCrossSigningKeys(tablet, newCrossSigningKeys(userId).keys, "replacement"), code("M_UNKNOWN_TOKEN"));
  assert.deepEqual((await query(alice.actor))["user_signing_keys"], { [userId]: alice.identity.keys.user_signing_key });
});
