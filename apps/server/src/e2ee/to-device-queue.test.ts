import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { createToDevice } from "./create-to-device.ts";
import { device, openStore } from "./e2ee-store.test-support.ts";
import { createToDeviceMarks } from "./to-device-marks.ts";
import type { QueueLimits } from "./to-device-store.ts";

const [alice, mallory, bob] = [device("@alice:example.org"), device("@mallory:example.org"), device("@bob:example.org")];
const roomy: QueueLimits = { messages: 1000, bytes: 1e6, messagesOfSender: 1000, bytesOfSender: 1e6 };
const END = Number.MAX_SAFE_INTEGER;

async function open(context: TestContext, limits: QueueLimits) {
  const store = await openStore(context);
  const noop = store.storage.statements.write<{ to_device_messages: { user_id: string } }, { userId: string }>((db, p) =>
    db.deleteFrom("to_device_messages").where("user_id", "=", p.userId),
  );
  const identity = { listDeviceIds: async () => ["A"], expectDevice: () => noop({ userId: "" }) };
  // Zeros: a queue is looked through at every message.
  const random = { bytes: (length: number) => new Uint8Array(length) };
  const toDevice = createToDevice({ ...store, random, identity, limits });
  let sent = 0;
  const send = (by: typeof alice, n: number, transactionId = `t${(sent += 1)}`) =>
    toDevice.sendToDevice(by, { type: "m.x", transactionId, messages: { [bob.userId]: { A: { n } } } });
  const waiting = async () => (await toDevice.feed.toDevice(bob, 0, END, 1000)).messages.map((text) => Number(JSON.parse(text).content.n));
  return { ...store, send, waiting };
}

test("a device that nobody uses keeps the newest messages", async (context) => {
  const { send, waiting } = await open(context, { ...roomy, messages: 3 });
  for (let n = 1; n <= 5; n += 1) await send(alice, n);
  assert.deepEqual(await waiting(), [3, 4, 5]);
});

test("who floods a device pushes out their own messages and nobody else's", async (context) => {
  const { send, waiting } = await open(context, { ...roomy, messagesOfSender: 3 });
  for (let n = 1; n <= 3; n += 1) await send(alice, n);
  for (let n = 11; n <= 30; n += 1) await send(mallory, n);
  assert.deepEqual(await waiting(), [1, 2, 3, 28, 29, 30]);
});

test("a queue has a greatest size in bytes, of all and of one sender", async (context) => {
  const all = await open(context, { ...roomy, bytes: 600 });
  for (let n = 1; n <= 20; n += 1) await all.send(alice, n);
  const left = await all.waiting();
  assert.ok(left.length > 0 && left.length < 10, `${left.length}`);
  assert.equal(left.at(-1), 20);
  const one = await open(context, { ...roomy, bytesOfSender: 600 });
  await one.send(alice, 0);
  for (let n = 1; n <= 20; n += 1) await one.send(mallory, n);
  const kept = await one.waiting();
  assert.equal(kept[0], 0);
  assert.deepEqual(kept.slice(1), left);
});

test("the last 256 transaction ids of a device are remembered, and no more", async (context) => {
  const { send, waiting } = await open(context, roomy);
  for (let n = 0; n < 258; n += 1) await send(alice, n, `id ${n}`);
  await send(alice, 1000, "id 257");
  await send(alice, 1001, "id 2");
  assert.equal((await waiting()).length, 258);
  await send(alice, 1002, "id 0");
  assert.equal((await waiting()).at(-1), 1002);
});

test("for a device that goes between the look and the commit nothing is stored, and the transaction is done", async (context) => {
  const store = await openStore(context);
  const nothing = store.storage.statements.write<{ to_device_messages: { user_id: string } }, { userId: string }>((db, p) =>
    db.deleteFrom("to_device_messages").where("user_id", "=", p.userId),
  );
  const lists = [["A"], []];
  // The statement finds no row: the device that was listed is gone.
  const identity = {
    listDeviceIds: async (userId: string) => (userId === alice.userId ? [alice.deviceId] : (lists.shift() ?? [])),
    expectDevice: (userId: string) => nothing({ userId: "" }, userId === alice.userId ? 0 : 1),
  };
  const toDevice = createToDevice({ ...store, identity });
  const messages = { [bob.userId]: { A: { n: 1 } } };
  await toDevice.sendToDevice(alice, { type: "m.x", transactionId: "t", messages });
  assert.deepEqual((await toDevice.feed.toDevice(bob, 0, END, 10)).messages, []);
  assert.equal(lists.length, 0, "the devices were listed again");
});

test("an erased sender's messages are not delivered, and the rest of the queue is", async (context) => {
  const { send, waiting, keys } = await open(context, roomy);
  await send(mallory, 1);
  await send(alice, 2);
  await keys.destroyPerson(mallory.userId);
  assert.deepEqual(await waiting(), [2]);
  await assert.rejects(send(mallory, 3), { code: "M_USER_DEACTIVATED" });
});

test("a message that is committed while the store is being asked is not missed", async () => {
  const asked = Promise.withResolvers<number>();
  const marks = createToDeviceMarks(() => asked.promise);
  const answer = marks.mayHave(bob, 4);
  marks.added(bob, 5);
  asked.resolve(0);
  assert.equal(await answer, true);
  assert.equal(marks.mayHave(bob, 5), false);
});

test("a question that the store failed to answer is asked again", async () => {
  let isBroken = true;
  const marks = createToDeviceMarks(async () => {
    if (isBroken) throw new Error("no answer");
    return 7;
  });
  await assert.rejects(async () => marks.mayHave(bob, 0), /no answer/);
  isBroken = false;
  assert.equal(await marks.mayHave(bob, 6), true);
});

test("an acknowledgement deletes once, and not what came after", async () => {
  const marks = createToDeviceMarks(async () => 0);
  await marks.mayHave(bob, 0);
  assert.equal(marks.mayHaveUpTo(bob, 100), false, "nothing waits");
  marks.added(bob, 5);
  marks.added(bob, 8);
  assert.equal(marks.mayHaveUpTo(bob, 4), false);
  assert.equal(marks.mayHaveUpTo(bob, 5), true);
  marks.removed(bob, 5);
  assert.equal(marks.mayHaveUpTo(bob, 5), false);
  assert.equal(marks.mayHave(bob, 5), true);
  marks.removed(bob, 8);
  assert.equal(marks.mayHave(bob, 0), false);
});

test("the least recently asked device is forgotten, and asked of the store again", async () => {
  let reads = 0;
  const marks = createToDeviceMarks(async () => ((reads += 1), 3), 2);
  for (const who of [alice, bob, mallory, alice]) assert.equal(await marks.mayHave(who, 0), true);
  assert.equal(reads, 4);
});
