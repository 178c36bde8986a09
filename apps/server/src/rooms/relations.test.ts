import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@wardroom/matrix-core";
import type { Actor } from "#kernel";
import type { Rooms } from "./index.ts";
import { openRooms, person, say } from "./rooms.test-support.ts";

const [alice, bob] = [person("alice"), person("bob")];

let transactions = 0;
async function relate(rooms: Rooms, who: Actor, roomId: string, relType: string, eventId: string, more: JsonObject = {}): Promise<string> {
  transactions += 1;
  const content = { body: "x", "m.relates_to": { rel_type: relType, event_id: eventId, ...more } };
  return (await rooms.sendMessage(who, { roomId, type: "m.room.message", content, transactionId: `r${transactions}` })).eventId;
}

async function makeRoom(rooms: Rooms): Promise<string> {
  const { roomId } = await rooms.createRoom(alice, { preset: "public_chat" });
  await rooms.join(bob, { roomIdOrAlias: roomId });
  return roomId;
}

interface Served {
  readonly content: JsonObject;
  readonly unsigned?: {
    readonly prev_content?: JsonObject;
    readonly replaces_state?: string;
    readonly "m.relations"?: { readonly "m.thread"?: { readonly count: number } };
  };
}

// The server's own text of an event.
const parse = (text: string): Served => JSON.parse(text) as Served;
const getEvent = async (rooms: Rooms, roomId: string, eventId: string) => parse((await rooms.getEvent(alice, roomId, eventId)).text);
const children = (rooms: Rooms, roomId: string, eventId: string) =>
  rooms.listRelations(alice, roomId, eventId, { direction: "b", limit: 10 }).then(({ chunk }) => chunk.length);

test("relations and aggregations survive a restart", async (context) => {
  const house = await openRooms(context);
  const roomId = await makeRoom(house.rooms);
  const root = await say(house.rooms, alice, roomId, "root");
  await relate(house.rooms, bob, roomId, "m.thread", root);
  const { rooms } = await house.reopen();
  assert.equal((await getEvent(rooms, roomId, root)).unsigned?.["m.relations"]?.["m.thread"]?.count, 1);
  await relate(rooms, alice, roomId, "m.thread", root);
  assert.equal((await getEvent(rooms, roomId, root)).unsigned?.["m.relations"]?.["m.thread"]?.count, 2);
  assert.equal(await children(rooms, roomId, root), 2);
});

test("state of a room that was loaded again says what it replaced, and stays empty where that was redacted meanwhile", async (context) => {
  const house = await openRooms(context);
  const roomId = await makeRoom(house.rooms);
  const set = (rooms: Rooms, name: string) => rooms.sendState(alice, { roomId, type: "m.room.name", stateKey: "", content: { name } });
  const first = await set(house.rooms, "first");
  await set(house.rooms, "second");
  const nameOf = async (rooms: Rooms) => parse((await rooms.getState(alice, roomId, "m.room.name", "", "event")).text);
  const before = await nameOf(house.rooms);
  const reopened = await house.reopen();
  const afterwards = await nameOf(reopened.rooms);
  assert.deepEqual(afterwards.unsigned, before.unsigned);
  assert.deepEqual(afterwards.unsigned?.prev_content, { name: "first" });
  const again = await reopened.reopen();
  await again.rooms.redactEvent(alice, { roomId, eventId: first.eventId, transactionId: "gone" });
  const listed = (await again.rooms.listState(alice, roomId)).text;
  assert.ok(listed.includes('"second"') && !listed.includes('"first"'));
  assert.deepEqual((await nameOf(again.rooms)).unsigned?.prev_content, {});
});

test("what an erased person related to is erased with their words", async (context) => {
  const { rooms } = await openRooms(context);
  const roomId = await makeRoom(rooms);
  const root = await say(rooms, alice, roomId, "root");
  await relate(rooms, alice, roomId, "m.thread", root);
  await relate(rooms, bob, roomId, "m.thread", root);
  await rooms.erasePerson(bob.userId);
  assert.equal(await children(rooms, roomId, root), 1);
  assert.equal((await getEvent(rooms, roomId, root)).unsigned?.["m.relations"]?.["m.thread"]?.count, 1);
});

