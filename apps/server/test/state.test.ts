import assert from "node:assert/strict";
import { test } from "node:test";
import { at, listAt, ok, recordAt, refused, route, type Session, textAt } from "@wardroom/testkit";
import {
  act,
  getEvent,
  getState,
  history,
  join,
  leave,
  makeRoom,
  makeRoomWith,
  say,
  setState,
  stateKeysOf,
  tryGetState,
  trySetState,
} from "./room-steps.test-support.ts";
import { useServer } from "./running-server.test-support.ts";
import { now, sync, roomIn } from "./sync-steps.test-support.ts";

const server = useServer();
const { pair } = server;
const allState = async (by: Session, room: string) => listAt({ state: ok(await by.get(route`/rooms/${room}/state`)) }, "state");

test("state is set and read by type and key; the empty key needs no slash", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  ok(await alice.put(route`/rooms/${room}/state/m.room.topic`, { topic: "without" }));
  assert.equal(at(ok(await bob.get(route`/rooms/${room}/state/m.room.topic`)), "topic"), "without");
  ok(await alice.put(route`/rooms/${room}/state/m.room.topic/`, { topic: "with" }));
  assert.equal(at(ok(await bob.get(route`/rooms/${room}/state/m.room.topic/`)), "topic"), "with");
  await setState(alice, room, "org.example.list", { n: 1 }, "a key/with a slash?");
  await setState(alice, room, "org.example.list", { n: 2 }, "other");
  assert.equal(at(await getState(bob, room, "org.example.list", "a key/with a slash?"), "n"), 1);
  assert.equal(at(await getState(bob, room, "org.example.list", "other"), "n"), 2);
  refused(await tryGetState(bob, room, "org.example.list"), 404, "M_NOT_FOUND");
});

test("format=event gives the whole event, with its room id", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  const id = await setState(alice, room, "m.room.topic", { topic: "T" });
  const event = ok(await bob.get(route`/rooms/${room}/state/m.room.topic`, { format: "event" }));
  assert.equal(at(event, "event_id"), id);
  assert.equal(at(event, "room_id"), room);
  assert.equal(at(event, "state_key"), "");
  assert.equal(at(event, "content", "topic"), "T");
  assert.equal((await bob.get(route`/rooms/${room}/state/m.room.topic`, { format: "constructor" })).status, 400);
});

test("the create event has a room id for clients in every version, on every path", async () => {
  const [alice, bob] = await pair();
  for (const version of ["10", "11", "12"]) {
    const room = await makeRoomWith(alice, [bob], { room_version: version });
    const create = recordAt(ok(await bob.get(route`/rooms/${room}/state/m.room.create/`, { format: "event" })));
    assert.equal(create["room_id"], room);
    assert.equal(at(await getEvent(bob, room, textAt(create, "event_id")), "room_id"), room);
    assert.ok((await allState(bob, room)).every((event) => at(event, "room_id") === room));
    assert.ok((await history(bob, room)).every((event) => at(event, "room_id") === room));
  }
});

test("the whole state has each type and key once, with the newest content", async () => {
  const [alice] = await pair();
  const room = await makeRoom(alice, { name: "First" });
  await setState(alice, room, "m.room.name", { name: "Second" });
  const state = await allState(alice, room);
  const keys = stateKeysOf(state);
  assert.equal(new Set(keys).size, keys.length);
  for (const key of ["m.room.create|", `m.room.member|${alice.userId}`, "m.room.power_levels|", "m.room.join_rules|", "m.room.name|"])
    assert.ok(keys.includes(key), key);
  assert.equal(
    at(
      state.find((event) => at(event, "type") === "m.room.name"),
      "content",
      "name",
    ),
    "Second",
  );
});

