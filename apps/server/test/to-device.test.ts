// Messages from device to device: what is sent through the endpoint, and what waits behind the module's door.
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { type Json, type JsonRecord, ok, refused, route, type Session } from "@wardroom/testkit";
import { type ComposedHouse, composeHouse, tablesWith } from "./composed-house.test-support.ts";
import { nextTransaction } from "./room-steps.test-support.ts";

const send = (by: Session, messages: Json, transaction = nextTransaction(), type = "m.room.encrypted") =>
  by.put(route`/sendToDevice/${type}/${transaction}`, { messages });
const actorOf = ({ userId, deviceId }: Session) => ({ userId, deviceId, isAdmin: false });
const END = Number.MAX_SAFE_INTEGER;

/** What waits for this device beyond a place. */
async function waiting(composed: ComposedHouse, who: Session, after = 0, limit = 100) {
  const { messages, until } = await composed.house().e2ee.feed.toDevice(actorOf(who), after, END, limit);
  return { until, bodies: messages.map((text): Json => JSON.parse(text).content.n), texts: messages };
}
const bodies = async (composed: ComposedHouse, who: Session) => (await waiting(composed, who)).bodies;
const acknowledge = (composed: ComposedHouse, who: Session, upTo: number) =>
  composed.house().e2ee.feed.acknowledgeToDevice(actorOf(who), upTo);

async function people(context: TestContext) {
  const composed = await composeHouse(context);
  const [alice, bob] = [await composed.http().register("alice"), await composed.http().register("bob")];
  const again = (who: Session, deviceId?: string) => composed.http().login(who.name, who.password, deviceId);
  return { composed, alice, bob, again };
}

test("a message reaches the device that it names, with its sender and type, and no other", async (context) => {
  const { composed, alice, bob, again } = await people(context);
  const other = await again(bob);
  ok(await send(alice, { [bob.userId]: { [bob.deviceId]: { n: 1 } } }));
  const { texts } = await waiting(composed, bob);
  assert.deepEqual(
    texts.map((text) => JSON.parse(text)),
    [{ type: "m.room.encrypted", sender: alice.userId, content: { n: 1 } }],
  );
  for (const who of [other, alice]) assert.deepEqual(await bodies(composed, who), []);
});

test("a message to * reaches every device that there is now, also the sender's own, and none that comes later; a device's own goes before it", async (context) => {
  const { composed, alice, bob, again } = await people(context);
  const phone = await again(bob);
  ok(await send(alice, { [bob.userId]: { "*": { n: "all" }, [phone.deviceId]: { n: "phone" } }, [alice.userId]: { "*": { n: "mine" } } }));
  const later = await again(bob);
  assert.deepEqual(await bodies(composed, bob), ["all"]);
  assert.deepEqual(await bodies(composed, phone), ["phone"]);
  assert.deepEqual(await bodies(composed, alice), ["mine"]);
  assert.deepEqual(await bodies(composed, later), []);
});

test("what is for unknown people, devices and servers is dropped, and the answer does not tell", async (context) => {
  const { composed, alice, bob } = await people(context);
  const message = { n: 1 };
  const strange: JsonRecord = {
    "@nobody:localhost": { "*": message },
    "@bob:elsewhere.org": { "*": message },
    nonsense: { "*": message },
    constructor: { constructor: message },
    [bob.userId]: { NOBODYS: message, constructor: message, [bob.deviceId]: message },
  };
  assert.deepEqual(ok(await send(alice, strange)), {});
  assert.deepEqual(await bodies(composed, bob), [1]);
});

test("messages come in the order of their sending, at most so many at a time, and the rest with the next question", async (context) => {
  const { composed, alice, bob } = await people(context);
  for (let n = 1; n <= 7; n += 1) ok(await send(alice, { [bob.userId]: { "*": { n } } }));
  const first = await waiting(composed, bob, 0, 3);
  const second = await waiting(composed, bob, first.until, 3);
  const third = await waiting(composed, bob, second.until, 3);
  assert.deepEqual([first.bodies, second.bodies, third.bodies], [[1, 2, 3], [4, 5, 6], [7]]);
  assert.ok(first.until < second.until && second.until < END);
  assert.equal(third.until, END);
  assert.equal((await waiting(composed, bob, 0, 7)).until, END, "a full page without a rest has no rest");
});

test("a message stays until it is acknowledged: the same question has the same answer, also after a restart", async (context) => {
  const { composed, alice, bob } = await people(context);
  for (const n of [1, 2]) ok(await send(alice, { [bob.userId]: { "*": { n } } }));
  const { until } = await waiting(composed, bob, 0, 1);
  for (let time = 0; time < 2; time += 1) assert.deepEqual(await bodies(composed, bob), [1, 2]);
  await composed.close();
  await composed.open();
  assert.deepEqual(await bodies(composed, bob), [1, 2]);
  await acknowledge(composed, bob, until);
  assert.deepEqual(await bodies(composed, bob), [2]);
  await acknowledge(composed, bob, until);
  assert.deepEqual(await bodies(composed, bob), [2]);
  await composed.close();
  await composed.open();
  assert.deepEqual(await bodies(composed, bob), [2]);
});

test("nobody acknowledges another device's messages", async (context) => {
  const { composed, alice, bob, again } = await people(context);
  const phone = await again(bob);
  ok(await send(alice, { [bob.userId]: { "*": { n: 1 } } }));
  for (const who of [alice, phone]) await acknowledge(composed, who, END);
  assert.deepEqual(await bodies(composed, bob), [1]);
});

