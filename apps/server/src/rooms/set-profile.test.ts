import assert from "node:assert/strict";
import { test } from "node:test";
import type { Rooms } from "./index.ts";
import { openRooms, person } from "./rooms.test-support.ts";

const [ada, bob] = [person("ada"), person("bob")];

async function nameIn(rooms: Rooms, roomId: string): Promise<unknown> {
  const content: unknown = JSON.parse((await rooms.getState(ada, roomId, "m.room.member", bob.userId, "content")).text);
  return typeof content === "object" && content !== null && "displayname" in content ? content.displayname : undefined;
}

async function makeRooms(rooms: Rooms, count: number): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const { roomId } = await rooms.createRoom(ada, { preset: "public_chat" });
    await rooms.join(bob, { roomIdOrAlias: roomId });
    ids.push(roomId);
  }
  return ids;
}

test("a name reaches fifty rooms while their levels change at the same moment", async (context) => {
  const { rooms } = await openRooms(context);
  const ids = await makeRooms(rooms, 50);
  const change = rooms.setProfileField(bob, "displayname", "Bob");
  const levels = ids.map((roomId, index) =>
    rooms.sendState(ada, {
      roomId,
      type: "m.room.power_levels",
      stateKey: "",
      content: { users: { [bob.userId]: index % 2 === 0 ? -1 : 50 }, users_default: 0 },
    }),
  );
  await Promise.all([change, ...levels]);
  for (const roomId of ids) assert.equal(await nameIn(rooms, roomId), "Bob");
});

test("of two changes at the same moment every room ends with the one that the profile has", async (context) => {
  const { rooms } = await openRooms(context);
  const ids = await makeRooms(rooms, 20);
  await Promise.all(["One", "Two", "Three"].map((name) => rooms.setProfileField(bob, "displayname", name)));
  const { displayname } = await rooms.getProfile(bob.userId);
  for (const roomId of ids) assert.equal(await nameIn(rooms, roomId), displayname);
});

test("a change that a stop interrupted goes on at the next start, and is then over", async (context) => {
  const house = await openRooms(context);
  const ids = await makeRooms(house.rooms, 40);
  const stopped = house.rooms.setProfileField(bob, "displayname", "Bob").then(
    () => "whole",
    () => "interrupted",
  );
  // The profile itself is durable, the rooms are not yet told.
  while ((await house.rooms.getProfile(bob.userId))["displayname"] !== "Bob") await new Promise(setImmediate);
  const again = await house.reopen();
  assert.equal(await stopped, "interrupted");
  for (const roomId of ids) assert.equal(await nameIn(again.rooms, roomId), "Bob");
  await again.rooms.sendState(bob, {
    roomId: ids[0] ?? "",
    type: "m.room.member",
    stateKey: bob.userId,
    content: { membership: "join", displayname: "Only here" },
  });
  const third = await again.reopen();
  assert.equal(await nameIn(third.rooms, ids[0] ?? ""), "Only here", "nothing is left to be told");
});

test("where a room may not be written to the others still get the name", async (context) => {
  const { rooms } = await openRooms(context);
  const ids = await makeRooms(rooms, 3);
  await rooms.changeMembership(ada, { roomId: ids[1] ?? "", userId: bob.userId, act: "ban" });
  await rooms.setProfileField(bob, "displayname", "Bob");
  assert.deepEqual(await Promise.all(ids.map((roomId) => nameIn(rooms, roomId))), ["Bob", undefined, "Bob"]);
});
