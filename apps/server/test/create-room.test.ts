import assert from "node:assert/strict";
import { test } from "node:test";
import { at, type Json, type JsonRecord, listAt, ok, recordAt, refused, route, type Session, textAt } from "@wardroom/testkit";
import {
  act,
  getState,
  history,
  join,
  makeRoom,
  membershipOf,
  setState,
  tryGetState,
  tryJoin,
  trySetState,
} from "./room-steps.test-support.ts";
import { useServer } from "./running-server.test-support.ts";

const server = useServer();
const tryMake = (by: Session, request: Json) => by.post("/createRoom", request);
const valueOf = async (by: Session, room: string, type: string, key: string) => at(await getState(by, room, type), key);
/** `type` or `type|key` of every event, oldest first. */
const order = (events: readonly Json[]) => events.map((event) => textAt(event, "type"));

async function alice(): Promise<Session> {
  return server.person("alice");
}

for (const version of ["10", "11", "12"]) {
  test(`a room of version ${version} can be made, and its create event says so`, async () => {
    const owner = await alice();
    const room = await makeRoom(owner, { room_version: version, creation_content: { "m.federate": false, "org.example.own": { a: 1 } } });
    const create = recordAt(await getState(owner, room, "m.room.create"));
    assert.equal(create["room_version"], version);
    assert.equal(create["m.federate"], false);
    assert.deepEqual({ ...recordAt(create, "org.example.own") }, { a: 1 });
    assert.equal(create["creator"], version === "10" ? owner.userId : undefined);
  });
}

test("the default is version 12, whose room id is the id of the create event", async () => {
  const owner = await alice();
  const room = await makeRoom(owner);
  const [create] = await history(owner, room, { dir: "f" });
  assert.equal(textAt(create, "type"), "m.room.create");
  assert.equal(room, textAt(create, "event_id").replace("$", "!"));
  assert.equal(textAt(create, "content", "room_version"), "12");
  assert.equal(textAt(create, "room_id"), room, "clients get a room id on the create event too");
});

test("two rooms made alike at the same moment are two rooms", async () => {
  const owner = await alice();
  const rooms = await Promise.all(Array.from({ length: 8 }, () => makeRoom(owner, { name: "same" })));
  assert.equal(new Set(rooms).size, 8);
});

test("a version that this server does not make is refused as such", async () => {
  const owner = await alice();
  for (const version of ["1", "9", "13", "", "12.0", "org.matrix.msc1234", "constructor", "__proto__"])
    refused(await tryMake(owner, { room_version: version }), 400, "M_UNSUPPORTED_ROOM_VERSION");
  refused(await tryMake(owner, { room_version: 12 }), 400, ["M_BAD_JSON", "M_INVALID_PARAM"]);
});

test("the creator cannot write version or creator into the create event", async () => {
  const owner = await alice();
  const room = await makeRoom(owner, { room_version: "10", creation_content: { room_version: "1", creator: "@other:localhost" } });
  const create = await getState(owner, room, "m.room.create");
  assert.equal(at(create, "room_version"), "10");
  assert.equal(at(create, "creator"), owner.userId);
});

const presets = {
  private_chat: ["invite", "shared", "can_join"],
  trusted_private_chat: ["invite", "shared", "can_join"],
  public_chat: ["public", "shared", "forbidden"],
} as const;

for (const [preset, [joinRule, visibility, guests]] of Object.entries(presets)) {
  test(`the preset ${preset} sets the table's join rule, history visibility and guest access`, async () => {
    const owner = await alice();
    const room = await makeRoom(owner, { preset });
    assert.equal(await valueOf(owner, room, "m.room.join_rules", "join_rule"), joinRule);
    assert.equal(await valueOf(owner, room, "m.room.history_visibility", "history_visibility"), visibility);
    assert.equal(await valueOf(owner, room, "m.room.guest_access", "guest_access"), guests);
  });
}

test("without a preset the visibility chooses: nobody's room becomes public unasked", async () => {
  const owner = await alice();
  for (const [request, rule] of [
    [{}, "invite"],
    [{ visibility: "private" }, "invite"],
    [{ visibility: "public" }, "public"],
    [{ visibility: "public", preset: "private_chat" }, "invite"],
  ] as const)
    assert.equal(await valueOf(owner, await makeRoom(owner, request), "m.room.join_rules", "join_rule"), rule, JSON.stringify(request));
});

