import assert from "node:assert/strict";
import { test } from "node:test";
import { at, listAt, ok, refused, route, type Session } from "@wardroom/testkit";
import { composeHouse } from "./composed-house.test-support.ts";
import { foundBy, searchPeople } from "./directory-steps.test-support.ts";
import { act, join, leave, makeRoom, makeRoomWith } from "./room-steps.test-support.ts";
import { useServer } from "./running-server.test-support.ts";

const server = useServer();
const setName = async (who: Session, displayname: string) => ok(await who.put(route`/profile/${who.userId}/displayname`, { displayname }));
const mutual = (by: Session, query: Readonly<Record<string, string>>) => by.get("/_matrix/client/v1/mutual_rooms", query);

test("people are found with whom one is in a room, by name and by localpart, with their profile", async () => {
  const [alice, bob] = [await server.stranger(), await server.person("robert")];
  await setName(bob, "Bob Burns");
  ok(await bob.put(route`/profile/${bob.userId}/avatar_url`, { avatar_url: "mxc://localhost/bob" }));
  await makeRoomWith(alice, [bob]);
  for (const term of ["bob", "BURNS", "bob burns", "burns bo", "rob", "@robert:localhost", "robert:local", "ober"])
    assert.deepEqual(await foundBy(alice, term), [bob.userId], term);
  const [found] = listAt(await searchPeople(alice, "bob"), "results");
  assert.deepEqual({ ...Object(found) }, { user_id: bob.userId, display_name: "Bob Burns", avatar_url: "mxc://localhost/bob" });
  for (const term of ["robert:elsewhere.example", "localhost", "nobody", "   ", "constructor"])
    assert.deepEqual(await foundBy(alice, term), [], term);
});

test("who shares no room is not found: not by name, not by the exact id, not by being in an open room; nor is oneself", async () => {
  const [alice, eve] = [await server.person("alice"), await server.person("eve-hidden")];
  await setName(eve, "Eve Invisible");
  await makeRoom(eve, { preset: "public_chat", visibility: "public" });
  await makeRoom(alice);
  for (const term of ["eve", "Eve Invisible", "@eve-hidden:localhost", "eve-hidden"])
    assert.deepEqual({ ...Object(await searchPeople(alice, term)) }, { results: [], limited: false }, term);
  assert.deepEqual(await foundBy(alice, "alice"), []);
});

test("the invited, those who left and the banned are not found, and find nobody; who comes back is", async () => {
  const [alice, bob] = [await server.stranger(), await server.person("walter")];
  const room = await makeRoom(alice);
  const both = async () => [await foundBy(alice, "walter"), await foundBy(bob, alice.name)];
  await act(alice, "invite", room, bob);
  assert.deepEqual(await both(), [[], []]);
  await join(bob, room);
  assert.deepEqual(await both(), [[bob.userId], [alice.userId]]);
  await leave(bob, room);
  assert.deepEqual(await both(), [[], []]);
  await act(alice, "invite", room, bob);
  await join(bob, room);
  assert.deepEqual(await both(), [[bob.userId], [alice.userId]]);
  await act(alice, "ban", room, bob);
  assert.deepEqual(await both(), [[], []]);
});

test("names are found in Chinese by any part, in full-width letters, and without regard to case", async () => {
  const [alice, bob] = await server.twoStrangers();
  await makeRoomWith(alice, [bob]);
  await setName(bob, "王小明");
  for (const term of ["王", "小明", "王小明"]) assert.deepEqual(await foundBy(alice, term), [bob.userId], term);
  await setName(bob, "Ｇｒｏß Ὀδυσσεύς");
  for (const term of ["gross", "GROSS", "ὀδυσσεύσ", "ὈΔΥΣΣΕΎΣ"]) assert.deepEqual(await foundBy(alice, term), [bob.userId], term);
  assert.deepEqual(await foundBy(alice, "小明"), [], "the name before is found no longer");
});

