import assert from "node:assert/strict";
import { test } from "node:test";
import type { Rooms } from "./contract.ts";
import { openRooms, person, say } from "./rooms.test-support.ts";

const ada = person("ada");
const LARGE = "ﷺ".repeat(19_000);

let sent = 0;
const send = (rooms: Rooms, roomId: string, type: string, body: string) =>
  rooms.sendMessage(ada, { roomId, type, content: { msgtype: "m.text", body }, transactionId: `large${(sent += 1)}` });

test("a search through large messages is many pages: one request does not fold them all", async (context) => {
  const { rooms } = await openRooms(context);
  const { roomId } = await rooms.createRoom(ada, {});
  const needle = await say(rooms, ada, roomId, "needle");
  for (let count = 0; count < 40; count += 1) await send(rooms, roomId, "m.room.message", LARGE);
  const query = { term: "needle", keys: ["content.body"], limit: 50, withState: false } as const;
  let pages = 0;
  for (let until: number | undefined; ; pages += 1) {
    const page = await rooms.searchEvents(ada, { ...query, ...(until === undefined ? {} : { until }) });
    const [found] = page.results;
    if (found !== undefined) {
      assert.equal(found.eventId, needle);
      break;
    }
    assert.ok(page.next !== undefined && pages < 40, "and nothing is lost");
    until = page.next;
  }
  assert.ok(pages >= 2, `${pages} pages before it was found`);
});

test("a search does not carry a hundred megabytes of what stands around its results", async (context) => {
  const { rooms } = await openRooms(context);
  const { roomId } = await rooms.createRoom(ada, {});
  for (let count = 0; count < 40; count += 1) {
    await say(rooms, ada, roomId, "needle");
    await send(rooms, roomId, "org.example.large", LARGE);
  }
  const around = { before: 10, after: 10, profiles: false };
  const page = await rooms.searchEvents(ada, { term: "needle", keys: ["content.body"], limit: 50, withState: false, context: around });
  assert.equal(page.results.length, 40, "the results themselves are all there");
  assert.ok((page.results[0]?.context?.before.length ?? 0) > 0);
  assert.ok(JSON.stringify(page.results).length < 8 * 1024 * 1024);
});

test("a search leaves out the state of rooms that does not fit", async (context) => {
  const { rooms } = await openRooms(context);
  const { roomId } = await rooms.createRoom(ada, {});
  await say(rooms, ada, roomId, "needle");
  const search = () => rooms.searchEvents(ada, { term: "needle", keys: ["content.body"], limit: 50, withState: true });
  assert.ok((await search()).state.has(roomId));
  for (let count = 0; count < 80; count += 1)
    await rooms.sendState(ada, { roomId, type: "org.example.large", stateKey: String(count), content: { body: LARGE } });
  const page = await search();
  assert.equal(page.results.length, 1);
  assert.equal(page.state.has(roomId), false);
});

test("a space with hundreds of rooms is replaced with all of them", async (context) => {
  const { rooms } = await openRooms(context);
  const { roomId } = await rooms.createRoom(ada, { creationContent: { type: "m.space" } });
  const child = (number: number) =>
    rooms.sendState(ada, { roomId, type: "m.space.child", stateKey: `!r${number}:test`, content: { via: ["test"] } });
  await Promise.all(Array.from({ length: 450 }, (_, number) => child(number)));
  const { replacementRoom } = await rooms.upgradeRoom(ada, { roomId, newVersion: "12" });
  const space = await rooms.known.find(ada, replacementRoom);
  assert.equal((await space?.children())?.length, 450);
});
