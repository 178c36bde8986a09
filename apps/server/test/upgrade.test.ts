import assert from "node:assert/strict";
import { test } from "node:test";
import { at, type Json, type JsonRecord, listAt, ok, recordAt, refused, route, type Session, textAt } from "@wardroom/testkit";
import {
  act,
  forbidden,
  getState,
  history,
  join,
  leave,
  makeRoom,
  makeRoomWith,
  membershipOf,
  say,
  setPower,
  setState,
  tryGetState,
  tryJoin,
  tryMessages,
  trySend,
} from "./room-steps.test-support.ts";
import { useServer } from "./running-server.test-support.ts";
import { follow, timelineOf } from "./sync-steps.test-support.ts";

const server = useServer();
const pair = server.twoStrangers;
const tryUpgrade = (by: Session, room: string, new_version = "12", more: JsonRecord = {}) =>
  by.post(route`/rooms/${room}/upgrade`, { new_version, ...more });
const upgrade = async (...request: Parameters<typeof tryUpgrade>): Promise<string> =>
  textAt(ok(await tryUpgrade(...request)), "replacement_room");
const plain = (value: Json | undefined) => JSON.parse(JSON.stringify(value ?? null)) as Json; // JSON is what it parses
const tombstones = async (by: Session, room: string) =>
  (await history(by, room)).filter((event) => at(event, "type") === "m.room.tombstone");

for (const [from, to] of [
  ["10", "11"],
  ["10", "12"],
  ["11", "12"],
  ["12", "12"],
  ["12", "11"],
] as const) {
  test(`from version ${from} to ${to}: each room points to the other, and what the specification lists goes along`, async () => {
    const [alice, bob] = await pair();
    const content: Readonly<Record<string, JsonRecord>> = {
      "m.room.name": { name: "Bridge" },
      "m.room.topic": { topic: "Where to" },
      "m.room.avatar": { url: "mxc://localhost/a" },
      "m.room.encryption": { algorithm: "m.megolm.v1.aes-sha2" },
      "m.room.guest_access": { guest_access: "forbidden" },
      "m.room.history_visibility": { history_visibility: "joined" },
      "m.room.join_rules": { join_rule: "knock" },
      "m.room.server_acl": { allow: ["*"], deny: [] },
    };
    const room = await makeRoom(alice, {
      room_version: from,
      invite: [bob.userId],
      creation_content: { type: "org.example.kind", "m.federate": false },
      initial_state: [
        ...Object.entries(content).map(([type, value]) => ({ type, content: value })),
        { type: "org.example.own", content: { a: 1 } },
      ],
    });
    await join(bob, room);
    const last = textAt((await history(alice, room))[0], "event_id");
    const next = await upgrade(alice, room, to);
    const create = await getState(alice, next, "m.room.create");
    assert.equal(at(create, "room_version"), to);
    assert.equal(at(create, "type"), "org.example.kind");
    assert.equal(at(create, "m.federate"), false);
    assert.deepEqual(plain(at(create, "predecessor")), { room_id: room, event_id: last });
    for (const [type, value] of Object.entries(content)) assert.deepEqual(plain(await getState(alice, next, type)), value, type);
    refused(await tryGetState(alice, next, "org.example.own"), 404, "M_NOT_FOUND");
    refused(await tryGetState(alice, next, "m.room.member", bob.userId), 404, "M_NOT_FOUND");
    assert.equal(at(await getState(bob, room, "m.room.tombstone"), "replacement_room"), next);
    assert.equal(at(await getState(bob, room, "m.room.power_levels"), "events_default"), 50);
    forbidden(await trySend(bob, room, "m.room.message", { msgtype: "m.text", body: "too late" }));
    await setState(alice, next, "m.room.name", { name: "the upgrader still may" });
  });
}

test("an unknown version is refused as such, before anything is said of the room", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoom(alice);
  for (const version of ["9", "13", "constructor", "__proto__", ""])
    for (const who of [alice, bob]) refused(await tryUpgrade(who, room, version), 400, "M_UNSUPPORTED_ROOM_VERSION");
  assert.deepEqual(await tombstones(alice, room), []);
});

