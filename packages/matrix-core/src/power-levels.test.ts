import assert from "node:assert/strict";
import { test } from "node:test";
import {
  chooseAuthorisingUser,
  creatorsOf,
  defaultRoomVersion,
  findRoomVersion,
  levelTo,
  levelToSend,
  membershipOf,
  parseJson,
  powerOf,
  roomVersions,
} from "./index.ts";
import type { JsonObject, StateEvent } from "./index.ts";
import { alice, bob, carol, dave, makeRoom, makeRoomWithPowers } from "./room.test-support.ts";
import type { TestRoom } from "./room.test-support.ts";

const createOf = (room: TestRoom): StateEvent => {
  const create = room.state.get("m.room.create", "");
  if (create === undefined) throw new TypeError("the create event is missing");
  return create;
};

test("12 is the default of the three room versions, and others are not found", () => {
  assert.equal(defaultRoomVersion.id, "12");
  assert.deepEqual(
    roomVersions.map(({ id }) => findRoomVersion(id)?.id),
    ["10", "11", "12"],
  );
  for (const id of ["9", "", "constructor", "12 ", "org.matrix.hydra.11"]) assert.equal(findRoomVersion(id), undefined);
});

test("creators are whom the content names, then the sender, then the sender and those added", () => {
  const content = { creator: bob, additional_creators: [dave, 7, carol] };
  const creators = roomVersions.map((version) => [...creatorsOf(createOf(makeRoom(version, content)), version)]);
  assert.deepEqual(creators, [[bob], [alice], [alice, dave, carol]]);
  const version = defaultRoomVersion;
  assert.deepEqual([...creatorsOf(createOf(makeRoom(version, { additional_creators: "x" })), version)], [alice]);
});

test("without power levels the creator has 100, in version 12 no end, and others nothing", () => {
  const levels = roomVersions.map((version) => {
    const { state } = makeRoom(version, { creator: alice, additional_creators: [dave] });
    return [alice, dave, bob].map((userId) => powerOf(userId, state, version));
  });
  assert.deepEqual(levels, [
    [100, 0, 0],
    [100, 0, 0],
    [Infinity, Infinity, 0],
  ]);
});

test("with power levels a creator of version 12 keeps theirs, one of an earlier version has what is written", () => {
  const levels = roomVersions.map((version) => {
    const room = makeRoom(version, { creator: alice });
    room.put("m.room.power_levels", "", alice, { users: { [carol]: 50 }, users_default: -5 });
    return [alice, carol, bob].map((userId) => powerOf(userId, room.state, version));
  });
  assert.deepEqual(levels, [
    [-5, 50, -5],
    [-5, 50, -5],
    [Infinity, 50, -5],
  ]);
});

for (const version of roomVersions) {
  const name = `version ${version.id}`;

  test(`${name}: the levels that a room does not name have their defaults`, () => {
    for (const room of [
      makeRoom(version),
      makeRoomWithPowers(version),
      makeRoomWithPowers(version, { invite: null, ban: "1", events: [] }),
    ]) {
      const acts = (["invite", "kick", "ban", "redact"] as const).map((act) => levelTo(act, room.state, version));
      assert.deepEqual(acts, [0, 50, 50, 50]);
      assert.equal(levelToSend("m.room.message", false, room.state, version), 0);
      assert.equal(levelToSend("m.room.topic", true, room.state, version), 50);
    }
  });

  test(`${name}: the levels that a room names are taken`, () => {
    const { state } = makeRoomWithPowers(version, {
      invite: 1,
      kick: 2,
      ban: 3,
      redact: 4,
      events_default: 5,
      state_default: 6,
      events: { x: 7 },
    });
    const acts = (["invite", "kick", "ban", "redact"] as const).map((act) => levelTo(act, state, version));
    assert.deepEqual(acts, [1, 2, 3, 4]);
    assert.deepEqual([levelToSend("y", false, state, version), levelToSend("y", true, state, version)], [5, 6]);
    assert.deepEqual([levelToSend("x", false, state, version), levelToSend("x", true, state, version)], [7, 7]);
  });

  test(`${name}: inherited keys are neither levels nor users, and own ones of the same name are`, () => {
    const room = makeRoomWithPowers(version, { events_default: 40 });
    for (const key of ["constructor", "__proto__", "hasOwnProperty", "toString"]) {
      assert.equal(powerOf(key, room.state, version), 0);
      assert.equal(levelToSend(key, false, room.state, version), 40);
      for (const text of [`{"events":{"${key}":70},"users":{"${key}":60}}`]) {
        for (const content of [JSON.parse(text), parseJson(text)] as readonly JsonObject[]) {
          const other = makeRoomWithPowers(version, content);
          assert.equal(levelToSend(key, false, other.state, version), 70);
          assert.equal(powerOf(key, other.state, version), 60);
        }
      }
    }
  });

  test(`${name}: who was never in the room has left it`, () => {
    const room = makeRoom(version);
    assert.equal(membershipOf(bob, room.state), "leave");
    for (const membership of ["join", "invite", "leave", "ban", "knock"] as const) {
      room.member(bob, membership);
      assert.equal(membershipOf(bob, room.state), membership);
    }
    room.put("m.room.member", bob, bob, { membership: "constructor" });
    assert.equal(membershipOf(bob, room.state), "leave");
  });

  test(`${name}: a restricted join is authorised by the first member who is in the room and may invite`, () => {
    const room = makeRoomWithPowers(version, { invite: 50 });
    room.member(dave, "leave");
    room.put("m.room.power_levels", "", alice, { invite: 50, users: { [carol]: 50, [dave]: 90 } });
    assert.equal(chooseAuthorisingUser([bob, dave, carol], room.state, version), carol);
    assert.equal(chooseAuthorisingUser(new Set([bob, dave]), room.state, version), undefined);
    assert.equal(chooseAuthorisingUser([], room.state, version), undefined);
  });
}