test("an event is in the thread that it names, or that of what it relates to, three steps up at most", async (context) => {
  const { rooms } = await openRooms(context);
  const roomId = await makeRoom(rooms);
  const root = await say(rooms, alice, roomId, "root");
  const chain = [await relate(rooms, bob, roomId, "m.thread", root)];
  for (let step = 0; step < 4; step += 1) chain.push(await relate(rooms, bob, roomId, "m.reference", chain.at(-1) ?? ""));
  const threadOf = async (relType: string, eventId: string) =>
    (await rooms.feed.threadOf(roomId, { relation: { relType, eventId } })) ?? "main";
  assert.equal(await rooms.feed.threadOf(roomId, { relation: undefined }), undefined);
  assert.equal(await threadOf("m.thread", root), root);
  assert.equal(await threadOf("m.reference", root), "main");
  assert.deepEqual(await Promise.all(chain.map((id) => threadOf("m.reference", id))), [root, root, "main", "main", "main"]);
  const other = await makeRoom(rooms);
  assert.equal(await rooms.feed.threadOf(other, { relation: { relType: "m.reference", eventId: chain[0] ?? "" } }), undefined);
});

test("a page that is newer than every child is given back as it is, so that readers may share it", async (context) => {
  const { rooms } = await openRooms(context);
  const roomId = await makeRoom(rooms);
  const root = await say(rooms, alice, roomId, "root");
  await relate(rooms, bob, roomId, "m.reference", root);
  const fresh = await say(rooms, alice, roomId, "fresh");
  const page = await rooms.feed.timeline(alice, roomId, { after: 0, until: Number.MAX_SAFE_INTEGER, limit: 1 });
  assert.deepEqual(
    page.events.map(({ eventId }) => eventId),
    [fresh],
  );
  assert.equal(
    await rooms.feed.bundle(alice, roomId, page.events, Number.MAX_SAFE_INTEGER),
    page.events,
    "the very list: it may be shared",
  );
});

test("a page of children passes over many that may not be seen, and comes to those that may", async (context) => {
  const { rooms } = await openRooms(context);
  const roomId = await makeRoom(rooms);
  await rooms.sendState(alice, { roomId, type: "m.room.history_visibility", stateKey: "", content: { history_visibility: "joined" } });
  const root = await say(rooms, alice, roomId, "root");
  const early = await relate(rooms, alice, roomId, "m.reference", root);
  await rooms.leave(bob, { roomId });
  for (let count = 0; count < 7; count += 1) await relate(rooms, alice, roomId, "m.reference", root);
  await rooms.join(bob, { roomIdOrAlias: roomId });
  const page = await rooms.listRelations(bob, roomId, root, { direction: "b", limit: 2 });
  assert.equal(page.chunk.length, 1);
  assert.ok(page.chunk[0]?.includes(early));
  assert.equal(page.next, undefined);
});

test("the search for an event by its time ends in a stretch where the room was silent", async (context) => {
  const { rooms, clock } = await openRooms(context);
  const roomId = await makeRoom(rooms);
  const elsewhere = await makeRoom(rooms);
  const first = await say(rooms, alice, roomId, "first");
  const start = clock.now();
  for (let count = 0; count < 5; count += 1) await say(rooms, alice, elsewhere, "between");
  clock.advance(1000);
  const second = await say(rooms, alice, roomId, "second");
  const find = (ts: number, direction: "b" | "f") => rooms.findByTime(alice, roomId, { ts, direction }).then(({ eventId }) => eventId);
  assert.equal(await find(start + 1, "f"), second);
  assert.equal(await find(start + 1, "b"), first);
  assert.equal(await find(start + 1000, "b"), second);
  await assert.rejects(find(start + 1001, "f"), { code: "M_NOT_FOUND" });
});