test("only a member with the power to end a room replaces it; who fails leaves no room behind", async () => {
  const [alice, bob] = await pair();
  const [outsider, invited] = await pair();
  const room = await makeRoomWith(alice, [bob], { room_version: "11" });
  await act(alice, "invite", room, invited);
  const left = await server.stranger();
  await join(left, room);
  await leave(left, room);
  for (const who of [bob, outsider, invited, left]) {
    const before = listAt(ok(await who.get("/joined_rooms")), "joined_rooms").length;
    forbidden(await tryUpgrade(who, room));
    assert.equal(listAt(ok(await who.get("/joined_rooms")), "joined_rooms").length, before);
  }
  await act(alice, "ban", room, bob);
  forbidden(await tryUpgrade(bob, room));
  forbidden(await tryUpgrade(alice, "!AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
  assert.deepEqual(await tombstones(alice, room), []);
});

test("a moderator who may end the room replaces it and gains no level by it", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob], { room_version: "10", name: "N" });
  await setPower(alice, room, { users: { [alice.userId]: 100, [bob.userId]: 60 }, events: { "m.room.tombstone": 60, "m.room.name": 90 } });
  const next = await upgrade(bob, room, "11");
  assert.deepEqual(plain(at(await getState(bob, next, "m.room.power_levels"), "users")), { [alice.userId]: 100, [bob.userId]: 60 });
  assert.equal(at(await getState(bob, next, "m.room.name"), "name"), "N");
  const answer = await bob.put(route`/rooms/${next}/state/m.room.name/`, { name: "mine" });
  forbidden(answer);
});

test("who may end the room but not change its levels ends it all the same", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob], { room_version: "11" });
  await setPower(alice, room, {
    users: { [alice.userId]: 100, [bob.userId]: 50 },
    events: { "m.room.tombstone": 50, "m.room.power_levels": 100 },
  });
  const next = await upgrade(bob, room, "11");
  assert.equal(at(await getState(alice, room, "m.room.tombstone"), "replacement_room"), next);
  assert.equal(at(await getState(alice, room, "m.room.power_levels"), "events_default"), 0);
});

test("to version 12: creators have no level, who is not named is none, and the tombstone needs more than other state", async () => {
  const [alice, bob] = await pair();
  const carol = await server.stranger();
  const room = await makeRoomWith(alice, [bob, carol], { room_version: "12", creation_content: { additional_creators: [carol.userId] } });
  await setPower(alice, room, { users: { [bob.userId]: 40 }, events: { "m.room.tombstone": 10 }, state_default: 50 });
  const next = await upgrade(alice, room, "12", { additional_creators: [bob.userId] });
  assert.deepEqual(plain(at(await getState(alice, next, "m.room.create"), "additional_creators")), [bob.userId]);
  const levels = recordAt(await getState(alice, next, "m.room.power_levels"));
  assert.deepEqual(plain(levels["users"]), {});
  assert.ok(Number(at(levels["events"], "m.room.tombstone")) > 50);
  await act(alice, "invite", next, carol);
  await join(carol, next);
  forbidden(await carol.put(route`/rooms/${next}/state/m.room.name/`, { name: "no creator here" }));
  await act(alice, "invite", next, bob);
  await join(bob, next);
  await setState(bob, next, "m.room.name", { name: "creator" });
});

test("back from version 12 the creators keep a level above all others", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob], { room_version: "12" });
  await setPower(alice, room, { users: { [bob.userId]: 140 } });
  const next = await upgrade(alice, room, "11");
  assert.deepEqual(plain(at(await getState(alice, next, "m.room.power_levels"), "users")), { [alice.userId]: 150, [bob.userId]: 140 });
});

test("additional creators must be people of this server; versions without them do not look", async () => {
  const [alice] = await pair();
  const room = await makeRoom(alice, { room_version: "11" });
  refused(await tryUpgrade(alice, room, "12", { additional_creators: ["@nobody-yet:localhost"] }), 404, "M_NOT_FOUND");
  for (const wrong of [["bob"], "x", [7], [null], {}]) {
    const answer = await tryUpgrade(alice, room, "12", { additional_creators: wrong });
    assert.equal(answer.status, 400, answer.text);
  }
  assert.deepEqual(await tombstones(alice, room), []);
  const next = await upgrade(alice, room, "11", { additional_creators: ["@nobody-yet:localhost"] });
  assert.equal(at(await getState(alice, next, "m.room.create"), "additional_creators"), undefined);
});

test("additional creators of a new room must be people of this server too", async () => {
  const [alice] = await pair();
  const answer = await alice.post("/createRoom", { creation_content: { additional_creators: ["@nobody-yet:localhost"] } });
  refused(answer, 404, "M_NOT_FOUND");
});

