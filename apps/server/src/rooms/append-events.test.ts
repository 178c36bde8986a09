import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@wardroom/matrix-core";
import { MatrixError } from "#kernel";
import { history, openRooms, person, say } from "./rooms.test-support.ts";

const [ada, bob] = [person("ada"), person("bob")];

test("messages sent at once into one room form one chain in the order of the calls, and a restart finds the same", async (context) => {
  const house = await openRooms(context);
  const { roomId } = await house.rooms.createRoom(ada, { preset: "public_chat" });
  await house.rooms.join(bob, { roomIdOrAlias: roomId });
  const sent = Array.from({ length: 150 }, (_, index) => `message ${index}`);
  await Promise.all(sent.map((body, index) => say(house.rooms, index % 2 === 0 ? ada : bob, roomId, body)));
  assert.deepEqual(await history(house.rooms, bob, roomId), sent);
  const again = await house.reopen();
  assert.deepEqual(await history(again.rooms, bob, roomId, 61), sent);
  await say(again.rooms, ada, roomId, "and on");
  assert.deepEqual((await history(again.rooms, bob, roomId)).at(-1), "and on");
});

test("a retried transaction id is the same event, in flight, after its commit and after a restart", async (context) => {
  const house = await openRooms(context);
  const { roomId } = await house.rooms.createRoom(ada, {});
  const input = { roomId, type: "m.room.message", content: { body: "once" }, transactionId: "same" };
  const [first, second] = await Promise.all([house.rooms.sendMessage(ada, input), house.rooms.sendMessage(ada, input)]);
  assert.equal(first.eventId, second.eventId);
  assert.deepEqual(await house.rooms.sendMessage(ada, input), first);
  const otherDevice = await house.rooms.sendMessage(person("ada", "LAPTOP"), input);
  assert.notEqual(otherDevice.eventId, first.eventId);
  const otherType = await house.rooms.sendMessage(ada, { ...input, type: "m.sticker" });
  assert.notEqual(otherType.eventId, first.eventId);
  const again = await house.reopen();
  assert.deepEqual(await again.rooms.sendMessage(ada, input), first);
  assert.deepEqual(await history(again.rooms, ada, roomId), ["once", "once"]);
});

test("a batch that the store refuses voids what was decided on top of it, and the room goes on from what is stored", async (context) => {
  const house = await openRooms(context);
  const { roomId } = await house.rooms.createRoom(ada, {});
  // Another writer moves the head behind this one's back: every batch decided before it is noticed must fail and be decided again.
  const move = house.storage.statements.write<{ rooms: { room_id: string; depth: number } }, { room_id: string }>((db, p) =>
    db.updateTable("rooms").set({ depth: 41 }).where("room_id", "=", p.room_id),
  );
  const steal = house.storage.statements.write<{ rooms: { room_id: string; epoch: number } }, { room_id: string; epoch: number }>((db, p) =>
    db.updateTable("rooms").set({ epoch: p.epoch }).where("room_id", "=", p.room_id),
  );
  await house.storage.commit({ writes: [move({ room_id: roomId }, 1), steal({ room_id: roomId, epoch: 2 }, 1)] });
  const sent = ["one", "two", "three", "four"];
  await Promise.all(sent.map((body) => say(house.rooms, ada, roomId, body)));
  assert.deepEqual((await history(house.rooms, ada, roomId)).toSorted(), sent.toSorted());
});

test("a refused event changes nothing, is told why and is recorded", async (context) => {
  const house = await openRooms(context);
  const { roomId } = await house.rooms.createRoom(ada, { preset: "public_chat" });
  await assert.rejects(
    say(house.rooms, bob, roomId, "not in the room"),
    (error) => error instanceof MatrixError && error.code === "M_FORBIDDEN",
  );
  await house.rooms.join(bob, { roomIdOrAlias: roomId });
  await assert.rejects(
    house.rooms.sendState(bob, { roomId, type: "m.room.power_levels", stateKey: "", content: { users: { "@bob:test": 100 } } }),
    MatrixError,
  );
  assert.deepEqual(await history(house.rooms, ada, roomId), []);
  assert.equal(house.refusals.length, 2);
  assert.equal(house.refusals[1]?.actor, "@bob:test");
});