test("a state event tells what it replaced", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  const first = await setState(alice, room, "m.room.topic", { topic: "one" });
  const second = await setState(alice, room, "m.room.topic", { topic: "two" });
  const event = await getEvent(bob, room, second);
  assert.equal(at(event, "unsigned", "prev_content", "topic"), "one");
  const replaced = at(event, "unsigned", "replaces_state");
  if (replaced !== undefined) assert.equal(replaced, first);
});

test("setting the same content again makes no new event of another meaning: the state stays what it is", async () => {
  const [alice] = await pair();
  const room = await makeRoom(alice);
  await setState(alice, room, "m.room.topic", { topic: "same" });
  await setState(alice, room, "m.room.topic", { topic: "same" });
  assert.equal(at(await getState(alice, room, "m.room.topic"), "topic"), "same");
});

test("state is closed to strangers, to the invited and to those who left for what came after", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoom(alice, { name: "Secret" });
  const invited = await server.stranger();
  await act(alice, "invite", room, invited);
  for (const who of [bob, invited]) {
    refused(await tryGetState(who, room, "m.room.name"), 403, "M_FORBIDDEN");
    refused(await who.get(route`/rooms/${room}/state`), 403, "M_FORBIDDEN");
    refused(await who.get(route`/rooms/${room}/members`), 403, "M_FORBIDDEN");
    refused(await who.get(route`/rooms/${room}/joined_members`), 403, "M_FORBIDDEN");
    refused(await trySetState(who, room, "m.room.name", { name: "x" }), 403, "M_FORBIDDEN");
  }
  await join(invited, room);
  await leave(invited, room);
  await setState(alice, room, "m.room.name", { name: "Later" });
  assert.equal(at(await getState(invited, room, "m.room.name"), "name"), "Secret");
  refused(await trySetState(invited, room, "m.room.name", { name: "x" }), 403, "M_FORBIDDEN");
});

test("an unset type or key is not found, also one that every JavaScript object has", async () => {
  const [alice] = await pair();
  const room = await makeRoom(alice);
  for (const type of ["org.example.unset", "constructor", "__proto__", "toString"]) {
    refused(await tryGetState(alice, room, type), 404, "M_NOT_FOUND");
    refused(await tryGetState(alice, room, "m.room.member", type), 404, "M_NOT_FOUND");
  }
});

test("an alias that does not exist, is no alias, or leads to another room cannot become the canonical one", async () => {
  const [alice] = await pair();
  const room = await makeRoom(alice, { room_alias_name: "mine" });
  await makeRoom(alice, { room_alias_name: "other" });
  for (const [alias, codes] of [
    ["#nothing:localhost", ["M_BAD_ALIAS", "M_INVALID_PARAM"]],
    ["#other:localhost", ["M_BAD_ALIAS", "M_INVALID_PARAM"]],
    ["nonsense", ["M_INVALID_PARAM", "M_BAD_ALIAS", "M_BAD_JSON"]],
  ] as const)
    refused(await trySetState(alice, room, "m.room.canonical_alias", { alias }), 400, codes);
  await setState(alice, room, "m.room.canonical_alias", { alias: "#mine:localhost" });
});

const memberList = async (by: Session, room: string, query: Readonly<Record<string, string>> = {}) =>
  listAt(ok(await by.get(route`/rooms/${room}/members`, query)), "chunk")
    .map((event) => `${textAt(event, "state_key").split(":", 1)[0] ?? ""} ${textAt(event, "content", "membership")}`)
    .sort();

test("members can be chosen by membership, and by what it is not", async () => {
  const [alice, bob] = await pair();
  const [carol, dave] = await server.people("carol", "dave");
  assert.ok(carol && dave);
  const room = await makeRoomWith(alice, [bob, carol]);
  await act(alice, "invite", room, dave);
  await leave(carol, room);
  assert.deepEqual(await memberList(alice, room), ["@alice join", "@bob join", "@carol leave", "@dave invite"]);
  assert.deepEqual(await memberList(alice, room, { membership: "join" }), ["@alice join", "@bob join"]);
  assert.deepEqual(await memberList(alice, room, { not_membership: "join" }), ["@carol leave", "@dave invite"]);
  assert.deepEqual(await memberList(alice, room, { membership: "invite", not_membership: "leave" }), [
    "@alice join",
    "@bob join",
    "@dave invite",
  ]);
  assert.equal((await alice.get(route`/rooms/${room}/members`, { membership: "constructor" })).status, 400);
});