test("bans go along, reason and all, so that the banned find no way in by the new door", async () => {
  const [alice, bob] = await pair();
  const strong = await server.stranger();
  for (const [from, to] of [
    ["11", "11"],
    ["11", "12"],
  ] as const) {
    const room = await makeRoomWith(alice, [bob, strong], { room_version: from });
    await act(alice, "ban", room, bob, "spam");
    await act(alice, "ban", room, strong);
    await setPower(alice, room, { users: { [alice.userId]: 100, [strong.userId]: 100 } });
    const next = await upgrade(alice, room, to);
    assert.deepEqual(plain(await getState(alice, next, "m.room.member", bob.userId)), { membership: "ban", reason: "spam" });
    assert.equal(await membershipOf(alice, next, strong), "ban", "also one whom the old room still gives the highest level");
    for (const who of [bob, strong]) forbidden(await tryJoin(who, next));
  }
});

test("aliases lead to the new room, which calls itself by them; the old one no longer does", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [], { room_alias_name: "moving" });
  const next = await upgrade(alice, room);
  assert.deepEqual(plain(await getState(alice, next, "m.room.canonical_alias")), { alias: "#moving:localhost" });
  assert.deepEqual(plain(await getState(alice, room, "m.room.canonical_alias")), {});
  assert.equal(textAt(ok(await tryJoin(bob, "#moving:localhost")), "room_id"), next);
});

test("members learn of the replacement by the tombstone, and those outside learn nothing", async () => {
  const [alice, bob] = await pair();
  const carol = await server.stranger();
  const room = await makeRoomWith(alice, [bob]);
  await say(alice, room, "old words");
  const follower = await follow(bob);
  const next = await upgrade(alice, room);
  await follower.until("the tombstone", (answer) => timelineOf(answer, room).find((event) => at(event, "type") === "m.room.tombstone"));
  forbidden(await tryMessages(carol, room));
  forbidden(await tryMessages(bob, next));
  await join(bob, next);
  assert.doesNotMatch(JSON.stringify(await history(bob, next)), /old words/);
});

test("who asks again, or several times at once, gets the room that there is", async () => {
  const [alice] = await pair();
  const room = await makeRoom(alice);
  const answers = await Promise.all(Array.from({ length: 4 }, () => upgrade(alice, room)));
  assert.equal(new Set([...answers, await upgrade(alice, room)]).size, 1);
  assert.equal((await tombstones(alice, room)).length, 1);
  assert.equal(listAt(ok(await alice.get("/joined_rooms")), "joined_rooms").length, 2);
});

test("a tombstone that points to a room of somebody else is no earlier upgrade", async () => {
  const [alice, bob] = await pair();
  const [room, other] = [await makeRoom(alice), await makeRoom(bob)];
  await setState(alice, room, "m.room.tombstone", { body: "x", replacement_room: other });
  assert.notEqual(await upgrade(alice, room), other);
});

test("a space keeps its rooms", async () => {
  const [alice] = await pair();
  const child = await makeRoom(alice);
  const space = await makeRoom(alice, {
    creation_content: { type: "m.space" },
    initial_state: [{ type: "m.space.child", state_key: child, content: { via: ["localhost"] } }],
  });
  const next = await upgrade(alice, space);
  assert.deepEqual(plain(await getState(alice, next, "m.space.child", child)), { via: ["localhost"] });
});

test("an upgrade survives a restart of the server whole", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob], { room_alias_name: "lasting" });
  const next = await upgrade(alice, room);
  await server.process().restart();
  assert.equal(at(await getState(bob, room, "m.room.tombstone"), "replacement_room"), next);
  assert.equal(textAt(ok(await tryJoin(bob, "#lasting:localhost")), "room_id"), next);
});

test("tags go along with their person, for the upgrader and whoever follows; a false predecessor gets none", async () => {
  const [alice, bob] = await pair();
  const tags = (who: Session, room: string) => route`/user/${who.userId}/rooms/${room}/tags`;
  const room = await makeRoomWith(alice, [bob]);
  for (const who of [alice, bob]) ok(await who.put(`${tags(who, room)}/m.favourite`, { order: 0.5 }));
  const trap = await makeRoomWith(alice, [], { creation_content: { predecessor: { room_id: room, event_id: "$x" } } });
  await join(bob, trap);
  const tagged = async (who: Session, where: string) => plain(at(ok(await who.get(tags(who, where))), "tags"));
  assert.deepEqual(await tagged(bob, trap), {});
  const next = await upgrade(alice, room);
  await act(alice, "invite", next, bob);
  await join(bob, next);
  for (const who of [alice, bob]) assert.deepEqual(await tagged(who, next), { "m.favourite": { order: 0.5 } });
  ok(await bob.request("DELETE", `${tags(bob, next)}/m.favourite`));
  await join(bob, next);
  assert.deepEqual(await tagged(bob, next), {}, "what was taken away does not come back");
});
