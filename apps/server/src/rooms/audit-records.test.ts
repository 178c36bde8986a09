import assert from "node:assert/strict";
import { test } from "node:test";
import type { Actor } from "#kernel";
import { openRooms, person, say } from "./rooms.test-support.ts";

const address = "192.0.2.17";
const alice: Actor = { ...person("alice"), address };
const who = { actor: "@alice:test", deviceId: "PHONE", address };
const [bob, carol] = ["@bob:test", "@carol:test"];

test("a new room is one record, and each person invited with it, its alias and its place in the directory one more", async (context) => {
  const { rooms, records } = await openRooms(context);
  const { roomId } = await rooms.createRoom(alice, { visibility: "public", roomAliasName: "plans", name: "Plans", invite: [bob, carol] });
  const made = records.map(({ eventId, ...record }) => ({ ...record, hasEvent: eventId !== undefined }));
  const common = { ...who, roomId, outcome: "done" };
  assert.deepEqual(made, [
    { event: "room.created", ...common, hasEvent: true },
    { event: "room.member.invited", target: bob, ...common, hasEvent: true },
    { event: "room.member.invited", target: carol, ...common, hasEvent: true },
    { event: "room.alias.created", target: "#plans:test", ...common, hasEvent: false },
    { event: "room.directory.changed", target: "public", ...common, hasEvent: false },
  ]);
  assert.equal(new Set(records.slice(0, 3).map(({ eventId }) => eventId)).size, 3);
});

test("every event is one record, and who gets power in a room is found by a code of its own", async (context) => {
  const { rooms, records } = await openRooms(context);
  const { roomId } = await rooms.createRoom(alice, {});
  const made = records.length;
  const eventId = await say(rooms, alice, roomId, "hello");
  const levels = { users: { [bob]: 50 } };
  await rooms.sendState(alice, { roomId, type: "m.room.power_levels", stateKey: "", content: levels });
  await rooms.sendState(alice, { roomId, type: "m.room.topic", stateKey: "", content: { topic: "x" } });
  const fresh = records.slice(made);
  assert.equal(fresh[0]?.eventId, eventId);
  assert.deepEqual(
    fresh.map(({ event, target }) => [event, target]),
    [
      ["room.message.sent", undefined],
      ["room.power.changed", "m.room.power_levels"],
      ["room.state.set", "m.room.topic"],
    ],
  );
});

test("an upgrade records the new room, each ban that it carries over, and every event that closes the old one", async (context) => {
  const { rooms, records } = await openRooms(context);
  const { roomId } = await rooms.createRoom(alice, { roomVersion: "11" });
  for (const userId of [bob, carol]) await rooms.changeMembership(alice, { roomId, userId, act: "ban" });
  const made = records.length;
  const { replacementRoom } = await rooms.upgradeRoom(alice, { roomId, newVersion: "12" });
  const fresh = records.slice(made);
  const ofNew = fresh.filter((record) => record.roomId === replacementRoom).map(({ event, target }) => `${event} ${target}`);
  assert.deepEqual(ofNew.slice(0, 3).toSorted(), [`room.created undefined`, `room.member.banned ${bob}`, `room.member.banned ${carol}`]);
  assert.ok(ofNew.includes("room.power.changed m.room.power_levels"));
  const ofOld = fresh.filter((record) => record.roomId === roomId).map(({ event, target }) => `${event} ${target}`);
  assert.deepEqual(ofOld, [`room.upgraded ${replacementRoom}`, "room.power.changed m.room.power_levels"]);
  assert.ok(fresh.every((record) => record.address === address && record.eventId !== undefined));
});

test("what an administrator may do only as such is marked, and what their own rights allow is not", async (context) => {
  const { rooms, records, refusals } = await openRooms(context);
  const admin: Actor = { ...person("root"), isAdmin: true };
  const { roomId } = await rooms.createRoom(alice, { visibility: "public" });
  const own = (await rooms.createRoom(admin, { visibility: "public" })).roomId;
  await rooms.setAlias(alice, { alias: "#theirs:test", roomId });
  await rooms.setAlias(admin, { alias: "#own:test", roomId: own });
  const made = records.length;
  await rooms.deleteAlias(admin, "#theirs:test");
  await rooms.deleteAlias(admin, "#own:test");
  await rooms.setDirectoryVisibility(admin, roomId, "private");
  await rooms.setDirectoryVisibility(admin, own, "private");
  assert.deepEqual(
    records.slice(made).map(({ event, asAdministrator }) => [event, asAdministrator]),
    [
      ["room.alias.deleted", true],
      ["room.alias.deleted", undefined],
      ["room.directory.changed", true],
      ["room.directory.changed", undefined],
    ],
  );
  await assert.rejects(rooms.setDirectoryVisibility(admin, roomId, "public"), { code: "M_FORBIDDEN" });
  assert.equal(refusals.at(-1)?.asAdministrator, true);
});

test("a person who has themselves erased leaves one record of it when all is done, and who leaves without that none", async (context) => {
  const { rooms, records } = await openRooms(context);
  await rooms.createRoom(alice, {});
  const erasures = () => records.filter(({ event }) => event === "account.erased");
  await rooms.leaveForGood(person("dora"), { erases: false, deactivate: async () => undefined });
  assert.deepEqual(erasures(), []);
  await rooms.leaveForGood(alice, { erases: true, deactivate: async () => undefined });
  assert.deepEqual(erasures(), [{ event: "account.erased", ...who, target: "@alice:test", outcome: "done" }]);
});