test("the best come first, the limit is kept, and what was left out is said", async () => {
  const alice = await server.stranger();
  const names = ["mar", "marianne", "anna-mar", "elmar", "xx-one"];
  const people = await server.people(...names);
  await makeRoomWith(alice, people);
  assert.deepEqual(
    await foundBy(alice, "mar"),
    ["mar", "marianne", "anna-mar", "elmar"].map((name) => `@${name}:localhost`),
  );
  const two = await searchPeople(alice, "mar", 2);
  assert.deepEqual([listAt(two, "results").length, at(two, "limited")], [2, true]);
  assert.equal(at(await searchPeople(alice, "mar", 4), "limited"), false);
});

test("searches that make no sense are refused", async () => {
  const alice = await server.stranger();
  const ask = (body: { readonly [key: string]: string | number }) => alice.post("/user_directory/search", body);
  for (const body of [
    {},
    { search_term: 7 },
    { search_term: "a", limit: -1 },
    { search_term: "a", limit: 0.5 },
    { search_term: "x".repeat(300) },
  ])
    refused(await ask(body), 400, "M_BAD_JSON");
});

test("the index is the same after a restart; erased names and deactivated accounts are not in it", async (context) => {
  const composed = await composeHouse(context);
  const [alice, bob, mallory] = [
    await composed.http().register("alice"),
    await composed.http().register("bob"),
    await composed.http().register("mallory"),
  ];
  await setName(bob, "Admiral");
  await setName(mallory, "Admiral too");
  const room = await makeRoomWith(alice, [bob, mallory]);
  assert.deepEqual(await foundBy(alice, "admiral"), [bob.userId, mallory.userId]);
  await composed.house().rooms.erasePerson(mallory.userId);
  assert.deepEqual(await foundBy(alice, "admiral"), [bob.userId]);
  await composed.close();
  await composed.open();
  const [a, b] = [await composed.http().login(alice.name, alice.password), await composed.http().login(bob.name, bob.password)];
  assert.deepEqual(await foundBy(a, "admiral"), [bob.userId]);
  assert.deepEqual(await foundBy(a, "mallory"), [mallory.userId]);
  await leave(b, room);
  assert.deepEqual(await foundBy(a, "admiral"), []);
});

test("where the configuration says everyone, everybody is found, accounts of this moment included", async (context) => {
  const composed = await composeHouse(context, { "user_directory.search": "everyone" });
  const alice = await composed.http().register("alice");
  assert.deepEqual(await foundBy(alice, "bob"), []);
  const bob = await composed.http().register("bob");
  assert.deepEqual(await foundBy(alice, "bob"), [bob.userId]);
  assert.deepEqual(await foundBy(alice, "alice"), []);
  for (let count = 0; count < 52; count += 1) await composed.house().identity.createAccount({ localpart: `crowd${count}` });
  const crowd = await searchPeople(alice, "crowd", 1000);
  assert.deepEqual([listAt(crowd, "results").length, at(crowd, "limited")], [50, true], "fifty at most");
});

test("mutual rooms are those that both are in, page by page, and nobody's in other cases", async () => {
  const [alice, bob] = await server.twoStrangers();
  const rooms = await Promise.all([1, 2, 3].map(() => makeRoomWith(alice, [bob])));
  await makeRoom(bob);
  const left = await makeRoomWith(alice, [bob]);
  await leave(bob, left);
  const answer = ok(await mutual(alice, { user_id: bob.userId }));
  assert.deepEqual([listAt(answer, "joined"), at(answer, "count"), at(answer, "next_batch")], [rooms.toSorted(), 3, undefined]);
  assert.deepEqual(listAt(ok(await mutual(await server.stranger(), { user_id: bob.userId })), "joined"), []);
  assert.equal(at(ok(await mutual(alice, { user_id: "@nobody:localhost" })), "count"), 0);
  for (const query of [{ user_id: alice.userId }, { user_id: "nonsense" }, { user_id: bob.userId, from: "nonsense" }])
    refused(await mutual(alice, query), 400, "M_INVALID_PARAM");
  refused(await mutual(alice, {}), 400, "M_MISSING_PARAM");
});
