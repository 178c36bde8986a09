import assert from "node:assert/strict";
import { test } from "node:test";
import { at, listAt, ok, refused, route, type Session, textAt } from "@wardroom/testkit";
import { composeHouse } from "./composed-house.test-support.ts";
import { publicRooms, publish, roomIds, setAlias, tryPublish, visibilityOf } from "./directory-steps.test-support.ts";
import { act, join, leave, makeRoom, makeRoomWith, redact, setPower, setState } from "./room-steps.test-support.ts";
import { useServer } from "./running-server.test-support.ts";

const server = useServer();
const search = async (by: Session, term: string, more = {}) => publicRooms(by, { filter: { generic_search_term: term, ...more } });

test("a room is listed when it was made public, or published later, and not when it only can be joined", async () => {
  const [alice, bob] = await server.twoStrangers();
  const made = await makeRoom(alice, { visibility: "public", name: "Larch one" });
  const open = await makeRoom(alice, { preset: "public_chat", visibility: "private", name: "Larch two" });
  const closed = await makeRoom(alice, { name: "Larch three" });
  assert.deepEqual(roomIds(await search(bob, "larch")), [made]);
  await publish(alice, closed);
  assert.deepEqual(new Set(roomIds(await search(bob, "larch"))), new Set([made, closed]));
  ok(await tryPublish(alice, made, "private"));
  assert.deepEqual(roomIds(await search(bob, "larch")), [closed]);
  assert.equal(textAt(ok(await visibilityOf(bob, closed)), "visibility"), "public");
  assert.equal(textAt(ok(await visibilityOf(bob, open)), "visibility"), "private");
  // The default of the body.
  ok(await alice.put(route`/directory/list/room/${open}`, {}));
  assert.equal(textAt(ok(await visibilityOf(bob, open)), "visibility"), "public");
});

test("who asks for the visibility of a private room gets the answer of a room that does not exist", async () => {
  const [alice, bob] = await server.twoStrangers();
  const room = await makeRoom(alice);
  const [hidden, none] = [await visibilityOf(bob, room), await visibilityOf(bob, "!nothing")];
  refused(hidden, 404, "M_NOT_FOUND");
  assert.equal(hidden.text, none.text);
  assert.equal(textAt(ok(await visibilityOf(alice, room)), "visibility"), "private");
});

test("only members who may set the canonical alias publish a room or take it out", async () => {
  const [alice, bob] = await server.twoStrangers();
  const room = await makeRoomWith(alice, [bob], { name: "Spruce" });
  const stranger = await server.stranger();
  refused(await tryPublish(bob, room), 403, "M_FORBIDDEN");
  const [outside, nowhere] = [await tryPublish(stranger, room), await tryPublish(stranger, "!nothing")];
  refused(outside, 403, "M_FORBIDDEN");
  assert.equal(outside.text, nowhere.text);
  assert.deepEqual(roomIds(await search(bob, "spruce")), []);
  await setPower(alice, room, { users: { [bob.userId]: 50 } });
  await publish(bob, room);
  await leave(bob, room);
  refused(await tryPublish(bob, room, "private"), 403, "M_FORBIDDEN");
  await act(alice, "ban", room, bob);
  refused(await tryPublish(bob, room, "private"), 403, "M_FORBIDDEN");
  assert.deepEqual(roomIds(await search(alice, "spruce")), [room]);
  refused(await tryPublish(alice, room, "hidden"), 400, "M_BAD_JSON");
});

