import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { JsonObject } from "@wardroom/matrix-core";
import type { Actor } from "#kernel";
import { asObject, newCrossSigningKeys, signed } from "./client-keys.test-support.ts";
import { dig, type KeyHouse, newDevice, openKeyHouse, type TestDevice } from "./keys.test-support.ts";

let house: KeyHouse;
before(async () => {
  house = await openKeyHouse();
});
after(() => house.close());

let people = 0;
async function someone(): Promise<TestDevice> {
  const device = newDevice(await house.signIn(`u${(people += 1)}`, "PHONE", "Her phone"));
  await house.e2ee.uploadKeys(device.actor, { deviceKeys: device.deviceKeys });
  return device;
}
/** Who changed, for this person, by what was done; and that memory knew of it. */
async function changedBy(act: () => Promise<unknown>, asker?: string): Promise<readonly string[]> {
  const { feed } = house.e2ee;
  const before = house.storage.durablePosition();
  await act();
  const until = house.storage.durablePosition();
  assert.ok(feed.lastDeviceListChange() > before);
  const signed = asker === undefined ? [] : await feed.signedBetween(asker, before, until);
  return [...(await feed.deviceListsChanged(before, until)), ...signed];
}
const query = async (by: Actor, asked: Readonly<Record<string, readonly string[]>>): Promise<JsonObject> =>
  asObject(JSON.parse((await house.e2ee.queryKeys(by, asked)).text));

test("every change that others can see is a change of the list, once per person and at its latest position", async () => {
  const alice = newDevice(await house.signIn("alice", "PHONE"));
  const { actor } = alice;
  const { keys, selfSigning } = newCrossSigningKeys(actor.userId);
  const byKey = signed(alice.deviceKeys, actor.userId, `ed25519:${selfSigning.publicKey}`, selfSigning);
  const acts: readonly (() => Promise<unknown>)[] = [
    () => house.e2ee.uploadKeys(actor, { deviceKeys: alice.deviceKeys }),
    () => house.e2ee.uploadCrossSigningKeys(actor, keys, "first"),
    () => house.e2ee.uploadSignatures(actor, { [actor.userId]: { PHONE: byKey } }),
    () => house.identity.renameDevice(actor, "PHONE", "Her new phone"),
  ];
  for (const act of acts) {
    house.announced.length = 0;
    assert.deepEqual(await changedBy(act), [actor.userId]);
    assert.deepEqual(house.announced, [[actor.userId, undefined]]);
  }
  assert.equal(
    (await house.e2ee.feed.deviceListsChanged(0, house.storage.durablePosition())).filter((id) => id === actor.userId).length,
    1,
  );
});

test("one-time keys and claims are no change of the list", async () => {
  const [alice, bob] = [await someone(), await someone()];
  const last = house.e2ee.feed.lastDeviceListChange();
  await house.e2ee.uploadKeys(alice.actor, { oneTimeKeys: alice.oneTimeKeys(2), fallbackKeys: alice.fallbackKey("F") });
  await house.e2ee.claimKeys(bob.actor, { [alice.actor.userId]: { PHONE: "signed_curve25519" } });
  assert.equal(house.e2ee.feed.lastDeviceListChange(), last);
});

test("a signature that its maker alone sees is a change for its maker alone", async () => {
  const [alice, bob] = [await someone(), await someone()];
  const [hers, his] = [newCrossSigningKeys(alice.actor.userId), newCrossSigningKeys(bob.actor.userId)];
  await house.e2ee.uploadCrossSigningKeys(alice.actor, hers.keys, "first");
  await house.e2ee.uploadCrossSigningKeys(bob.actor, his.keys, "first");
  const verified = signed(his.keys.master_key, alice.actor.userId, `ed25519:${hers.userSigning.publicKey}`, hers.userSigning);
  house.announced.length = 0;
  const from = house.storage.durablePosition();
  const verify = () => house.e2ee.uploadSignatures(alice.actor, { [bob.actor.userId]: { [his.master.publicKey]: verified } });
  assert.deepEqual(await changedBy(verify, alice.actor.userId), [bob.actor.userId], "her other devices have to look at his keys again");
  const until = house.storage.durablePosition();
  for (const asker of [bob.actor.userId, "@nobody:test"]) assert.deepEqual(await house.e2ee.feed.signedBetween(asker, from, until), []);
  assert.deepEqual(await house.e2ee.feed.deviceListsChanged(from, until), []);
  assert.deepEqual(house.announced, [[bob.actor.userId, alice.actor.userId]]);
});

