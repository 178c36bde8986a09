import assert from "node:assert/strict";
import { test } from "node:test";
import { at, listAt, ok, refused, route, type Session, textAt } from "@wardroom/testkit";
import { composeHouse } from "./composed-house.test-support.ts";
import { addChild, hierarchy, roomIds, setAlias, summary, tryHierarchy } from "./directory-steps.test-support.ts";
import { act, join, leave, makeRoom, makeRoomWith, setState } from "./room-steps.test-support.ts";
import { useServer } from "./running-server.test-support.ts";

const server = useServer();
const makeSpace = (by: Session, request = {}) => makeRoom(by, { creation_content: { type: "m.space" }, ...request });
const walk = async (by: Session, space: string, query?: Readonly<Record<string, string>>) =>
  roomIds(await hierarchy(by, space, query), "rooms");
/** Both answers must be the same to the letter, but for the id that was asked for. */
async function assertUnknown(by: Session, room: string, ...names: readonly string[]): Promise<void> {
  for (const name of [room, ...names]) {
    const [hidden, none] = [await summary(by, name), await summary(by, name.startsWith("#") ? "#nothing:localhost" : "!nothing")];
    refused(hidden, 404, "M_NOT_FOUND");
    assert.equal(hidden.text, none.text);
  }
  const [hidden, none] = [await tryHierarchy(by, room), await tryHierarchy(by, "!nothing")];
  refused(hidden, 403, "M_FORBIDDEN");
  assert.equal(hidden.text, none.text);
}

test("a summary tells what the specification names, by id and by alias, with the reader's membership", async () => {
  const [alice, bob] = await server.twoStrangers();
  const room = await makeRoom(alice, { preset: "public_chat", name: "Mess", topic: "food", room_alias_name: "mess" });
  await setState(alice, room, "m.room.encryption", { algorithm: "m.megolm.v1.aes-sha2" });
  const stranger = ok(await summary(bob, "#mess:localhost"));
  assert.deepEqual(
    ["room_id", "name", "topic", "join_rule", "num_joined_members", "room_version", "encryption", "canonical_alias", "membership"].map(
      (key) => at(stranger, key),
    ),
    [room, "Mess", "food", "public", 1, "12", "m.megolm.v1.aes-sha2", "#mess:localhost", undefined],
  );
  await join(bob, room);
  const member = ok(await summary(bob, room));
  assert.equal(at(member, "membership"), "join");
  assert.equal(at(member, "num_joined_members"), 2);
  assert.equal(at(member, "room_type"), undefined);
});

test("a private room is unknown by any of its names to strangers, to who left and to who was banned, and known to the invited", async () => {
  const [alice, bob] = await server.twoStrangers();
  const room = await makeSpace(alice, { room_alias_name: "secret-mess" });
  await assertUnknown(bob, room, "#secret-mess:localhost");
  await act(alice, "invite", room, bob);
  assert.equal(at(ok(await summary(bob, "#secret-mess:localhost")), "membership"), "invite");
  assert.deepEqual(await walk(bob, room), [room]);
  await leave(bob, room);
  await assertUnknown(bob, room, "#secret-mess:localhost");
  await act(alice, "invite", room, bob);
  await join(bob, room);
  ok(await summary(bob, room));
  await act(alice, "kick", room, bob);
  await assertUnknown(bob, room, "#secret-mess:localhost");
  await act(alice, "ban", room, bob);
  await assertUnknown(bob, room, "#secret-mess:localhost");
});

test("who was banned from an open room knows it no longer, unless it is world-readable", async () => {
  const [alice, bob] = await server.twoStrangers();
  const room = await makeRoomWith(alice, [bob]);
  await act(alice, "ban", room, bob);
  await assertUnknown(bob, room);
  await setState(alice, room, "m.room.history_visibility", { history_visibility: "world_readable" });
  assert.equal(at(ok(await summary(bob, room)), "membership"), "ban");
});

