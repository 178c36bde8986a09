import assert from "node:assert/strict";
import { test } from "node:test";
import { openRooms, person, type RoomsHouse } from "./rooms.test-support.ts";

const ada = person("ada");

async function publicRooms({ storage }: RoomsHouse): Promise<readonly string[]> {
  const read = storage.statements.read<{ rooms: { room_id: string; is_public: number } }, Record<never, never>, { room_id: string }>((db) =>
    db.selectFrom("rooms").select("room_id").where("is_public", "=", 1),
  );
  return (await read.all({})).map(({ room_id: roomId }) => roomId);
}

async function stateOf({ rooms }: RoomsHouse, roomId: string, type: string): Promise<string | undefined> {
  try {
    return (await rooms.getState(ada, roomId, type, "", "content")).text;
  } catch {
    return undefined;
  }
}

test("the place in the directory moves to the new room, and an unlisted room lists none", async (context) => {
  const house = await openRooms(context);
  const { roomId: listed } = await house.rooms.createRoom(ada, { visibility: "public" });
  const { roomId: unlisted } = await house.rooms.createRoom(ada, {});
  const { replacementRoom } = await house.rooms.upgradeRoom(ada, { roomId: listed, newVersion: "12" });
  await house.rooms.upgradeRoom(ada, { roomId: unlisted, newVersion: "12" });
  assert.deepEqual(await publicRooms(house), [replacementRoom]);
});

test("wherever a stop falls, the tombstone, the aliases and the directory agree, and the upgrade can be asked for again", async (context) => {
  for (let stopAfter = 1; stopAfter <= 4; stopAfter += 1) {
    const house = await openRooms(context);
    const { roomId } = await house.rooms.createRoom(ada, { visibility: "public", roomAliasName: "bridge", name: "Bridge" });
    let commits = 0;
    const { promise: reached, resolve } = Promise.withResolvers<void>();
    house.storage.onCommitted(() => {
      commits += 1;
      if (commits === stopAfter) resolve();
    });
    const upgrading = house.rooms.upgradeRoom(ada, { roomId, newVersion: "12" }).then(
      () => resolve(),
      () => resolve(),
    );
    await reached;
    const again = await house.reopen();
    await upgrading;
    const tombstone = await stateOf(again, roomId, "m.room.tombstone");
    const alias = await again.rooms.resolveAlias("#bridge:test");
    assert.equal(alias !== roomId, tombstone !== undefined, `stopped after ${stopAfter}`);
    assert.deepEqual(await publicRooms(again), [alias]);
    if (tombstone === undefined) assert.match((await stateOf(again, roomId, "m.room.canonical_alias")) ?? "", /bridge/);
    const { replacementRoom } = await again.rooms.upgradeRoom(ada, { roomId, newVersion: "12" });
    assert.equal(await again.rooms.resolveAlias("#bridge:test"), replacementRoom);
    assert.deepEqual(await publicRooms(again), [replacementRoom]);
    assert.match((await stateOf(again, replacementRoom, "m.room.name")) ?? "", /Bridge/);
  }
});

test("hundreds of bans go along", async (context) => {
  const { rooms } = await openRooms(context);
  const { roomId } = await rooms.createRoom(ada, {});
  const banned = Array.from({ length: 450 }, (_, index) => `@spam${index}:test`);
  await Promise.all(banned.map((userId) => rooms.changeMembership(ada, { roomId, userId, act: "ban" })));
  const { replacementRoom } = await rooms.upgradeRoom(ada, { roomId, newVersion: "12" });
  const members: unknown = JSON.parse((await rooms.listMembers(ada, replacementRoom, { membership: "ban" })).text);
  assert.equal(Array.isArray(members) ? members.length : 0, 450);
});

test("a ban that is decided while the room is replaced is not lost", async (context) => {
  const { rooms } = await openRooms(context);
  const { roomId } = await rooms.createRoom(ada, {});
  const upgrade = rooms.upgradeRoom(ada, { roomId, newVersion: "12" });
  const ban = rooms.changeMembership(ada, { roomId, userId: "@late:test", act: "ban" });
  const [{ replacementRoom }] = await Promise.all([upgrade, ban]);
  const order = (await rooms.listMessages(ada, roomId, { direction: "f", limit: 50 })).chunk;
  const placeOf = (text: string) => order.findIndex((event) => event.includes(text));
  const wentAlong = (await rooms.listMembers(ada, replacementRoom, { membership: "ban" })).text.includes("@late:test");
  assert.equal(
    wentAlong,
    // Power levels name the type as well.
    placeOf("@late:test") < placeOf(`"type":"m.room.tombstone"`),
    "before the tombstone: along; after it: the old room's matter",
  );
});