test("an entry tells what the specification names, as it is now, and long topics in short", async () => {
  const [alice, bob] = await server.twoStrangers();
  const room = await makeRoom(alice, {
    preset: "public_chat",
    visibility: "public",
    name: "Yew",
    topic: "t".repeat(5000),
    room_alias_name: "yew",
  });
  await setState(alice, room, "m.room.avatar", { url: "mxc://localhost/yew" });
  const entry = async () => listAt(await search(bob, "yew"), "chunk")[0];
  const first = await entry();
  assert.deepEqual(
    ["name", "canonical_alias", "avatar_url", "join_rule", "guest_can_join", "world_readable", "num_joined_members"].map((key) =>
      at(first, key),
    ),
    ["Yew", "#yew:localhost", "mxc://localhost/yew", "public", false, false, 1],
  );
  assert.equal(textAt(first, "topic").length, 1024);
  await join(bob, room);
  await setState(alice, room, "m.room.history_visibility", { history_visibility: "world_readable" });
  await setState(alice, room, "m.room.guest_access", { guest_access: "can_join" });
  await setState(alice, room, "m.room.join_rules", { join_rule: "knock" });
  await setState(alice, room, "m.room.avatar", { url: "javascript:alert(1)" });
  const second = await entry();
  assert.deepEqual(
    ["join_rule", "guest_can_join", "world_readable", "num_joined_members", "avatar_url"].map((key) => at(second, key)),
    ["knock", true, true, 2, undefined],
  );
});

test("a search finds words of name, topic and alias in any case and in Chinese, and a redacted name no more", async () => {
  const [alice, bob] = await server.twoStrangers();
  const named = await makeRoom(alice, { visibility: "public", name: "ÖFFENTLICHE Straße" });
  const told = await makeRoom(alice, { visibility: "public", name: "x", topic: "關於海軍的公告板" });
  const called = await makeRoom(alice, { visibility: "public" });
  await setAlias(alice, "#hornbeam:localhost", called);
  await setState(alice, called, "m.room.canonical_alias", { alias: "#hornbeam:localhost" });
  for (const term of ["öffentliche", "STRASSE öff", "ｓｔｒａｓｓｅ"]) assert.deepEqual(roomIds(await search(bob, term)), [named], term);
  assert.deepEqual(roomIds(await search(bob, "海軍")), [told]);
  assert.deepEqual(roomIds(await search(bob, "hornBEAM")), [called]);
  assert.deepEqual(roomIds(await search(bob, "hornbeam strasse")), []);
  const secret = await setState(alice, called, "m.room.name", { name: "Whitebeam" });
  assert.deepEqual(roomIds(await search(bob, "whitebeam")), [called]);
  await redact(alice, called, secret);
  assert.deepEqual(roomIds(await search(bob, "whitebeam")), []);
});

test("rooms are filtered by type, null standing for none", async () => {
  const [alice, bob] = await server.twoStrangers();
  const plain = await makeRoom(alice, { visibility: "public", name: "Alder room" });
  const space = await makeRoom(alice, { visibility: "public", name: "Alder space", creation_content: { type: "m.space" } });
  const ofType = async (...types: (string | null)[]) => roomIds(await search(bob, "alder", { room_types: types }));
  assert.deepEqual(await ofType(null), [plain]);
  assert.deepEqual(await ofType("m.space"), [space]);
  assert.deepEqual(new Set(await ofType("m.space", null)), new Set([plain, space]));
  assert.deepEqual(await ofType(), []);
  assert.deepEqual(await ofType("constructor"), []);
});

test("pages follow each other in both directions without gap or repetition, the largest rooms first", async () => {
  const [alice, bob] = await server.twoStrangers();
  const rooms: string[] = [];
  for (let count = 0; count < 7; count += 1)
    rooms.push(await makeRoom(alice, { preset: "public_chat", visibility: "public", name: `Rowan ${count}` }));
  await join(bob, rooms[3] ?? "");
  const page = (since?: string) =>
    publicRooms(bob, { limit: 3, filter: { generic_search_term: "rowan" }, ...(since === undefined ? {} : { since }) });
  const first = await page();
  assert.equal(roomIds(first)[0], rooms[3]);
  assert.equal(at(first, "prev_batch"), undefined);
  assert.equal(at(first, "total_room_count_estimate"), 7);
  const second = await page(textAt(first, "next_batch"));
  const third = await page(textAt(second, "next_batch"));
  assert.equal(at(third, "next_batch"), undefined);
  assert.deepEqual([first, second, third].flatMap((answer) => roomIds(answer)).sort(), rooms.toSorted());
  assert.deepEqual(roomIds(await page(textAt(third, "prev_batch"))), roomIds(second));
  assert.deepEqual(roomIds(await page(textAt(second, "prev_batch"))), roomIds(first));
  // The room at the edge of the page goes: the next page begins where it would have.
  ok(await tryPublish(alice, roomIds(first)[2] ?? "", "private"));
  assert.deepEqual(roomIds(await page(textAt(first, "next_batch"))), roomIds(second));
});