test("join rules decide who may know of a room: knock everybody, restricted the members of the rooms that it names, private nobody", async () => {
  const [alice, bob] = await server.twoStrangers();
  const club = await makeRoom(alice, { preset: "public_chat" });
  const room = await makeRoom(alice);
  const rule = (content: { readonly [key: string]: string | readonly object[] }) =>
    setState(alice, room, "m.room.join_rules", JSON.parse(JSON.stringify(content)));
  const allow = [{ type: "m.room_membership", room_id: club }, { type: "m.room_membership" }, { type: "constructor", room_id: club }];
  for (const join_rule of ["knock", "knock_restricted", "public"]) {
    await rule({ join_rule });
    ok(await summary(bob, room));
  }
  for (const join_rule of ["private", "org.example", "constructor"]) {
    await rule({ join_rule });
    await assertUnknown(bob, room);
  }
  await rule({ join_rule: "knock_restricted", allow });
  assert.equal(at(ok(await summary(bob, room)), "allowed_room_ids"), undefined, "whose members may come is not told to strangers");
  assert.deepEqual(listAt(ok(await summary(alice, room)), "allowed_room_ids"), [club]);
  await rule({ join_rule: "restricted", allow });
  await assertUnknown(bob, room);
  await join(bob, club);
  assert.deepEqual(listAt(ok(await summary(bob, room)), "allowed_room_ids"), [club]);
  await leave(bob, club);
  await assertUnknown(bob, room);
});

test("a space is walked depth first, its children in the order of the specification, each room once, loops or not", async () => {
  const alice = await server.stranger();
  const [root, inner, a, b, c, d] = [
    await makeSpace(alice),
    await makeSpace(alice),
    ...(await Promise.all([1, 2, 3, 4].map(() => makeRoom(alice)))),
  ];
  assert.ok(a && b && c && d);
  await addChild(alice, root, a);
  await addChild(alice, root, b, { order: "zz" });
  await addChild(alice, root, inner, { order: " " });
  await addChild(alice, root, c, { order: "not\nvalid" });
  await addChild(alice, inner, d);
  await addChild(alice, inner, root);
  await addChild(alice, inner, b);
  await addChild(alice, inner, inner);
  assert.deepEqual(await walk(alice, root), [root, inner, d, b, a, c]);
  assert.deepEqual(await walk(alice, root, { max_depth: "1" }), [root, inner, b, a, c]);
  assert.deepEqual(await walk(alice, root, { max_depth: "0" }), [root]);
  const [first] = listAt(await hierarchy(alice, root), "rooms");
  assert.equal(at(first, "room_type"), "m.space");
  assert.deepEqual(
    listAt(first, "children_state").map((child) => textAt(child, "state_key")),
    [inner, b, a, c],
  );
  assert.deepEqual(listAt(await hierarchy(alice, a), "rooms", 0, "children_state"), []);
});

test("children without servers, with nonsense for an id, and those taken out are none; suggested ones can be asked for alone", async () => {
  const alice = await server.stranger();
  const root = await makeSpace(alice);
  const [kept, taken, other] = [await makeRoom(alice), await makeRoom(alice), await makeRoom(alice)];
  await addChild(alice, root, kept, { suggested: true, "org.example": "x".repeat(1000) });
  await addChild(alice, root, other, { suggested: "true" });
  await addChild(alice, root, taken);
  await setState(alice, root, "m.space.child", {}, taken);
  await setState(alice, root, "m.space.child", { via: [] }, await makeRoom(alice));
  await setState(alice, root, "m.space.child", { via: [7] }, await makeRoom(alice));
  await setState(alice, root, "m.space.child", { via: "localhost" }, await makeRoom(alice));
  await addChild(alice, root, "nonsense");
  assert.deepEqual(await walk(alice, root), [root, kept, other]);
  const answer = await hierarchy(alice, root, { suggested_only: "true" });
  assert.deepEqual(roomIds(answer, "rooms"), [root, kept]);
  assert.deepEqual({ ...Object(at(answer, "rooms", 0, "children_state", 0, "content")) }, { via: ["localhost"], suggested: true });
  assert.equal(listAt(answer, "rooms", 0, "children_state").length, 1);
});

test("rooms that the reader may not know of are nowhere in the answer, and nothing below them is", async () => {
  const [alice, bob] = await server.twoStrangers();
  const root = await makeSpace(alice, { preset: "public_chat" });
  const hidden = await makeSpace(alice);
  const [open, below, banned] = [
    await makeRoom(alice, { preset: "public_chat" }),
    await makeRoom(alice, { preset: "public_chat" }),
    await makeRoomWith(alice, [bob]),
  ];
  for (const room of [hidden, open, banned]) await addChild(alice, root, room);
  await addChild(alice, hidden, below);
  await act(alice, "ban", banned, bob);
  const answer = await hierarchy(bob, root);
  assert.deepEqual(roomIds(answer, "rooms"), [root, open]);
  for (const room of [hidden, below, banned]) assert.doesNotMatch(JSON.stringify(answer), new RegExp(room.slice(1)));
  // A member of the space has its state, so that the ids are told; the rooms are not.
  await join(bob, root);
  const member = await hierarchy(bob, root);
  assert.deepEqual(roomIds(member, "rooms"), [root, open]);
  assert.equal(listAt(member, "rooms", 0, "children_state").length, 3);
  await act(alice, "invite", hidden, bob);
  assert.deepEqual(await walk(bob, root), [root, hidden, below, open]);
});

