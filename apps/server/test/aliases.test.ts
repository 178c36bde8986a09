import assert from "node:assert/strict";
import { test } from "node:test";
import { at, listAt, ok, refused, route, textAt } from "@wardroom/testkit";
import { composeHouse } from "./composed-house.test-support.ts";
import { resolve, setAlias, tryDeleteAlias, trySetAlias } from "./directory-steps.test-support.ts";
import { act, getState, join, leave, makeRoom, makeRoomWith, setPower, setState, trySetState } from "./room-steps.test-support.ts";
import { useServer } from "./running-server.test-support.ts";

const server = useServer();
let made = 0;
const newAlias = () => `#alias${(made += 1)}:localhost`;
const CANONICAL = "m.room.canonical_alias";

test("a member gives the room an alias, which leads there for everybody, until it is deleted", async () => {
  const [alice, bob] = await server.twoStrangers();
  const room = await makeRoom(alice);
  const alias = newAlias();
  await setAlias(alice, alias, room);
  const found = ok(await resolve(bob, alias));
  assert.equal(textAt(found, "room_id"), room);
  assert.deepEqual(listAt(found, "servers"), ["localhost"]);
  ok(await tryDeleteAlias(alice, alias));
  refused(await resolve(alice, alias), 404, "M_NOT_FOUND");
  refused(await tryDeleteAlias(alice, alias), 404, "M_NOT_FOUND");
});

test("an alias that is taken is refused with 409, to its own maker too, and still leads where it led", async () => {
  const [alice, bob] = await server.twoStrangers();
  const [room, other] = [await makeRoom(alice), await makeRoom(bob)];
  const alias = newAlias();
  await setAlias(alice, alias, room);
  refused(await trySetAlias(bob, alias, other), 409, "M_UNKNOWN");
  refused(await trySetAlias(alice, alias, room), 409, "M_UNKNOWN");
  assert.equal(textAt(ok(await resolve(bob, alias)), "room_id"), room);
});

test("of many who want one alias at once, by both ways of making one, exactly one gets it", async () => {
  const [alice, bob] = await server.twoStrangers();
  const rooms = await Promise.all([alice, bob, alice, bob].map((who) => makeRoom(who)));
  const answers = await Promise.all([
    ...rooms.map((room, index) => trySetAlias(index % 2 === 0 ? alice : bob, "#wanted:localhost", room)),
    alice.post("/createRoom", { room_alias_name: "wanted" }),
    bob.post("/createRoom", { room_alias_name: "wanted" }),
  ]);
  assert.equal(answers.filter(({ status }) => status === 200).length, 1);
  for (const answer of answers) if (answer.status !== 200) assert.ok(answer.status === 409 || answer.status === 400, answer.text);
  ok(await resolve(alice, "#wanted:localhost"));
});

test("only members make aliases of a room, and a stranger learns not whether it exists", async () => {
  const [alice, bob] = await server.twoStrangers();
  const room = await makeRoomWith(alice, [bob]);
  const answers = [await trySetAlias(await server.stranger(), newAlias(), room), await trySetAlias(bob, newAlias(), "!nothing:localhost")];
  await leave(bob, room);
  answers.push(await trySetAlias(bob, newAlias(), room));
  await act(alice, "ban", room, bob);
  answers.push(await trySetAlias(bob, newAlias(), room));
  for (const answer of answers) refused(answer, 403, "M_FORBIDDEN");
  assert.equal(new Set(answers.map(({ text }) => text)).size, 1);
});

test("aliases of other servers, without a name, too long, or with blanks and invisible characters are refused", async () => {
  const alice = await server.stranger();
  const room = await makeRoom(alice);
  const wrong = [
    "#a:elsewhere.example",
    "#:localhost",
    `#${"x".repeat(250)}:localhost`,
    "#a b:localhost",
    "#a\u200bb:localhost",
    "#a",
    "#a:b:localhost",
  ];
  for (const alias of wrong) refused(await trySetAlias(alice, alias, room), 400, "M_INVALID_PARAM");
  for (const name of ["a b", "a\u202eb"]) refused(await alice.post("/createRoom", { room_alias_name: name }), 400, "M_INVALID_PARAM");
  refused(await alice.put(route`/directory/room/${newAlias()}`, {}), 400, "M_BAD_JSON");
  await setAlias(alice, "#公告板:localhost", room);
  assert.equal(textAt(ok(await resolve(alice, "#公告板:localhost")), "room_id"), room);
});

test("a room has a hundred aliases at most", async () => {
  const alice = await server.stranger();
  const room = await makeRoom(alice);
  for (let count = 0; count < 100; count += 1) await setAlias(alice, newAlias(), room);
  refused(await trySetAlias(alice, newAlias(), room), 403, "M_FORBIDDEN");
  assert.equal(listAt(ok(await alice.get(route`/rooms/${room}/aliases`)), "aliases").length, 100);
});

test("an alias is deleted by who made it, also after they left, and by who may name the room; by nobody else", async () => {
  const [alice, bob] = await server.twoStrangers();
  const carol = await server.stranger();
  const room = await makeRoomWith(alice, [bob, carol]);
  const [one, two, three] = [newAlias(), newAlias(), newAlias()];
  for (const alias of [one, two]) await setAlias(bob, alias, room);
  await setAlias(alice, three, room);
  refused(await tryDeleteAlias(carol, one), 403, "M_FORBIDDEN");
  refused(await tryDeleteAlias(await server.stranger(), one), 403, "M_FORBIDDEN");
  refused(await tryDeleteAlias(bob, three), 403, "M_FORBIDDEN");
  await setPower(alice, room, { users: { [bob.userId]: 50 } });
  await leave(bob, room);
  refused(await tryDeleteAlias(bob, three), 403, "M_FORBIDDEN");
  ok(await tryDeleteAlias(bob, one));
  ok(await tryDeleteAlias(alice, two));
});

