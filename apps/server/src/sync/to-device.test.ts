import assert from "node:assert/strict";
import { test } from "node:test";
import { at, type Json, listAt, textAt } from "@wardroom/testkit";
import { createHarness, device, type Harness, settle } from "./sync-harness.test-support.ts";

const [me, other, room] = ["@me:x", "@other:x", "!r"];
const [phone, laptop] = [device(me, "PHONE"), device(me, "LAPTOP")];

function makeRoom(): Harness {
  const harness = createHarness();
  harness.member(room, other, "join");
  harness.member(room, me, "join");
  return harness;
}

const next = (body: Json) => textAt(body, "next_batch");
const numbers = (body: Json) => listAt(body, "to_device", "events").map((event) => at(event, "content", "n"));
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);
const sendMany = (harness: Harness, from: number, to: number) => {
  for (const n of range(from, to)) harness.keys.sendToDevice(phone, { n });
};

test("messages wait for their device, come in order with type, sender and content, and also in an initial sync", async () => {
  const harness = makeRoom();
  sendMany(harness, 0, 3);
  const body = await harness.ask(phone);
  assert.deepEqual(listAt(body, "to_device", "events")[0], { type: "m.test", sender: "@sender:x", content: { n: 0 } });
  assert.deepEqual(numbers(body), [0, 1, 2]);
  assert.equal(at(await harness.ask(laptop), "to_device"), undefined, "no other device gets them, nor an empty section");
});

test("messages are kept until the token of their answer is presented, and then deleted", async () => {
  const harness = makeRoom();
  const start = next(await harness.ask(phone));
  sendMany(harness, 0, 2);
  const first = await harness.ask(phone, { since: start });
  const again = await harness.ask(phone, { since: start });
  assert.deepEqual(
    [numbers(first), numbers(again)],
    [
      [0, 1],
      [0, 1],
    ],
    "a lost answer is asked for again",
  );
  assert.equal(harness.keys.kept(phone), 2);
  const after = await harness.ask(phone, { since: next(again) });
  assert.equal(at(after, "to_device"), undefined);
  assert.equal(harness.keys.kept(phone), 0);
});

test("more than a hundred come in several answers, at once, each exactly once, whatever happens in rooms meanwhile", async () => {
  const harness = makeRoom();
  const start = next(await harness.ask(phone));
  sendMany(harness, 0, 150);
  harness.append(room, { type: "m.room.message", sender: other });
  sendMany(harness, 150, 230);
  const got: (readonly (Json | undefined)[])[] = [];
  const bodies: Json[] = [];
  let since = start;
  for (let answer = 0; answer < 3; answer += 1) {
    if (answer === 1) harness.append(room, { type: "m.room.message", sender: other });
    // A long timeout: whatever is left must not wait for other news.
    const body = await harness.ask(phone, { since, timeoutMs: 30_000 });
    got.push(numbers(body));
    bodies.push(body);
    since = next(body);
  }
  assert.deepEqual(got, [range(0, 100), range(100, 200), range(200, 230)]);
  const said = bodies.map((body) => listAt(body, "rooms", "join", room, "timeline", "events").length);
  assert.deepEqual(said, [1, 1, 0], "the rooms go on, nothing of them comes twice");
  assert.equal(harness.keys.kept(phone), 30, "what was presented is deleted, the last answer not yet");
  assert.equal(at(await harness.ask(phone, { since }), "to_device"), undefined);
  assert.equal(harness.keys.kept(phone), 0);
});

test("a token that lags behind deletes only what its answers held", async () => {
  const harness = makeRoom();
  sendMany(harness, 0, 120);
  const first = await harness.ask(phone);
  const second = await harness.ask(phone, { since: next(first) });
  assert.equal(harness.keys.kept(phone), 20);
  assert.deepEqual(numbers(await harness.ask(phone, { since: next(first) })), numbers(second), "redelivered");
  assert.deepEqual(numbers(await harness.ask(phone)), range(100, 120), "also to a client that starts afresh");
});