test("pages follow each other, tokens are bound to their parameters, and each page is judged anew", async () => {
  const [alice, bob] = await server.twoStrangers();
  const root = await makeSpace(alice, { preset: "public_chat" });
  const rooms: string[] = [];
  for (let count = 0; count < 5; count += 1) {
    rooms.push(await makeRoom(alice, { preset: "public_chat" }));
    await addChild(alice, root, rooms[count] ?? "");
  }
  const first = await hierarchy(bob, root, { limit: "2" });
  const from = textAt(first, "next_batch");
  const second = await hierarchy(bob, root, { limit: "3", from });
  const third = await hierarchy(bob, root, { from: textAt(second, "next_batch") });
  assert.deepEqual(
    [first, second, third].flatMap((page) => roomIds(page, "rooms")),
    [root, ...rooms],
  );
  assert.equal(at(third, "next_batch"), undefined);
  for (const query of [{ from, max_depth: "1" }, { from, suggested_only: "true" }, { from: "nonsense" }, { from: "bnVsbA" }])
    refused(await tryHierarchy(bob, root, query), 400, "M_INVALID_PARAM");
  for (const query of [{ limit: "0" }, { limit: "-1" }, { max_depth: "-1" }, { suggested_only: "maybe" }])
    refused(await tryHierarchy(bob, root, query), 400, "M_INVALID_PARAM");
  await setState(alice, root, "m.room.join_rules", { join_rule: "invite" });
  refused(await tryHierarchy(bob, root, { from }), 403, "M_FORBIDDEN");
});

test("a space of many rooms is answered page by page", async () => {
  const alice = await server.stranger();
  const initial = Array.from({ length: 150 }, (_, index) => ({
    type: "m.space.child",
    state_key: `!none${index}`,
    content: { via: ["localhost"] },
  }));
  const root = await makeSpace(alice, { initial_state: initial });
  const rooms = await Promise.all(Array.from({ length: 105 }, () => makeRoom(alice)));
  await Promise.all(rooms.map((room) => addChild(alice, root, room)));
  const first = await hierarchy(alice, root, { limit: "5000" });
  assert.equal(listAt(first, "rooms").length, 100);
  assert.equal(listAt(await hierarchy(alice, root, { from: textAt(first, "next_batch") }), "rooms").length, 6);
});

test("summaries and spaces are the same after a restart, read without the rooms in memory, and follow what changes then", async (context) => {
  const composed = await composeHouse(context);
  const [alice, bob] = [await composed.http().register("alice"), await composed.http().register("bob")];
  const root = await makeSpace(alice, { preset: "public_chat", name: "Fleet" });
  const [open, hidden] = [await makeRoomWith(alice, [bob], { name: "Deck" }), await makeRoom(alice)];
  await setAlias(alice, "#deck:localhost", open);
  for (const room of [open, hidden]) await addChild(alice, root, room);
  const before = [await hierarchy(bob, root), ok(await summary(bob, "#deck:localhost"))];
  await composed.close();
  await composed.open();
  const [a, b] = [await composed.http().login(alice.name, alice.password), await composed.http().login(bob.name, bob.password)];
  const after = [await hierarchy(b, root), ok(await summary(b, "#deck:localhost"))];
  assert.deepEqual(after, before);
  assert.deepEqual(after, [await hierarchy(b, root), ok(await summary(b, "#deck:localhost"))]);
  await assertUnknown(b, hidden);
  await setState(a, open, "m.room.name", { name: "Bridge" });
  await setState(a, root, "m.space.child", {}, open);
  await setState(a, hidden, "m.room.join_rules", { join_rule: "public" });
  assert.equal(at(ok(await summary(b, open)), "name"), "Bridge");
  assert.deepEqual(await walk(b, root), [root, hidden]);
  ok(await b.get(route`/_matrix/client/v1/room_summary/${hidden}`, { via: "localhost" }));
});