test("an administrator deletes any alias", async (context) => {
  const composed = await composeHouse(context);
  await composed.house().identity.createAccount({ localpart: "root", password: "a pass phrase of root", isAdmin: true });
  const [alice, root] = [await composed.http().register("alice"), await composed.http().login("root", "a pass phrase of root")];
  const room = await makeRoom(alice, { room_alias_name: "mine", visibility: "public" });
  ok(await tryDeleteAlias(root, "#mine:localhost"));
  refused(await resolve(alice, "#mine:localhost"), 404, "M_NOT_FOUND");
  // They are not in the room, so the event that names it is not theirs to change; they may tidy the directory, not fill it.
  assert.equal(at(await getState(alice, room, CANONICAL), "alias"), "#mine:localhost");
  const list = (visibility: string) => root.put(route`/directory/list/room/${room}`, { visibility });
  ok(await list("private"));
  refused(await list("public"), 403, "M_FORBIDDEN");
  refused(await root.get(route`/rooms/${room}/aliases`), 403, "M_FORBIDDEN");
});

test("a deleted alias leaves the canonical alias event where its deleter may write that, and only there", async () => {
  const [alice, bob] = await server.twoStrangers();
  const room = await makeRoomWith(alice, [bob]);
  const [main, other, bobs] = [newAlias(), newAlias(), newAlias()];
  await setAlias(alice, main, room);
  await setAlias(alice, other, room);
  await setAlias(bob, bobs, room);
  await setState(alice, room, CANONICAL, { alias: main, alt_aliases: [other, bobs], "org.example": 1 });
  ok(await tryDeleteAlias(bob, bobs));
  assert.deepEqual(listAt(await getState(alice, room, CANONICAL), "alt_aliases"), [other, bobs]);
  ok(await tryDeleteAlias(alice, other));
  assert.deepEqual(listAt(await getState(alice, room, CANONICAL), "alt_aliases"), [bobs]);
  ok(await tryDeleteAlias(alice, main));
  const last = await getState(bob, room, CANONICAL);
  assert.equal(at(last, "alias"), undefined);
  assert.equal(at(last, "org.example"), 1);
});

test("the canonical alias event names only aliases of its room: bad syntax and foreign ones are told apart", async () => {
  const [alice, bob] = await server.twoStrangers();
  const [room, elsewhere] = [await makeRoom(alice), await makeRoom(bob)];
  const [mine, theirs] = [newAlias(), newAlias()];
  await setAlias(alice, mine, room);
  await setAlias(bob, theirs, elsewhere);
  for (const content of [{ alias: theirs }, { alt_aliases: [mine, theirs] }, { alias: newAlias() }])
    refused(await trySetState(alice, room, CANONICAL, content), 400, "M_BAD_ALIAS");
  for (const content of [{ alias: "nonsense" }, { alias: 7 }, { alt_aliases: [mine, "x"] }, { alt_aliases: "x" }])
    refused(await trySetState(alice, room, CANONICAL, content), 400, "M_INVALID_PARAM");
  await setState(alice, room, CANONICAL, { alias: mine, alt_aliases: [mine] });
  // What the room is called already may stay, even where it leads nowhere any more.
  ok(await tryDeleteAlias(alice, mine));
  refused(await trySetState(alice, room, CANONICAL, { alias: mine }), 400, "M_BAD_ALIAS");
});

test("the list of aliases is for members, and for everybody where the room is world-readable", async () => {
  const [alice, bob] = await server.twoStrangers();
  const room = await makeRoom(alice, { preset: "public_chat" });
  const alias = newAlias();
  await setAlias(alice, alias, room);
  const list = () => bob.get(route`/rooms/${room}/aliases`);
  const [outside, nowhere] = [await list(), await bob.get(route`/rooms/${"!nothing"}/aliases`)];
  refused(outside, 403, "M_FORBIDDEN");
  assert.equal(outside.text, nowhere.text);
  await join(bob, room);
  assert.deepEqual(listAt(ok(await list()), "aliases"), [alias]);
  await leave(bob, room);
  refused(await list(), 403, "M_FORBIDDEN");
  await setState(alice, room, "m.room.history_visibility", { history_visibility: "world_readable" });
  assert.deepEqual(listAt(ok(await list()), "aliases"), [alias]);
  assert.deepEqual(listAt(ok(await (await server.stranger()).get(route`/rooms/${room}/aliases`)), "aliases"), [alias]);
});

test("aliases survive a restart, the deleted ones stay deleted", async (context) => {
  const composed = await composeHouse(context);
  const alice = await composed.http().register("alice");
  const room = await makeRoom(alice);
  await setAlias(alice, "#kept:localhost", room);
  await setAlias(alice, "#gone:localhost", room);
  ok(await tryDeleteAlias(alice, "#gone:localhost"));
  await composed.close();
  await composed.open();
  const again = await composed.http().login(alice.name, alice.password);
  assert.deepEqual(listAt(ok(await again.get(route`/rooms/${room}/aliases`)), "aliases"), ["#kept:localhost"]);
});