test("an event of more than 65,536 bytes is refused, and types and state keys of more than 255 bytes are", async (context) => {
  const house = await openRooms(context);
  const { roomId } = await house.rooms.createRoom(ada, {});
  const tooLarge = (error: unknown) => error instanceof MatrixError && error.code === "M_TOO_LARGE";
  await assert.rejects(say(house.rooms, ada, roomId, "x".repeat(65_536)), tooLarge);
  await assert.rejects(house.rooms.sendState(ada, { roomId, type: "t", stateKey: "語".repeat(86), content: {} }), tooLarge);
  await say(house.rooms, ada, roomId, "x".repeat(60_000));
});

test("power cannot be taken through keys that every object has", async (context) => {
  const house = await openRooms(context);
  const { roomId } = await house.rooms.createRoom(ada, {
    preset: "public_chat",
    roomVersion: "11",
    powerLevelContentOverride: { events_default: 50 },
  });
  await house.rooms.join(bob, { roomIdOrAlias: roomId });
  for (const type of ["constructor", "__proto__", "toString", "hasOwnProperty"]) {
    await assert.rejects(house.rooms.sendMessage(bob, { roomId, type, content: {}, transactionId: type }), MatrixError, type);
  }
});

test("rooms of version 12 are named by their create event, those before by chance, and creates of one moment differ", async (context) => {
  const house = await openRooms(context);
  const rooms = await Promise.all(["12", "12", "11", "10"].map((roomVersion) => house.rooms.createRoom(ada, { roomVersion })));
  assert.equal(new Set(rooms.map(({ roomId }) => roomId)).size, 4);
  assert.match(rooms[0]?.roomId ?? "", /^![\w-]{43}$/);
  assert.match(rooms[2]?.roomId ?? "", /^![\w-]{24}:test$/);
  for (const { roomId } of rooms) {
    const create: unknown = JSON.parse((await house.rooms.getState(ada, roomId, "m.room.create", "", "event")).text);
    assert.ok(typeof create === "object" && create !== null && "room_id" in create && create.room_id === roomId);
  }
});

test("content nested deeper than events may be is refused as bad JSON", async (context) => {
  const { rooms } = await openRooms(context);
  const { roomId } = await rooms.createRoom(ada, {});
  let content: JsonObject = {};
  for (let depth = 0; depth < 125; depth += 1) content = { a: content };
  const sent = rooms.sendMessage(ada, { roomId, type: "t", content, transactionId: "deep" });
  await assert.rejects(sent, (error) => error instanceof MatrixError && error.code === "M_BAD_JSON");
});

test("what the full store refuses is refused before it is decided: everything accepted stands, in order, and the room goes on", async (context) => {
  const { rooms } = await openRooms(context, { batches: 4, bytes: 8 * 1024 * 1024 });
  const { roomId } = await rooms.createRoom(ada, {});
  const outcomes = await Promise.allSettled(Array.from({ length: 60 }, (_, index) => say(rooms, ada, roomId, `m${index}`)));
  const accepted = outcomes.flatMap(({ status }, index) => (status === "fulfilled" ? [`m${index}`] : []));
  assert.ok(accepted.length > 0 && accepted.length < 60, `${accepted.length} of 60 accepted`);
  for (const outcome of outcomes) {
    if (outcome.status === "rejected")
      assert.ok(outcome.reason instanceof MatrixError && outcome.reason.message.includes("too busy to store"));
  }
  assert.deepEqual(await history(rooms, ada, roomId), accepted);
  await say(rooms, ada, roomId, "and on");
});