test("initial_state takes precedence over the preset, and name and topic over initial_state", async () => {
  const owner = await alice();
  const room = await makeRoom(owner, {
    preset: "public_chat",
    name: "From the name",
    topic: "From the topic",
    initial_state: [
      { type: "m.room.join_rules", content: { join_rule: "invite" } },
      { type: "m.room.history_visibility", state_key: "", content: { history_visibility: "joined" } },
      { type: "m.room.name", content: { name: "From the initial state" } },
      { type: "m.room.topic", content: { topic: "From the initial state" } },
      { type: "org.example.thing", state_key: "key", content: { value: 3 } },
    ],
  });
  assert.equal(await valueOf(owner, room, "m.room.join_rules", "join_rule"), "invite");
  assert.equal(await valueOf(owner, room, "m.room.history_visibility", "history_visibility"), "joined");
  assert.equal(await valueOf(owner, room, "m.room.guest_access", "guest_access"), "forbidden");
  assert.equal(await valueOf(owner, room, "m.room.name", "name"), "From the name");
  assert.equal(await valueOf(owner, room, "m.room.topic", "topic"), "From the topic");
  assert.equal(at(await getState(owner, room, "org.example.thing", "key"), "value"), 3);
});

test("a room is never public for a moment when initial_state makes it private: the preset's rule is not even written", async () => {
  const [owner, bob] = await server.people("alice", "bob");
  assert.ok(owner && bob);
  const room = await makeRoom(owner, {
    preset: "public_chat",
    initial_state: [{ type: "m.room.join_rules", content: { join_rule: "invite" } }],
  });
  refused(await tryJoin(bob, room), 403, "M_FORBIDDEN");
});

test("the events of a new room come in the specification's order, the create event first and invites last", async () => {
  const [owner, bob] = await server.people("alice", "bob");
  assert.ok(owner && bob);
  const room = await makeRoom(owner, {
    room_alias_name: "ordered",
    preset: "private_chat",
    initial_state: [
      { type: "org.example.first", content: {} },
      { type: "org.example.second", content: {} },
    ],
    name: "N",
    topic: "T",
    invite: [bob.userId],
  });
  const types = order(await history(owner, room, { dir: "f" }));
  assert.deepEqual(types.slice(0, 4), ["m.room.create", "m.room.member", "m.room.power_levels", "m.room.canonical_alias"]);
  assert.deepEqual(types.slice(4, 7).sort(), ["m.room.guest_access", "m.room.history_visibility", "m.room.join_rules"]);
  assert.deepEqual(types.slice(7, 9), ["org.example.first", "org.example.second"]);
  assert.deepEqual(types.slice(9, 11).sort(), ["m.room.name", "m.room.topic"]);
  assert.deepEqual(types.slice(11), ["m.room.member"]);
});

test("everybody on the invite list is invited, once, with is_direct where it is a direct chat", async () => {
  const [owner, bob, carol] = await server.people("alice", "bob", "carol");
  assert.ok(owner && bob && carol);
  const room = await makeRoom(owner, { invite: [bob.userId, carol.userId, bob.userId], is_direct: true });
  for (const guest of [bob, carol]) {
    const member = await getState(owner, room, "m.room.member", guest.userId);
    assert.equal(at(member, "membership"), "invite");
    assert.equal(at(member, "is_direct"), true);
  }
  await join(bob, room);
});

test("whoever invites somebody with an invalid id gets a refusal and no half-made room", async () => {
  const owner = await server.stranger();
  for (const invite of [["not an id"], ["@"], [7], "@bob:localhost", { constructor: 1 }]) {
    const answer = await tryMake(owner, { invite });
    assert.equal(answer.status, 400, `${JSON.stringify(invite)}: ${answer.text}`);
  }
  assert.deepEqual(listAt(ok(await owner.get("/joined_rooms")), "joined_rooms"), []);
});

test("power_level_content_override is laid over the default levels and leaves the others", async () => {
  const owner = await alice();
  const room = await makeRoom(owner, { power_level_content_override: { events_default: 10, ban: 75, events: { "m.room.name": 33 } } });
  const levels = await getState(owner, room, "m.room.power_levels");
  assert.equal(at(levels, "events_default"), 10);
  assert.equal(at(levels, "ban"), 75);
  assert.equal(at(levels, "events", "m.room.name"), 33);
  assert.equal(at(levels, "state_default"), 50);
});