test("the older form lists the same, and limits and tokens that make no sense are refused", async () => {
  const alice = await server.stranger();
  const room = await makeRoom(alice, { visibility: "public" });
  assert.ok(roomIds(ok(await alice.get("/publicRooms", { limit: "100" }))).includes(room));
  assert.equal(roomIds(ok(await alice.get("/publicRooms", { limit: "1" }))).length, 1);
  for (const since of ["nonsense", "bnVsbA", Buffer.from('{"side":"after"}').toString("base64url"), "x".repeat(5000)])
    refused(await alice.get("/publicRooms", { since }), 400, "M_INVALID_PARAM");
  refused(await alice.get("/publicRooms", { limit: "-1" }), 400, "M_INVALID_PARAM");
  refused(await alice.post("/publicRooms", { limit: 1.5 }), 400, "M_BAD_JSON");
  refused(await server.http().request("GET", "/publicRooms"), 401, "M_MISSING_TOKEN");
});

test("other servers are not asked, and no room is of a bridged network", async () => {
  const alice = await server.stranger();
  await makeRoom(alice, { visibility: "public" });
  refused(await alice.get("/publicRooms", { server: "elsewhere.example" }), 404, "M_NOT_FOUND");
  refused(await alice.request("POST", "/publicRooms", { body: {}, query: { server: "elsewhere.example" } }), 404, "M_NOT_FOUND");
  ok(await alice.get("/publicRooms", { server: "localhost" }));
  assert.deepEqual(roomIds(await publicRooms(alice, { third_party_instance_id: "irc" })), []);
  assert.ok(roomIds(await publicRooms(alice, { include_all_networks: true })).length > 0);
});

test("a room that everybody has left is listed no longer, and again when somebody is back", async () => {
  const [alice, bob] = await server.twoStrangers();
  const room = await makeRoom(alice, { preset: "public_chat", visibility: "public", name: "Sallow" });
  await leave(alice, room);
  assert.deepEqual(roomIds(await search(bob, "sallow")), []);
  await join(bob, room);
  assert.deepEqual(roomIds(await search(alice, "sallow")), [room]);
});

test("the directory is the same after a restart, read without the rooms in memory", async (context) => {
  const composed = await composeHouse(context);
  const [alice, bob] = [await composed.http().register("alice"), await composed.http().register("bob")];
  const listed = await makeRoomWith(alice, [bob], { visibility: "public", name: "Juniper", topic: "of gin" });
  await makeRoom(alice, { preset: "public_chat", name: "Juniper, hidden" });
  const secret = await setState(alice, listed, "m.room.topic", { topic: "of whisky" });
  await redact(alice, listed, secret);
  const before = await search(bob, "juniper");
  await composed.close();
  await composed.open();
  const again = await composed.http().login(bob.name, bob.password);
  const after = await search(again, "juniper");
  assert.deepEqual(after, before);
  assert.deepEqual(roomIds(after), [listed]);
  assert.equal(at(listAt(after, "chunk")[0], "num_joined_members"), 2);
  assert.equal(at(listAt(after, "chunk")[0], "topic"), undefined);
});

test("a topic that an erased person gave to a room leaves the directory", async (context) => {
  const composed = await composeHouse(context);
  const [alice, mallory] = [await composed.http().register("alice"), await composed.http().register("mallory")];
  const room = await makeRoomWith(alice, [mallory], { visibility: "public", power_level_content_override: { state_default: 0 } });
  await setState(mallory, room, "m.room.topic", { topic: "Nightingale" });
  assert.deepEqual(roomIds(await search(alice, "nightingale")), [room]);
  await composed.house().rooms.erasePerson(mallory.userId);
  assert.deepEqual(roomIds(await search(alice, "nightingale")), []);
});
