import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { JsonObject } from "@wardroom/matrix-core";
import type { Rooms } from "./contract.ts";
import { openRooms, person, say } from "./rooms.test-support.ts";

const [ada, bob] = [person("ada"), person("bob")];
const count = (rooms: Rooms, roomId: string) => rooms.feed.unreadCounts(bob, roomId, Number.MAX_SAFE_INTEGER);

async function roomWithBob(context: TestContext) {
  const house = await openRooms(context);
  const { roomId } = await house.rooms.createRoom(ada, { preset: "public_chat" });
  await house.rooms.join(bob, { roomIdOrAlias: roomId });
  let sent = 0;
  const send = async (rooms: Rooms, content: JsonObject) => {
    sent += 1;
    return (await rooms.sendMessage(ada, { roomId, type: "m.room.message", content, transactionId: `u${sent}` })).eventId;
  };
  return { house, roomId, send };
}

test("a word of one's own marks what precedes it as read, counted on and counted anew", async (context) => {
  const { house, roomId } = await roomWithBob(context);
  await say(house.rooms, ada, roomId, "one");
  await say(house.rooms, ada, roomId, "two");
  assert.equal((await count(house.rooms, roomId)).notifications, 2);
  await say(house.rooms, bob, roomId, "an answer");
  assert.equal((await count(house.rooms, roomId)).notifications, 0);
  await say(house.rooms, ada, roomId, "three");
  assert.equal((await count(house.rooms, roomId)).notifications, 1);
  assert.equal((await count((await house.reopen()).rooms, roomId)).notifications, 1);
});

test("what was redacted no longer counts, in memory and on disk, and a redacted edit does not begin to", async (context) => {
  const { house, roomId, send } = await roomWithBob(context);
  const mention = await send(house.rooms, { body: "bob!", "m.mentions": { user_ids: [bob.userId] } });
  await send(house.rooms, { body: "plain" });
  const edit = await send(house.rooms, { body: "* plain", "m.relates_to": { rel_type: "m.replace", event_id: mention } });
  assert.deepEqual(await count(house.rooms, roomId), { notifications: 2, highlights: 1 });
  await house.rooms.redactEvent(ada, { roomId, eventId: mention, transactionId: "r1" });
  await house.rooms.redactEvent(ada, { roomId, eventId: edit, transactionId: "r2" });
  assert.deepEqual(await count(house.rooms, roomId), { notifications: 1, highlights: 0 });
  assert.deepEqual(await count((await house.reopen()).rooms, roomId), { notifications: 1, highlights: 0 });
});

test("words in a thread do not count in the room's main timeline", async (context) => {
  const { house, roomId, send } = await roomWithBob(context);
  const root = await send(house.rooms, { body: "root" });
  await send(house.rooms, { body: "in the thread", "m.relates_to": { rel_type: "m.thread", event_id: root } });
  await house.rooms.sendReceipt(bob, { roomId, type: "m.read", eventId: root, threadId: "main" });
  assert.equal((await count(house.rooms, roomId)).notifications, 0);
});

test("a long backlog is counted once, goes on from there, and is the same from memory and from disk", async (context) => {
  const { house, roomId } = await roomWithBob(context);
  await Promise.all(Array.from({ length: 450 }, (_, index) => say(house.rooms, ada, roomId, `m${index}`)));
  assert.equal((await count(house.rooms, roomId)).notifications, 450);
  await say(house.rooms, ada, roomId, "one more");
  assert.equal((await count(house.rooms, roomId)).notifications, 451);
  assert.equal((await count((await house.reopen()).rooms, roomId)).notifications, 451);
});
