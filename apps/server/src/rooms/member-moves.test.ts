import assert from "node:assert/strict";
import { test } from "node:test";
import { openRooms, person, say } from "./rooms.test-support.ts";

const [owner, anna, ben] = [person("owner"), person("anna"), person("ben")];
const ids = (list: readonly string[]) => list.toSorted((one, two) => (one < two ? -1 : 1));

test("who came and who went between two positions is known from memory and, as well, from the rows of a restarted house", async (context) => {
  const house = await openRooms(context);
  const { roomId } = await house.rooms.createRoom(owner, { preset: "public_chat" });
  const join = (who: typeof anna) => house.rooms.join(who, { roomIdOrAlias: roomId });
  const at = () => house.storage.durablePosition();
  await join(anna);
  const start = at();
  await house.rooms.sendState(anna, {
    roomId,
    type: "m.room.member",
    stateKey: anna.userId,
    content: { membership: "join", displayname: "A" },
  });
  const renamed = at();
  await join(ben);
  await house.rooms.leave(anna, { roomId });
  const moved = at();
  await say(house.rooms, owner, roomId, "words");
  const said = at();
  await house.rooms.leave(ben, { roomId });
  await join(ben);
  const end = at();

  const { feed } = house.rooms;
  assert.deepEqual(await feed.memberMoves(roomId, start, renamed), { joined: [], left: [] }, "a new name is no coming");
  assert.deepEqual(await feed.memberMoves(roomId, start, moved), { joined: [ben.userId], left: [anna.userId] });
  assert.deepEqual(await feed.memberMoves(roomId, moved, said), { joined: [], left: [] });
  assert.deepEqual(await feed.memberMoves(roomId, said, end), { joined: [ben.userId], left: [ben.userId] }, "gone and back is both");
  assert.deepEqual(feed.memberMoves(roomId, end, end + 5), { joined: [], left: [] }, "at once, without a promise");
  assert.deepEqual(ids([...(feed.joinedInMemory(roomId) ?? [])]), ids([owner.userId, ben.userId]));
  assert.deepEqual(ids(await feed.joinedAt(roomId, start)), ids([owner.userId, anna.userId]));
  assert.deepEqual(ids(await feed.joinedAt(roomId, end)), ids([owner.userId, ben.userId]));

  const again = (await house.reopen()).rooms.feed;
  assert.equal(again.joinedInMemory(roomId), undefined);
  const stored = await again.memberMoves(roomId, start, moved);
  // Too many rather than too few: a new name looks like a coming here.
  assert.deepEqual([ids(stored.joined), ids(stored.left)], [ids([anna.userId, ben.userId]), [anna.userId]]);
  assert.deepEqual(await again.memberMoves(roomId, moved, said), { joined: [], left: [] });
  assert.deepEqual(ids(await again.joinedAt(roomId, start)), ids([owner.userId, anna.userId]));
  assert.deepEqual(await again.joinedAt("!unknown", 1), []);
  assert.deepEqual(await again.memberMoves("!unknown", 0, 1), { joined: [], left: [] });
});
