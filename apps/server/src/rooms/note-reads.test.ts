import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@wardroom/matrix-core";
import { openRooms, person, type RoomsHouse, say } from "./rooms.test-support.ts";

const [ada, bob] = [person("ada"), person("bob")];
const LABEL = "org.wardroom.room.label";

const label = ({ rooms }: RoomsHouse, roomId: string, content: JsonObject) =>
  rooms.sendState(ada, { roomId, type: LABEL, stateKey: "", content });

/** A public room of Ada's with Bob in it, which records reads. */
async function makeRoom(house: RoomsHouse): Promise<string> {
  const { roomId } = await house.rooms.createRoom(ada, { preset: "public_chat" });
  await house.rooms.join(bob, { roomIdOrAlias: roomId });
  await label(house, roomId, { record_reads: true });
  return roomId;
}

const reads = ({ observed }: RoomsHouse) => observed.map(({ actor, roomId, reason }) => [actor, roomId, reason]);

test("a record says who read, on which device, from where, in which room and how, and no word of it", async (context) => {
  const house = await openRooms(context);
  const roomId = await makeRoom(house);
  const eventId = await say(house.rooms, ada, roomId, "the albatross");
  await house.rooms.getEvent({ ...bob, address: "192.0.2.7" }, roomId, eventId);
  const expected = {
    event: "room.read",
    actor: bob.userId,
    deviceId: "PHONE",
    address: "192.0.2.7",
    roomId,
    outcome: "done",
    reason: "event",
  };
  assert.deepEqual(house.observed, [expected]);
});

test("the server's own reads, for counts, push rules, receipts, typing, relations and files, are no reads of a person's", async (context) => {
  const house = await openRooms(context);
  const roomId = await makeRoom(house);
  const { rooms } = house;
  const eventId = await say(rooms, ada, roomId, "hello");
  await rooms.feed.timeline(bob, roomId, { after: 0, until: Number.MAX_SAFE_INTEGER, limit: 10 });
  await rooms.feed.memberView(bob.userId, roomId);
  await rooms.feed.ruleFacts(roomId);
  await rooms.maySee(bob.userId, roomId, eventId);
  await rooms.sendReceipt(bob, { roomId, type: "m.read", eventId });
  await rooms.setTyping(bob, roomId, true, 1000);
  const content = { msgtype: "m.text", body: "b", "m.relates_to": { rel_type: "m.thread", event_id: eventId } };
  await rooms.sendMessage(bob, { roomId, type: "m.room.message", content, transactionId: "reply" });
  await rooms.reportContent(bob, { roomId, eventId, reason: "r" });
  await rooms.known.find(bob, roomId);
  assert.deepEqual(reads(house), []);
});

test("whoever reads what the world may read is recorded, although they were never in the room", async (context) => {
  const house = await openRooms(context);
  const roomId = await makeRoom(house);
  await house.rooms.sendState(ada, {
    roomId,
    type: "m.room.history_visibility",
    stateKey: "",
    content: { history_visibility: "world_readable" },
  });
  await say(house.rooms, ada, roomId, "to all");
  await house.rooms.listMessages(person("eve"), roomId, { direction: "b", limit: 5 });
  assert.deepEqual(reads(house), [["@eve:test", roomId, "messages"]]);
});

test("a search is a read of the rooms in which it found something, and of no other", async (context) => {
  const house = await openRooms(context);
  const [found, other] = [await makeRoom(house), await makeRoom(house)];
  await say(house.rooms, ada, found, "an albatross");
  await say(house.rooms, ada, found, "another albatross");
  await say(house.rooms, ada, other, "a cormorant");
  await house.rooms.searchEvents(bob, { term: "albatross", keys: ["content.body"], limit: 10, withState: false });
  assert.deepEqual(reads(house), [[bob.userId, found, "search"]]);
});

test("a room that has left memory by the end of a read is asked all the same", async (context) => {
  const house = await openRooms(context);
  const roomId = await makeRoom(house);
  const again = await house.reopen();
  await again.rooms.feed.noteRead(bob, roomId, "sync");
  assert.deepEqual(reads(again), [[bob.userId, roomId, "sync"]]);
  await again.rooms.feed.noteRead(bob, "!nowhere", "sync");
  assert.equal(again.observed.length, 1);
});

test("a room that replaces another records reads if that one did, from its first event on", async (context) => {
  const house = await openRooms(context);
  const roomId = await makeRoom(house);
  const { replacementRoom } = await house.rooms.upgradeRoom(ada, { roomId, newVersion: "12" });
  await house.rooms.join(bob, { roomIdOrAlias: replacementRoom });
  await house.rooms.listState(bob, replacementRoom);
  assert.deepEqual(reads(house), [[bob.userId, replacementRoom, "state"]]);
});

test("erasing who took a label away, or never asked for a record, makes none of it", async (context) => {
  const house = await openRooms(context);
  const off = await makeRoom(house);
  await label(house, off, { record_reads: false });
  const never = await house.rooms.createRoom(ada, { preset: "public_chat" });
  await house.rooms.join(bob, { roomIdOrAlias: never.roomId });
  await label(house, never.roomId, { colour: "blue" });
  await house.rooms.erasePerson(ada.userId);
  for (const roomId of [off, never.roomId]) await house.rooms.listMembers(bob, roomId, {});
  assert.deepEqual(reads(house), []);
});

test("a label in a key called like a part of every object asks for nothing", async (context) => {
  const house = await openRooms(context);
  const { roomId } = await house.rooms.createRoom(ada, { preset: "public_chat" });
  await label(house, roomId, JSON.parse('{"__proto__":{"record_reads":true}}'));
  await house.rooms.listState(ada, roomId);
  assert.deepEqual(reads(house), []);
});
