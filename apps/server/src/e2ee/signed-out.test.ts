// What a device that was signed out can still do with a request that was let in before.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type KeyHouse, newDevice, openKeyHouse } from "./keys.test-support.ts";

let house: KeyHouse;
before(async () => {
  house = await openKeyHouse();
});
after(() => house.close());
const gone = { code: "M_UNKNOWN_TOKEN" };

test("a message of a device that is gone reaches nobody, and its transaction id swallows none of the next device of that name", async () => {
  const { e2ee, identity } = house;
  const [alice, bob] = [await house.signIn("alice", "PHONE"), await house.signIn("bob", "PHONE")];
  const send = (n: number) =>
    e2ee.sendToDevice(alice, { type: "m.x", transactionId: "t", messages: { [bob.userId]: { [bob.deviceId]: { n } } } });
  const waiting = async () =>
    (await e2ee.feed.toDevice(bob, 0, Number.MAX_SAFE_INTEGER, 10)).messages.map((text) => JSON.parse(text).content.n);
  await identity.logout(alice);
  await assert.rejects(send(1), gone);
  assert.deepEqual(await waiting(), []);
  await house.signIn("alice", "PHONE");
  await send(2);
  assert.deepEqual(await waiting(), [2]);
});

test("a device signed in under the id of one that is gone has none of its keys, and the old one can upload none", async () => {
  const { e2ee, identity } = house;
  const carol = newDevice(await house.signIn("carol", "PHONE"));
  const upload = { deviceKeys: carol.deviceKeys, oneTimeKeys: carol.oneTimeKeys(2), fallbackKeys: carol.fallbackKey("F") };
  await e2ee.uploadKeys(carol.actor, upload);
  await identity.logout(carol.actor);
  await assert.rejects(e2ee.uploadKeys(carol.actor, upload), gone);
  const next = await house.signIn("carol", "PHONE");
  assert.deepEqual(await e2ee.feed.oneTimeKeyCounts(next), { signed_curve25519: 0 });
  assert.deepEqual(await e2ee.feed.unusedFallbackKeyTypes(next), []);
  const { text } = await e2ee.queryKeys(next, { [next.userId]: [] });
  assert.deepEqual(JSON.parse(text).device_keys, { [next.userId]: {} });
  const claimed = await e2ee.claimKeys(next, { [next.userId]: { PHONE: "signed_curve25519" } });
  assert.deepEqual(JSON.parse(claimed.text).one_time_keys, {});
});