test("the token of another place in the stream, such as prev_batch, deletes nothing that did not come", async () => {
  const harness = makeRoom();
  sendMany(harness, 0, 2);
  const now = harness.sync.formatToken(harness.storage.durablePosition());
  assert.deepEqual(numbers(await harness.ask(phone, { since: now })), [0, 1]);
  assert.equal(harness.keys.kept(phone), 2);
  const prevBatch = textAt(await harness.ask(phone), "rooms", "join", room, "timeline", "prev_batch");
  assert.deepEqual(numbers(await harness.ask(phone, { since: prevBatch })), [0, 1]);
});

test("a token of another store deletes nothing and gets everything", async () => {
  const harness = makeRoom();
  sendMany(harness, 0, 2);
  const since = next(await harness.ask(phone));
  const restored = harness.reboot("restored");
  assert.deepEqual(numbers(await restored.ask(phone, { since })), [0, 1]);
  assert.equal(harness.keys.kept(phone), 2);
});

test("another device's token acknowledges one's own messages, never those of the other device", async () => {
  const harness = makeRoom();
  sendMany(harness, 0, 2);
  const since = next(await harness.ask(laptop));
  await harness.ask(laptop, { since });
  assert.equal(harness.keys.kept(phone), 2);
});

test("a message wakes its device and no other", async () => {
  const harness = makeRoom();
  const since = next(await harness.ask(phone));
  const waiting = harness.ask(phone, { since, timeoutMs: 30_000 });
  let isLaptopDone = false;
  const elsewhere = harness.ask(laptop, { since, timeoutMs: 30_000 }).finally(() => {
    isLaptopDone = true;
  });
  await settle();
  harness.calls.length = 0;
  sendMany(harness, 7, 8);
  assert.deepEqual(numbers(await waiting), [7]);
  await settle();
  assert.equal(isLaptopDone, false);
  assert.equal(harness.calls.filter((call) => call === "membershipsOf").length, 1, "one look, by the one device");
  harness.expire(30_000);
  await elsewhere;
});

test("an answer of which the deletion failed is an answer all the same", async () => {
  const harness = makeRoom();
  sendMany(harness, 0, 1);
  const since = next(await harness.ask(phone));
  const failing = { ...harness.keys, feed: { ...harness.keys.feed, acknowledgeToDevice: () => Promise.reject(new Error("full")) } };
  const house = createHarness(harness, { keys: failing });
  assert.equal(at(await house.ask(phone, { since }), "to_device"), undefined);
});

test("what is left of the keys is said in every answer and is no news by itself", async () => {
  const harness = makeRoom();
  harness.keys.counts["signed_curve25519"] = 50;
  harness.keys.unusedFallback.push("signed_curve25519");
  const first = await harness.ask(phone);
  assert.deepEqual(at(first, "device_one_time_keys_count"), { signed_curve25519: 50 });
  assert.deepEqual(at(first, "device_unused_fallback_key_types"), ["signed_curve25519"]);
  let isDone = false;
  const waiting = harness.ask(phone, { since: next(first), timeoutMs: 30_000 }).finally(() => {
    isDone = true;
  });
  await settle();
  harness.keys.counts["signed_curve25519"] = 0;
  harness.keys.unusedFallback.length = 0;
  await settle();
  assert.equal(isDone, false);
  harness.expire(30_000);
  const body = await waiting;
  assert.deepEqual(at(body, "device_one_time_keys_count"), { signed_curve25519: 0 }, "zero is said, not left out");
  assert.deepEqual(at(body, "device_unused_fallback_key_types"), []);
});

test("who has no messages costs no question to the store", async () => {
  const harness = makeRoom();
  const since = next(await harness.ask(phone));
  sendMany(harness, 0, 3);
  await harness.ask(laptop, { since });
  assert.deepEqual(harness.keys.calls, []);
});
