// What /sync and /keys/changes say of devices, their keys and the messages to them.
import assert from "node:assert/strict";
import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { test } from "node:test";
import { canonicalJson } from "@wardroom/matrix-core";
import { at, type Json, type JsonRecord, listAt, ok, refused, route, type Session, textAt } from "@wardroom/testkit";
import { act, join, leave, makeRoomWith, nextTransaction } from "./room-steps.test-support.ts";
import { useServer } from "./running-server.test-support.ts";
import { follow, nextBatch, now, sync } from "./sync-steps.test-support.ts";

const server = useServer();
const pair = server.twoStrangers;
const unpadded = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64").replaceAll("=", "");
const publicPart = (key: KeyObject) => unpadded(key.export({ type: "spki", format: "der" }).subarray(-32));

/** A device with keys of its own, each signed by it as the specification asks. */
function makeKeys(who: Session) {
  const identity = generateKeyPairSync("ed25519");
  const signed = <T extends JsonRecord>(value: T) => ({
    ...value,
    signatures: {
      [who.userId]: { [`ed25519:${who.deviceId}`]: unpadded(sign(undefined, Buffer.from(canonicalJson(value)), identity.privateKey)) },
    },
  });
  const curve = () => publicPart(generateKeyPairSync("x25519").publicKey);
  const device = signed({
    user_id: who.userId,
    device_id: who.deviceId,
    algorithms: ["m.olm.v1.curve25519-aes-sha2", "m.megolm.v1.aes-sha2"],
    keys: { [`ed25519:${who.deviceId}`]: publicPart(identity.publicKey), [`curve25519:${who.deviceId}`]: curve() },
  });
  const single = (...ids: string[]) => Object.fromEntries(ids.map((id) => [`signed_curve25519:${id}`, signed({ key: curve() })]));
  const fallback = (id: string) => ({ [`signed_curve25519:${id}`]: signed({ key: curve(), fallback: true }) });
  return { device, single, fallback };
}

const upload = async (who: Session, body: Json) => ok(await who.post("/keys/upload", body));
const uploadDevice = (who: Session) => upload(who, { device_keys: makeKeys(who).device });
const changed = (answer: Json) => listAt(answer, "device_lists", "changed");
const left = (answer: Json) => listAt(answer, "device_lists", "left");
const names = (who: Session) => (answer: Json) => changed(answer).includes(who.userId);

async function tell(by: Session, to: Session, n: number, deviceId = to.deviceId): Promise<void> {
  const messages = { [to.userId]: { [deviceId]: { n } } };
  ok(await by.put(route`/sendToDevice/org.example.test/${nextTransaction()}`, { messages }));
}
const numbers = (answer: Json) => listAt(answer, "to_device", "events").map((event) => at(event, "content", "n"));

test("messages to a device come in order, with their sender and type, again until their token is presented, and never after", async () => {
  const [alice, bob] = await pair();
  const since = await now(bob);
  for (const n of [1, 2, 3]) await tell(alice, bob, n);
  const answer = await sync(bob, { since });
  assert.deepEqual(listAt(answer, "to_device", "events")[0], { type: "org.example.test", sender: alice.userId, content: { n: 1 } });
  assert.deepEqual(numbers(answer), [1, 2, 3]);
  assert.deepEqual(numbers(await sync(bob, { since })), [1, 2, 3]);
  assert.deepEqual(numbers(await sync(bob)), [1, 2, 3], "and to a client that starts afresh");
  assert.equal(at(await sync(bob, { since: nextBatch(answer) }), "to_device"), undefined);
  assert.equal(at(await sync(bob), "to_device"), undefined);
});

test("a hundred messages come at once, the rest with the next answer and without waiting", async () => {
  const [alice, bob] = await pair();
  const since = await now(bob);
  for (let n = 0; n < 130; n += 1) await tell(alice, bob, n);
  const first = await sync(bob, { since, timeout: 20_000 });
  assert.equal(numbers(first).length, 100);
  const started = performance.now();
  const second = await sync(bob, { since: nextBatch(first), timeout: 20_000 });
  assert.ok(performance.now() - started < 10_000);
  assert.deepEqual(
    [...numbers(first), ...numbers(second)],
    Array.from({ length: 130 }, (_, n) => n),
  );
});

test("a message wakes the device that it is for, and no other device ever sees it", async () => {
  const [alice, bob] = await pair();
  const second = await server.http().login(bob.name, bob.password);
  const follower = await follow(bob);
  const since = await now(second);
  await tell(alice, bob, 7);
  assert.deepEqual(await follower.until("the message", (answer) => numbers(answer).length > 0 && numbers(answer)), [7]);
  assert.equal(at(await sync(second, { since }), "to_device"), undefined);
  assert.equal(at(await sync(second), "to_device"), undefined);
  assert.equal(at(await sync(alice), "to_device"), undefined);
});