test("a transaction id sends once: repeated, at the same time and after a restart; another type or device is another transaction", async (context) => {
  const { composed, alice, bob, again } = await people(context);
  const to = (n: number) => ({ [bob.userId]: { [bob.deviceId]: { n } } });
  const answers = await Promise.all(Array.from({ length: 6 }, () => send(alice, to(1), "once")));
  for (const answer of answers) ok(answer);
  ok(await send(alice, to(2), "once"));
  await composed.close();
  await composed.open();
  const { e2ee } = composed.house();
  await e2ee.sendToDevice(actorOf(alice), { type: "m.room.encrypted", transactionId: "once", messages: to(3) });
  assert.deepEqual(await bodies(composed, bob), [1]);
  await e2ee.sendToDevice(actorOf(alice), { type: "m.room_key_request", transactionId: "once", messages: to(4) });
  await e2ee.sendToDevice(actorOf(await again(alice)), { type: "m.room.encrypted", transactionId: "once", messages: to(5) });
  assert.deepEqual(await bodies(composed, bob), [1, 4, 5]);
});

test("a deleted device's messages and transactions go with it: who takes its id next gets none of them", async (context) => {
  const { composed, alice, bob, again } = await people(context);
  const phone = await again(bob, "PHONE");
  ok(await send(alice, { [bob.userId]: { PHONE: { n: "old" } } }));
  ok(await send(phone, { [alice.userId]: { "*": { n: 1 } } }, "once"));
  ok(await phone.post("/logout"));
  ok(await send(alice, { [bob.userId]: { PHONE: { n: "late" } } }));
  const next = await again(bob, "PHONE");
  assert.deepEqual(await bodies(composed, next), []);
  ok(await send(next, { [alice.userId]: { "*": { n: 2 } } }, "once"));
  assert.deepEqual(await bodies(composed, alice), [1, 2]);
});

test("a message sent while its device is deleted does not outlive it", async (context) => {
  const { composed, alice, bob, again } = await people(context);
  for (let round = 0; round < 5; round += 1) {
    const phone = await again(bob, "PHONE");
    const sendings = Array.from({ length: 4 }, () => send(alice, { [bob.userId]: { "*": { n: round } } }));
    await Promise.all([phone.post("/logout"), ...sendings]);
    assert.deepEqual(await bodies(composed, await again(bob, "PHONE")), []);
  }
});

test("where nothing waits nothing is read, and a message is noticed at once", async (context) => {
  const { composed, alice, bob } = await people(context);
  const { feed } = composed.house().e2ee;
  const rung: string[] = [];
  feed.onToDevice((userId, deviceId) => void rung.push(`${userId} ${deviceId}`));
  assert.equal(await feed.mayHaveToDevice(actorOf(bob), 0), false);
  assert.equal(feed.mayHaveToDevice(actorOf(bob), 0), false, "from memory: no promise");
  ok(await send(alice, { [bob.userId]: { "*": { n: 1 } } }));
  assert.deepEqual(rung, [`${bob.userId} ${bob.deviceId}`]);
  assert.equal(feed.mayHaveToDevice(actorOf(bob), 0), true);
  const position = composed.house().storage.durablePosition();
  assert.equal(feed.mayHaveToDevice(actorOf(bob), position), false);
  await acknowledge(composed, bob, position);
  assert.equal(feed.mayHaveToDevice(actorOf(bob), 0), false);
});

test("what is too large, too many or no message is refused whole", async (context) => {
  const { composed, alice, bob } = await people(context);
  const good = { [bob.userId]: { [bob.deviceId]: { n: 1 } } };
  const nobodies = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`D${index}`, {}]));
  refused(await send(alice, { ...good, [alice.userId]: { "*": { text: "x".repeat(65_536) } } }), 413, "M_TOO_LARGE");
  refused(await send(alice, { ...good, [alice.userId]: nobodies(2001) }), 413, "M_TOO_LARGE");
  for (const messages of [{ ...good, [alice.userId]: 7 }, { ...good, [alice.userId]: { "*": "text" } }, [], "text"])
    refused(await send(alice, messages), 400, "M_BAD_JSON");
  refused(await alice.put(route`/sendToDevice/${"m.x"}/${"t"}`, {}), 400, "M_BAD_JSON");
  assert.deepEqual(await bodies(composed, bob), []);
  ok(await send(alice, { [bob.userId]: { "*": { text: "x".repeat(60_000), n: "large" } } }));
  assert.deepEqual(await bodies(composed, bob), ["large"]);
});

test("one message to all of many devices does not fill the disk", async (context) => {
  const { composed, alice, bob } = await people(context);
  for (let device = 0; device < 40; device += 1) await composed.house().identity.createSession(bob.userId, {});
  refused(await send(alice, { [bob.userId]: { "*": { text: "x".repeat(60_000) } } }), 413, "M_TOO_LARGE");
  ok(await send(alice, { [bob.userId]: { "*": { text: "x".repeat(30_000), n: 1 } } }));
  assert.deepEqual(await bodies(composed, bob), [1]);
});

test("what waits is sealed: neither type nor content stands in the store", async (context) => {
  const { composed, alice, bob } = await people(context);
  ok(await send(alice, { [bob.userId]: { "*": { n: "an unmistakable word" } } }, "t", "org.unmistakable.type"));
  assert.deepEqual(await bodies(composed, bob), ["an unmistakable word"]);
  await composed.close();
  assert.deepEqual(await tablesWith(composed.dataDir, "an unmistakable word"), []);
});