test("members at a sync token are those of that moment", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  const then = await now(alice);
  await leave(bob, room);
  assert.deepEqual(await memberList(alice, room, { at: then }), ["@alice join", "@bob join"]);
  assert.deepEqual(await memberList(alice, room), ["@alice join", "@bob leave"]);
  assert.equal((await alice.get(route`/rooms/${room}/members`, { at: "garbage" })).status, 400);
});

test("members at a token after one's own leave are those of the leave", async () => {
  const [alice, bob] = await pair();
  const carol = await server.person("carol");
  const room = await makeRoomWith(alice, [bob]);
  await leave(bob, room);
  await join(carol, room);
  const later = await now(alice);
  assert.deepEqual(await memberList(bob, room, { at: later }), ["@alice join", "@bob leave"]);
});

test("joined_members lists who is joined, with name and avatar, for those who are joined", async () => {
  const [alice, bob] = await pair();
  const carol = await server.stranger();
  ok(await carol.put(route`/profile/${carol.userId}/displayname`, { displayname: "Carol" }));
  ok(await carol.put(route`/profile/${carol.userId}/avatar_url`, { avatar_url: "mxc://localhost/carol" }));
  const room = await makeRoomWith(alice, [bob, carol]);
  await leave(bob, room);
  const joined = recordAt(ok(await alice.get(route`/rooms/${room}/joined_members`)), "joined");
  assert.deepEqual(Object.keys(joined).sort(), [alice.userId, carol.userId].sort());
  assert.deepEqual({ ...recordAt(joined, carol.userId) }, { display_name: "Carol", avatar_url: "mxc://localhost/carol" });
  refused(await bob.get(route`/rooms/${room}/joined_members`), 403, "M_FORBIDDEN");
});

test("joined_rooms follows joins and leaves and shows no invites", async () => {
  const alice = await server.person("alice");
  const who = await server.stranger();
  const rooms = async () => listAt(ok(await who.get("/joined_rooms")), "joined_rooms");
  assert.deepEqual(await rooms(), []);
  const room = await makeRoom(alice, { invite: [who.userId] });
  assert.deepEqual(await rooms(), []);
  await join(who, room);
  assert.deepEqual(await rooms(), [room]);
  await act(alice, "ban", room, who);
  assert.deepEqual(await rooms(), []);
});

test("state is current as soon as it is acknowledged", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  for (let index = 0; index < 10; index += 1) {
    const id = await setState(alice, room, "org.example.counter", { index });
    assert.equal(at(await getState(bob, room, "org.example.counter"), "index"), index);
    assert.equal(at(await getEvent(bob, room, id), "content", "index"), index);
  }
  await say(alice, room, "done");
  const answer = await sync(bob, { filter: { room: { timeline: { limit: 1 } } } });
  const counter = listAt(roomIn(answer, "join", room), "state", "events").find((event) => at(event, "type") === "org.example.counter");
  assert.equal(at(counter, "content", "index"), 9);
});

test("of two changes of one state at the same moment one is last, for everybody the same", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  const ids = await Promise.all(Array.from({ length: 8 }, (_, index) => setState(alice, room, "m.room.topic", { topic: `${index}` })));
  const last = ok(await bob.get(route`/rooms/${room}/state/m.room.topic`, { format: "event" }));
  const newest = (await history(alice, room)).find((event) => at(event, "type") === "m.room.topic");
  assert.equal(at(last, "event_id"), at(newest, "event_id"));
  assert.ok(ids.includes(textAt(last, "event_id")));
});