test("a device that is removed takes its keys and signatures along in the same commit, and others are told", async () => {
  const [alice, bob] = [await someone(), await someone()];
  const { userId } = alice.actor;
  const tablet = newDevice(await house.signIn(userId.slice(1, -5), "TABLET"));
  await house.e2ee.uploadKeys(tablet.actor, {
    deviceKeys: tablet.deviceKeys,
    oneTimeKeys: tablet.oneTimeKeys(2),
    fallbackKeys: tablet.fallbackKey("F"),
  });
  const { keys, master, selfSigning } = newCrossSigningKeys(userId);
  await house.e2ee.uploadCrossSigningKeys(alice.actor, keys, "first");
  const failures = await house.e2ee.uploadSignatures(tablet.actor, {
    [userId]: {
      TABLET: signed(tablet.deviceKeys, userId, `ed25519:${selfSigning.publicKey}`, selfSigning),
      [master.publicKey]: signed(keys.master_key, userId, "ed25519:TABLET", tablet.key),
    },
  });
  assert.deepEqual(Object.keys(failures), []);
  house.announced.length = 0;
  assert.deepEqual(await changedBy(() => house.identity.logout(tablet.actor)), [userId]);
  assert.deepEqual(house.announced, [[userId, undefined]]);
  const seen = await query(bob.actor, { [userId]: [] });
  assert.deepEqual(Object.keys(asObject(dig(seen, "device_keys", userId))), ["PHONE"]);
  assert.deepEqual(dig(seen, "master_keys", userId, "signatures"), {});
  const claimed = JSON.parse((await house.e2ee.claimKeys(bob.actor, { [userId]: { TABLET: "signed_curve25519" } })).text);
  assert.deepEqual(dig(claimed, "one_time_keys"), {});

  const again = newDevice(await house.signIn(userId.slice(1, -5), "TABLET"));
  assert.deepEqual(await house.e2ee.feed.oneTimeKeyCounts(again.actor), { signed_curve25519: 0 });
  await house.e2ee.uploadKeys(again.actor, { deviceKeys: again.deviceKeys });
  const fresh = await query(bob.actor, { [userId]: ["TABLET"] });
  assert.deepEqual(dig(fresh, "device_keys", userId), { TABLET: again.deviceKeys }, "and no signature of before is on it");
});

test("a device named like a cross-signing key takes no signature of that key along when it goes", async () => {
  const [alice, bob] = [await someone(), await someone()];
  const [hers, his] = [newCrossSigningKeys(alice.actor.userId), newCrossSigningKeys(bob.actor.userId)];
  await house.e2ee.uploadCrossSigningKeys(alice.actor, hers.keys, "first");
  await house.e2ee.uploadCrossSigningKeys(bob.actor, his.keys, "first");
  const verified = signed(his.keys.master_key, alice.actor.userId, `ed25519:${hers.userSigning.publicKey}`, hers.userSigning);
  await house.e2ee.uploadSignatures(alice.actor, { [bob.actor.userId]: { [his.master.publicKey]: verified } });
  const seen = () => query(alice.actor, { [bob.actor.userId]: [] });
  const before = await seen();
  await house.identity.logout(await house.signIn(bob.actor.userId.slice(1, -5), his.master.publicKey));
  assert.deepEqual(await seen(), before);
});

test("signing all devices out is one change of one list", async () => {
  const alice = await someone();
  const { userId } = alice.actor;
  const second = newDevice(await house.signIn(userId.slice(1, -5), "TABLET"));
  await house.e2ee.uploadKeys(second.actor, { deviceKeys: second.deviceKeys });
  assert.deepEqual(await changedBy(() => house.identity.logoutAll(userId)), [userId]);
  const bob = await someone();
  assert.deepEqual(dig(await query(bob.actor, { [userId]: [] }), "device_keys", userId), {});
});

test("of more devices than one commit removes the last is noticed like the first", async () => {
  const actors = [];
  for (let index = 100; index < 210; index += 1) actors.push(await house.signIn("many", `D${index}`));
  const last = newDevice(actors.at(-1) ?? assert.fail());
  await house.e2ee.uploadKeys(last.actor, { deviceKeys: last.deviceKeys });
  house.announced.length = 0;
  assert.deepEqual(await changedBy(() => house.identity.logoutAll(last.actor.userId)), [last.actor.userId]);
  assert.deepEqual(new Set(house.announced.map(([userId]) => userId)), new Set([last.actor.userId]));
});

test("that a device without keys goes is no change of the list", async () => {
  const actor = await house.signIn("plain", "PHONE");
  const before = house.storage.durablePosition();
  await house.identity.logout(actor);
  assert.deepEqual(await house.e2ee.feed.deviceListsChanged(before, house.storage.durablePosition()), []);
});

test("a query names every person of this server, shows display names, and picks devices", async () => {
  const [alice, bob] = [await someone(), await someone()];
  const { userId } = alice.actor;
  const tablet = newDevice(await house.signIn(userId.slice(1, -5), "TABLET"));
  await house.e2ee.uploadKeys(tablet.actor, { deviceKeys: tablet.deviceKeys });
  const answer = await query(bob.actor, {
    [userId]: ["PHONE", "GHOST"],
    "@nobody:test": [],
    "@u1:test": [],
    "@far:elsewhere": [],
    "no user": [],
    [bob.actor.userId]: [],
  });
  const devices = asObject(answer["device_keys"]);
  assert.deepEqual(Object.keys(devices).sort(), [userId, "@nobody:test", "@u1:test", bob.actor.userId].sort());
  assert.deepEqual(devices["@nobody:test"], {}, "as a person without devices");
  assert.deepEqual(devices[userId], { PHONE: { ...alice.deviceKeys, unsigned: { device_display_name: "Her phone" } } });
  assert.deepEqual(Object.keys(asObject(answer["failures"])), ["elsewhere"]);
  const all = await query(bob.actor, { [userId]: [] });
  assert.deepEqual(dig(all, "device_keys", userId, "TABLET"), tablet.deviceKeys, "no name, so no unsigned");
});

test("a query of more people than five thousand is refused", async () => {
  const alice = await someone();
  const many = Object.fromEntries(Array.from({ length: 5001 }, (_, index) => [`@n${index}:test`, []]));
  await assert.rejects(house.e2ee.queryKeys(alice.actor, many), (error) => dig(error, "code") === "M_TOO_LARGE");
});

test("after a restart the last change is known", async () => {
  const alice = await someone();
  const last = house.e2ee.feed.lastDeviceListChange();
  house = await house.restart();
  assert.equal(house.e2ee.feed.lastDeviceListChange(), last);
  assert.ok((await house.e2ee.feed.deviceListsChanged(last - 1, last)).includes(alice.actor.userId));
});