test("up to version 11 the creator has power 100; in version 12 creators are not listed and upgrades need more than state_default", async () => {
  const owner = await alice();
  for (const version of ["10", "11"]) {
    const levels = await getState(owner, await makeRoom(owner, { room_version: version }), "m.room.power_levels");
    assert.deepEqual({ ...recordAt(levels, "users") }, { [owner.userId]: 100 });
  }
  const levels = await getState(owner, await makeRoom(owner, { room_version: "12" }), "m.room.power_levels");
  assert.deepEqual({ ...recordAt(levels, "users") }, {});
  assert.ok(Number(at(levels, "events", "m.room.tombstone")) > Number(at(levels, "state_default")));
});

test("power levels that name a creator of a version 12 room, or are no integers, make no room", async () => {
  const owner = await server.stranger();
  for (const override of [{ users: { [owner.userId]: 100 } }, { users: { "@bob:localhost": "100" } }, { ban: "50" }, { events: [] }])
    refused(await tryMake(owner, { power_level_content_override: override }), 400, [
      "M_INVALID_ROOM_STATE",
      "M_BAD_JSON",
      "M_INVALID_PARAM",
    ]);
  assert.deepEqual(listAt(ok(await owner.get("/joined_rooms")), "joined_rooms"), []);
});

test("levels that forbid the creator what the request itself asks for make no room", async () => {
  const owner = await server.stranger();
  const request: JsonRecord = { room_version: "11", name: "N", power_level_content_override: { users: { [owner.userId]: 0 } } };
  refused(await tryMake(owner, request), 400, "M_INVALID_ROOM_STATE");
  assert.deepEqual(listAt(ok(await owner.get("/joined_rooms")), "joined_rooms"), []);
});

test("in a trusted private chat of version 12 the invited become creators beside those named; no creator has a listed level", async () => {
  const [owner, bob, carol] = await server.people("alice", "bob", "carol");
  assert.ok(owner && bob && carol);
  const room = await makeRoom(owner, {
    preset: "trusted_private_chat",
    invite: [bob.userId, carol.userId],
    creation_content: { additional_creators: [carol.userId] },
  });
  const creators = listAt(await getState(owner, room, "m.room.create"), "additional_creators");
  assert.deepEqual(creators.map((creator) => textAt(creator)).sort(), [bob.userId, carol.userId].sort());
  await join(bob, room);
  await setState(bob, room, "m.room.name", { name: "Bob may" });
  assert.deepEqual({ ...recordAt(await getState(owner, room, "m.room.power_levels"), "users") }, {});
});

test("in a trusted private chat of version 11 the invited get the creator's level", async () => {
  const [owner, bob] = await server.people("alice", "bob");
  assert.ok(owner && bob);
  const room = await makeRoom(owner, { room_version: "11", preset: "trusted_private_chat", invite: [bob.userId] });
  assert.deepEqual(
    { ...recordAt(await getState(owner, room, "m.room.power_levels"), "users") },
    { [owner.userId]: 100, [bob.userId]: 100 },
  );
});

test("in an ordinary private chat the invited get no power", async () => {
  const [owner, bob] = await server.people("alice", "bob");
  assert.ok(owner && bob);
  const room = await makeRoom(owner, { preset: "private_chat", invite: [bob.userId] });
  await join(bob, room);
  refused(await trySetState(bob, room, "m.room.name", { name: "Bob's" }), 403, "M_FORBIDDEN");
});

test("additional creators that are no list of user ids are refused", async () => {
  const owner = await alice();
  for (const additional of ["@bob:localhost", ["bob"], [7], [null], {}])
    refused(await tryMake(owner, { creation_content: { additional_creators: additional } }), 400, [
      "M_INVALID_ROOM_STATE",
      "M_BAD_JSON",
      "M_INVALID_PARAM",
    ]);
});

test("an alias is mapped to the room, is its canonical alias, and can be joined by", async () => {
  const [owner, bob] = await server.people("alice", "bob");
  assert.ok(owner && bob);
  const room = await makeRoom(owner, { preset: "public_chat", room_alias_name: "the-pub" });
  assert.equal(await valueOf(owner, room, "m.room.canonical_alias", "alias"), "#the-pub:localhost");
  assert.equal(textAt(ok(await tryJoin(bob, "#the-pub:localhost")), "room_id"), room);
  assert.equal(await membershipOf(owner, room, bob), "join");
});