test("undelivered messages and what was acknowledged outlast a restart", async () => {
  const [alice, bob] = await pair();
  await tell(alice, bob, 1);
  const since = nextBatch(await sync(bob));
  await sync(bob, { since });
  await tell(alice, bob, 2);
  await server.process().restart();
  assert.deepEqual(numbers(await sync(bob)), [2]);
  assert.deepEqual(numbers(await sync(bob, { since })), [2]);
});

test("new devices, and devices that go, are told to those who share a room and to one's own devices, and to nobody else", async () => {
  const [alice, bob] = await pair();
  const eve = await server.stranger();
  await makeRoomWith(alice, [bob]);
  const followers = [await follow(alice), await follow(bob)];
  const strange = await now(eve);
  await uploadDevice(alice);
  for (const follower of followers) await follower.until("alice's device", names(alice));
  const second = await server.http().login(alice.name, alice.password);
  await uploadDevice(second);
  for (const follower of followers) await follower.until("alice's second device", names(alice));
  ok(await second.post("/logout"));
  for (const follower of followers) await follower.until("the end of the second device", names(alice));
  assert.deepEqual(changed(await sync(eve, { since: strange })), []);
});

test("who begins to share a room is told as changed, who ceases to as left, to both sides", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, []);
  const since = { alice: await now(alice), bob: await now(bob) };
  await join(bob, room);
  const met = { alice: await sync(alice, { since: since.alice }), bob: await sync(bob, { since: since.bob }) };
  assert.deepEqual([changed(met.alice), left(met.alice)], [[bob.userId], []]);
  assert.deepEqual([changed(met.bob), left(met.bob)], [[alice.userId], []]);
  await act(alice, "kick", room, bob);
  const parted = { alice: await sync(alice, { since: nextBatch(met.alice) }), bob: await sync(bob, { since: nextBatch(met.bob) }) };
  assert.deepEqual([changed(parted.alice), left(parted.alice)], [[], [bob.userId]]);
  assert.deepEqual([changed(parted.bob), left(parted.bob)], [[], [alice.userId]]);
});

test("keys/changes tells between two tokens what sync told, and of strangers nothing", async () => {
  const [alice, bob] = await pair();
  const eve = await server.stranger();
  const room = await makeRoomWith(alice, [bob]);
  const [from, strange] = [await now(bob), await now(eve)];
  await uploadDevice(alice);
  const to = await now(bob);
  const ask = async (who: Session, start: string, end: string) => ok(await who.get("/keys/changes", { from: start, to: end }));
  assert.deepEqual(await ask(bob, from, to), { changed: [alice.userId], left: [] });
  assert.deepEqual(await ask(bob, to, to), { changed: [], left: [] });
  assert.deepEqual(await ask(eve, strange, to), { changed: [], left: [] });
  await leave(bob, room);
  assert.deepEqual(await ask(bob, from, await now(bob)), { changed: [], left: [alice.userId] });
  refused(await bob.get("/keys/changes", { from }), 400, "M_MISSING_PARAM");
  refused(await bob.get("/keys/changes", { from: "garbage", to }), 400, "M_INVALID_PARAM");
});

test("what is left of a device's keys is in each of its answers, zero in so many words", async () => {
  const [alice, bob] = await pair();
  const keys = makeKeys(alice);
  const counts = async () => at(await sync(alice), "device_one_time_keys_count", "signed_curve25519");
  const unused = async () => at(await sync(alice), "device_unused_fallback_key_types");
  assert.deepEqual([await counts(), await unused()], [0, []]);
  await upload(alice, { device_keys: keys.device, one_time_keys: keys.single("A"), fallback_keys: keys.fallback("F") });
  assert.deepEqual([await counts(), await unused()], [1, ["signed_curve25519"]]);
  const claim = async () =>
    ok(await bob.post("/keys/claim", { one_time_keys: { [alice.userId]: { [alice.deviceId]: "signed_curve25519" } } }));
  await claim();
  assert.deepEqual([await counts(), await unused()], [0, ["signed_curve25519"]]);
  await claim();
  assert.deepEqual([await counts(), await unused()], [0, []], "the fallback key is given out when the others are used up");
  const still = await sync(alice, { since: await now(alice) });
  assert.equal(textAt(still, "next_batch").length > 0, true);
  assert.equal(at(still, "device_one_time_keys_count", "signed_curve25519"), 0, "also in an answer without news");
});

test("keys/changes works without any device keys on either side", async () => {
  const [alice, bob] = await pair();
  const from = await now(alice);
  await makeRoomWith(alice, [bob]);
  const answer = ok(await alice.get("/keys/changes", { from, to: await now(alice) }));
  assert.deepEqual(answer, { changed: [bob.userId], left: [] });
});
