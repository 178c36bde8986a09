import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { JsonObject } from "@wardroom/matrix-core";
import { openPush, person, type PushHouse, redact, say, send } from "./push.test-support.ts";

const [ada, bob, cleo] = [person("ada"), person("bob"), person("cleo")];
const NOW = Number.MAX_SAFE_INTEGER;

async function roomWithBob(context: TestContext) {
  const house = await openPush(context);
  const { roomId } = await house.rooms.createRoom(ada, { preset: "public_chat" });
  for (const who of [bob, cleo]) await house.rooms.join(who, { roomIdOrAlias: roomId });
  return { house, roomId };
}
const unread = ({ push }: PushHouse, roomId: string, who = bob, until = NOW) => push.unread(who, roomId, until);
const main = async (house: PushHouse, roomId: string, who = bob) => (await unread(house, roomId, who)).main;
const notifications = async (house: PushHouse, roomId: string) => (await main(house, roomId)).notifications;
const inThread = (root: string, body = "in the thread"): JsonObject => ({ body, "m.relates_to": { rel_type: "m.thread", event_id: root } });
const mentioning = (who = bob): JsonObject => ({ body: "you", "m.mentions": { user_ids: [who.userId] } });

test("a word of one's own marks what precedes it as read, counted on and counted anew", async (context) => {
  const { house, roomId } = await roomWithBob(context);
  await say(house.rooms, ada, roomId, "one");
  await say(house.rooms, ada, roomId, "two");
  assert.equal(await notifications(house, roomId), 2);
  await say(house.rooms, bob, roomId, "an answer");
  assert.equal(await notifications(house, roomId), 0);
  await say(house.rooms, ada, roomId, "three");
  assert.equal(await notifications(house, roomId), 1);
  assert.equal(await notifications(await house.reopen(), roomId), 1);
});

test("what the default rules silence does not count: notices, edits, reactions, members, and one's own words", async (context) => {
  const { house, roomId } = await roomWithBob(context);
  const { rooms } = house;
  const first = await say(rooms, ada, roomId, "one");
  await send(rooms, ada, roomId, { msgtype: "m.notice", body: "beep" });
  await send(rooms, ada, roomId, { body: "* one", "m.relates_to": { rel_type: "m.replace", event_id: first } });
  await send(rooms, ada, roomId, { "m.relates_to": { rel_type: "m.annotation", event_id: first, key: "+1" } }, "m.reaction");
  await rooms.join(person("dora"), { roomIdOrAlias: roomId });
  await send(rooms, ada, roomId, { algorithm: "m.megolm.v1.aes-sha2", ciphertext: "x" }, "m.room.encrypted");
  await send(rooms, ada, roomId, { body: "?" }, "org.example.unknown");
  assert.deepEqual(await main(house, roomId), { notifications: 2, highlights: 0 });
});

test("a mention is a highlight for whom it names, and one of the room only from who has the power", async (context) => {
  const { house, roomId } = await roomWithBob(context);
  await send(house.rooms, ada, roomId, mentioning());
  await send(house.rooms, cleo, roomId, { body: "all!", "m.mentions": { room: true } });
  assert.deepEqual(await main(house, roomId), { notifications: 2, highlights: 1 });
  await send(house.rooms, ada, roomId, { body: "all!", "m.mentions": { room: true } });
  assert.deepEqual(await main(house, roomId), { notifications: 3, highlights: 2 });
  assert.deepEqual(await main(house, roomId, cleo), { notifications: 1, highlights: 1 });
});

test("what was redacted no longer counts, in memory and on disk, and a redacted edit does not begin to", async (context) => {
  const { house, roomId } = await roomWithBob(context);
  const mention = await send(house.rooms, ada, roomId, mentioning());
  await say(house.rooms, ada, roomId, "plain");
  const edit = await send(house.rooms, ada, roomId, { body: "*", "m.relates_to": { rel_type: "m.replace", event_id: mention } });
  assert.deepEqual(await main(house, roomId), { notifications: 2, highlights: 1 });
  await redact(house.rooms, ada, roomId, mention);
  await redact(house.rooms, ada, roomId, edit);
  assert.deepEqual(await main(house, roomId), { notifications: 1, highlights: 0 });
  assert.deepEqual(await main(await house.reopen(), roomId), { notifications: 1, highlights: 0 });
});

test("a redaction of what was read already takes nothing from what came after", async (context) => {
  const { house, roomId } = await roomWithBob(context);
  const old = await say(house.rooms, ada, roomId, "old");
  assert.equal(await notifications(house, roomId), 1);
  await say(house.rooms, bob, roomId, "read");
  await say(house.rooms, ada, roomId, "new");
  assert.equal(await notifications(house, roomId), 1);
  await redact(house.rooms, ada, roomId, old);
  assert.equal(await notifications(house, roomId), 1);
});

