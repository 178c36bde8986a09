import assert from "node:assert/strict";
import { test } from "node:test";
import { createSeededRandom } from "@wardroom/testkit";
import type { Actor } from "#kernel";
import type { Rooms } from "./contract.ts";
import { history, openRooms, person, say } from "./rooms.test-support.ts";

const [ada, bob, cleo] = [person("ada"), person("bob"), person("cleo")];

interface Told {
  readonly ids: readonly string[];
}

async function page(rooms: Rooms, who: Actor, roomId: string, direction: "b" | "f", limit: number): Promise<Told> {
  const ids: string[] = [];
  for (let from: number | undefined; ;) {
    const { chunk, end } = await rooms.listMessages(who, roomId, { direction, limit, ...(from === undefined ? {} : { from }) });
    for (const text of chunk) {
      const event: unknown = JSON.parse(text);
      assert.ok(typeof event === "object" && event !== null && "event_id" in event);
      ids.push(String(event.event_id));
    }
    if (end === undefined) return { ids: direction === "b" ? ids.toReversed() : ids };
    from = end;
  }
}

test("paging gives every visible event once and in order, whatever the page size, the direction and what is in memory", async (context) => {
  const house = await openRooms(context);
  const random = createSeededRandom("paging");
  const { roomId } = await house.rooms.createRoom(ada, { preset: "public_chat" });
  for (let count = 0; count < 500; count += 1) {
    if (count % 97 === 40) await house.rooms.join(bob, { roomIdOrAlias: roomId });
    if (count % 97 === 90) await house.rooms.leave(bob, { roomId });
    await say(house.rooms, ada, roomId, `m${count}`);
  }
  const whole = await page(house.rooms, ada, roomId, "b", 1000);
  assert.ok(whole.ids.length > 500);
  assert.equal(new Set(whole.ids).size, whole.ids.length);
  for (const open of [async () => house, house.reopen]) {
    const { rooms } = await open();
    for (const direction of ["b", "f", "b"] as const) {
      const limit = 1 + random.below(90);
      assert.deepEqual((await page(rooms, ada, roomId, direction, limit)).ids, whole.ids, `${direction} by ${limit}`);
    }
  }
});

test("somebody who joined and left sees what came before their last departure, and not what was said while history was for members only", async (context) => {
  const { rooms } = await openRooms(context);
  const { roomId } = await rooms.createRoom(ada, { preset: "public_chat" });
  await say(rooms, ada, roomId, "before anybody came");
  await rooms.join(bob, { roomIdOrAlias: roomId });
  await say(rooms, ada, roomId, "with bob");
  await rooms.leave(bob, { roomId });
  await rooms.sendState(ada, { roomId, type: "m.room.history_visibility", stateKey: "", content: { history_visibility: "joined" } });
  await say(rooms, ada, roomId, "among members");
  assert.deepEqual(await history(rooms, bob, roomId), ["before anybody came", "with bob"]);
  await rooms.join(bob, { roomIdOrAlias: roomId });
  await say(rooms, ada, roomId, "bob is back");
  assert.deepEqual(await history(rooms, bob, roomId), ["before anybody came", "with bob", "bob is back"]);
  assert.deepEqual(await history(rooms, ada, roomId), ["before anybody came", "with bob", "among members", "bob is back"]);
  await assert.rejects(history(rooms, cleo, roomId), /not in this room/);
});

test("redacted words are gone from history, from state and from the prev_content of what replaced them, in memory and on disk", async (context) => {
  const house = await openRooms(context);
  const { rooms } = house;
  const { roomId } = await rooms.createRoom(ada, {});
  const words = await say(rooms, ada, roomId, "a slip of the tongue");
  const topic = await rooms.sendState(ada, { roomId, type: "m.room.topic", stateKey: "", content: { topic: "a slip of the pen" } });
  await rooms.sendState(ada, { roomId, type: "m.room.topic", stateKey: "", content: { topic: "harmless" } });
  await rooms.redactEvent(ada, { roomId, eventId: words, reason: "slip", transactionId: "r1" });
  await rooms.redactEvent(ada, { roomId, eventId: topic.eventId, transactionId: "r2" });
  for (const open of [async () => house, house.reopen]) {
    const { rooms: now } = await open();
    const { chunk } = await now.listMessages(ada, roomId, { direction: "b", limit: 50 });
    assert.doesNotMatch(chunk.join(), /a slip of/);
    assert.match(chunk.join(), /"redacted_because":\{"room_id":/);
    assert.doesNotMatch((await now.getState(ada, roomId, "m.room.topic", "", "event")).text, /a slip of/);
  }
});

test("a filter that matches nothing looks at a bounded number of events and says how far it came", async (context) => {
  const { rooms } = await openRooms(context);
  const { roomId } = await rooms.createRoom(ada, {});
  await Promise.all(Array.from({ length: 2500 }, (_, index) => say(rooms, ada, roomId, `m${index}`)));
  const first = await rooms.listMessages(ada, roomId, { direction: "b", limit: 10, matches: ({ type }) => type === "m.room.create" });
  assert.deepEqual(first.chunk, []);
  assert.ok(first.end !== undefined);
  const second = await rooms.listMessages(ada, roomId, {
    direction: "b",
    limit: 10,
    from: first.end,
    matches: ({ type }) => type === "m.room.create",
  });
  assert.equal(second.chunk.length, 1);
  assert.equal(second.end, undefined);
});

test("the feed's timeline says limited only when a visible event was left out, and where the page began", async (context) => {
  const { rooms, storage } = await openRooms(context);
  const { roomId } = await rooms.createRoom(ada, { preset: "public_chat" });
  const before = storage.durablePosition();
  for (const body of ["one", "two", "three"]) await say(rooms, ada, roomId, body);
  const until = storage.durablePosition();
  const all = await rooms.feed.timeline(ada, roomId, { after: before, until, limit: 3 });
  assert.deepEqual([all.events.length, all.limited, all.before], [3, false, before]);
  const some = await rooms.feed.timeline(ada, roomId, { after: before, until, limit: 2 });
  assert.deepEqual([some.events.length, some.limited, some.before], [2, true, before + 1]);
  const none = await rooms.feed.timeline(ada, roomId, { after: until, until, limit: 2 });
  assert.deepEqual([none.events.length, none.limited, none.before], [0, false, until]);
});