test("an alias leads to its room's id, and one that nobody made to nothing", async () => {
  const [owner, bob] = await server.people("alice", "bob");
  assert.ok(owner && bob);
  const room = await makeRoom(owner, { room_alias_name: "findable" });
  const found = ok(await bob.get(route`/directory/room/${"#findable:localhost"}`));
  assert.equal(textAt(found, "room_id"), room);
  assert.deepEqual(listAt(found, "servers"), ["localhost"]);
  for (const alias of ["#lost:localhost", "#constructor:localhost", "#__proto__:localhost", "#findable:elsewhere.example"])
    refused(await bob.get(route`/directory/room/${alias}`), 404, "M_NOT_FOUND");
  assert.equal((await bob.get(route`/directory/room/${"no alias"}`)).status, 400);
});

test("an alias in use is refused and makes no room; of several at once one gets it", async () => {
  const owner = await server.stranger();
  const answers = await Promise.all(Array.from({ length: 5 }, () => tryMake(owner, { room_alias_name: "contested" })));
  assert.equal(answers.filter(({ status }) => status === 200).length, 1);
  for (const answer of answers) if (answer.status !== 200) refused(answer, 400, "M_ROOM_IN_USE");
  assert.equal(listAt(ok(await owner.get("/joined_rooms")), "joined_rooms").length, 1);
});

test("an alias that no room has cannot be joined, whatever JavaScript keeps under that name", async () => {
  const bob = await server.person("bob");
  for (const alias of ["#nothing-here:localhost", "#constructor:localhost", "#__proto__:localhost"])
    refused(await tryJoin(bob, alias), 404, "M_NOT_FOUND");
  const nonsense = await tryJoin(bob, "neither id nor alias");
  refused(nonsense, 400, ["M_INVALID_PARAM", "M_BAD_JSON"]);
});

test("an alias outside the grammar is refused", async () => {
  const owner = await alice();
  for (const name of ["with:colon", "x".repeat(256), "nul\u0000", "#hash:localhost"])
    refused(await tryMake(owner, { room_alias_name: name }), 400, ["M_INVALID_PARAM", "M_BAD_JSON"]);
});

test("wrong shapes in the request are refused before anything is made", async () => {
  const owner = await server.stranger();
  for (const request of [
    { preset: "constructor" },
    { preset: "nothing" },
    { visibility: "secret" },
    { name: 7 },
    { initial_state: {} },
    { initial_state: [{ type: "x" }] },
    { initial_state: [{ content: {} }] },
    { initial_state: [{ type: "x", content: {}, state_key: 7 }] },
    { initial_state: [null] },
    { creation_content: [] },
    { power_level_content_override: "all" },
    { is_direct: "yes" },
  ] satisfies Json[])
    refused(await tryMake(owner, request), 400, ["M_BAD_JSON", "M_INVALID_PARAM", "M_INVALID_ROOM_STATE"]);
  refused(await tryMake(owner, []), 400, ["M_BAD_JSON", "M_NOT_JSON", "M_INVALID_PARAM"]);
  assert.deepEqual(listAt(ok(await owner.get("/joined_rooms")), "joined_rooms"), []);
});

test("initial_state cannot smuggle in what a client may not send: memberships of others, a second create event", async () => {
  const [owner, bob] = [await server.stranger(), await server.person("bob")];
  for (const event of [
    { type: "m.room.create", state_key: "", content: { room_version: "12" } },
    { type: "m.room.member", state_key: bob.userId, content: { membership: "join" } },
    { type: "org.example.own", state_key: bob.userId, content: {} },
  ]) {
    const answer = await tryMake(owner, { initial_state: [event] });
    assert.ok(answer.status === 400 || answer.status === 403, `${JSON.stringify(event)}: ${answer.text}`);
  }
  assert.deepEqual(listAt(ok(await owner.get("/joined_rooms")), "joined_rooms"), []);
});

test("a new room is there for its members and nobody else", async () => {
  const [owner, bob] = await server.people("alice", "bob");
  assert.ok(owner && bob);
  const room = await makeRoom(owner);
  assert.ok(listAt(ok(await owner.get("/joined_rooms")), "joined_rooms").includes(room));
  assert.ok(!listAt(ok(await bob.get("/joined_rooms")), "joined_rooms").includes(room));
  refused(await tryGetState(bob, room, "m.room.create"), 403, "M_FORBIDDEN");
  await act(owner, "invite", room, bob);
  assert.ok(!listAt(ok(await bob.get("/joined_rooms")), "joined_rooms").includes(room));
});