test("each thread is counted by itself, and read by its own receipt, by an unthreaded one, or by speaking in it", async (context) => {
  const { house, roomId } = await roomWithBob(context);
  const { rooms } = house;
  const root = await say(rooms, ada, roomId, "root");
  const other = await say(rooms, ada, roomId, "another root");
  const one = await send(rooms, ada, roomId, inThread(root));
  const two = await send(rooms, ada, roomId, { ...inThread(root), ...mentioning() });
  await send(rooms, ada, roomId, inThread(other));
  const counts = async (on: PushHouse = house) => {
    const { main: room, threads } = await unread(on, roomId);
    return [room, threads.get(root), threads.get(other)].map((count) =>
      count === undefined ? "" : `${count.notifications}/${count.highlights}`,
    );
  };
  assert.deepEqual(await counts(), ["2/0", "2/1", "1/0"]);
  await rooms.sendReceipt(bob, { roomId, type: "m.read", eventId: one, threadId: root });
  assert.deepEqual(await counts(), ["2/0", "1/1", "1/0"], "read in part");
  await rooms.sendReceipt(bob, { roomId, type: "m.read.private", eventId: other, threadId: "main" });
  assert.deepEqual(await counts(), ["0/0", "1/1", "1/0"], "the main timeline is a thread of its own");
  await send(rooms, bob, roomId, inThread(other, "an answer"));
  assert.deepEqual(await counts(), ["0/0", "1/1", ""], "who speaks in a thread has read that thread");
  assert.deepEqual(await counts(await house.reopen()), ["0/0", "1/1", ""]);
  assert.ok(two);
});

test("an unthreaded receipt reads everything up to its event", async (context) => {
  const { house, roomId } = await roomWithBob(context);
  const root = await say(house.rooms, ada, roomId, "root");
  const last = await send(house.rooms, ada, roomId, inThread(root));
  await send(house.rooms, ada, roomId, inThread(root));
  assert.equal((await unread(house, roomId)).threads.get(root)?.notifications, 2);
  await house.rooms.sendReceipt(bob, { roomId, type: "m.read", eventId: last });
  const { main: room, threads } = await unread(house, roomId);
  assert.deepEqual([room.notifications, threads.get(root)?.notifications], [0, 1]);
});

test("what relates to an event in a thread is in that thread, up to three steps", async (context) => {
  const { house, roomId } = await roomWithBob(context);
  const root = await say(house.rooms, ada, roomId, "root");
  const word = await send(house.rooms, ada, roomId, inThread(root));
  await send(house.rooms, ada, roomId, { body: "about it", "m.relates_to": { rel_type: "m.reference", event_id: word } });
  await send(house.rooms, ada, roomId, { body: "about the root", "m.relates_to": { rel_type: "m.reference", event_id: root } });
  const { main: room, threads } = await unread(house, roomId);
  assert.deepEqual([room.notifications, threads.get(root)?.notifications], [2, 2]);
});

test("invented threads do not grow a reader's count without end", async (context) => {
  const { house, roomId } = await roomWithBob(context);
  await Promise.all(Array.from({ length: 150 }, (_, index) => send(house.rooms, ada, roomId, inThread(`$invented${index}`))));
  assert.equal((await unread(house, roomId)).threads.size, 100);
});

test("a long backlog is counted once and goes on from there; anew, only the newest two hundred are looked at: never too high", async (context) => {
  const { house, roomId } = await roomWithBob(context);
  await notifications(house, roomId);
  for (let round = 1; round <= 3; round += 1) {
    await Promise.all(Array.from({ length: 150 }, (_, index) => say(house.rooms, ada, roomId, `m${index}`)));
    assert.equal(await notifications(house, roomId), round * 150);
  }
  const again = await house.reopen();
  const count = await notifications(again, roomId);
  assert.ok(count >= 200 && count < 300, String(count));
  await say(again.rooms, ada, roomId, "one more");
  assert.equal(await notifications(again, roomId), count + 1);
});

test("counts are as of the position asked for, and a slower request does not put back what a newer one counted", async (context) => {
  const { house, roomId } = await roomWithBob(context);
  await say(house.rooms, ada, roomId, "one");
  const until = house.storage.durablePosition();
  await say(house.rooms, ada, roomId, "two");
  assert.equal((await unread(house, roomId, bob, until)).main.notifications, 1);
  assert.equal(await notifications(house, roomId), 2);
  assert.equal((await unread(house, roomId, bob, until)).main.notifications, 1);
  assert.equal(await notifications(house, roomId), 2);
});

test("muting a room takes its count away at once, and unmuting brings back what is unread", async (context) => {
  const { house, roomId } = await roomWithBob(context);
  await say(house.rooms, ada, roomId, "one");
  assert.equal(await notifications(house, roomId), 1);
  await house.accountData.pushRule.put(bob, { kind: "room", ruleId: roomId }, { actions: [] });
  assert.equal(await notifications(house, roomId), 0);
  assert.equal((await main(house, roomId, cleo)).notifications, 1, "a rule is for its owner alone");
  await house.accountData.pushRule.setEnabled(bob, { kind: "room", ruleId: roomId }, false);
  assert.equal(await notifications(house, roomId), 1);
});

test("who is not in the room has nothing unread, and who comes back begins anew", async (context) => {
  const { house, roomId } = await roomWithBob(context);
  await say(house.rooms, ada, roomId, "one");
  assert.equal(await notifications(house, roomId), 1);
  await house.rooms.leave(bob, { roomId });
  assert.equal(await notifications(house, roomId), 0);
  assert.equal((await main(house, roomId, person("stranger"))).notifications, 0);
  await house.rooms.join(bob, { roomIdOrAlias: roomId });
  assert.equal(await notifications(house, roomId), 0);
  await say(house.rooms, ada, roomId, "two");
  assert.equal(await notifications(house, roomId), 1);
});
