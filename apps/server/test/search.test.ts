import assert from "node:assert/strict";
import { test } from "node:test";
import { at, type Json, type JsonRecord, listAt, ok, recordAt, refused, route, type Session, textAt } from "@wardroom/testkit";
import { composeHouse } from "./composed-house.test-support.ts";
import { act, bodiesOf, join, leave, makeRoom, makeRoomWith, redact, say, sayAll, send, setState } from "./room-steps.test-support.ts";
import { useServer } from "./running-server.test-support.ts";

const server = useServer();
const pair = server.twoStrangers;
const trySearch = (by: Session, room_events: JsonRecord, next_batch?: string) =>
  by.request("POST", "/search", {
    body: { search_categories: { room_events } },
    ...(next_batch === undefined ? {} : { query: { next_batch } }),
  });
const search = async (by: Session, search_term: string, more: JsonRecord = {}, next?: string): Promise<Json> =>
  at(ok(await trySearch(by, { search_term, order_by: "recent", ...more }, next)), "search_categories", "room_events") ?? null;
const resultsOf = (answer: Json): readonly Json[] => listAt(answer, "results").map((result) => at(result, "result") ?? null);
const idsIn = (answer: Json) => resultsOf(answer).map((event) => textAt(event, "event_id"));
const finds = async (by: Session, term: string, more?: JsonRecord) => idsIn(await search(by, term, more));
/** Every page, with how many there were. */
async function all(by: Session, term: string, more: JsonRecord = {}) {
  const ids: string[] = [];
  let next: string | undefined;
  for (let pages = 1; pages < 200; pages += 1) {
    const answer = await search(by, term, more, next);
    ids.push(...idsIn(answer));
    const token = recordAt(answer)["next_batch"];
    if (typeof token !== "string") return { ids, pages };
    next = token;
  }
  return assert.fail("the search has no end");
}

test("words are found in messages, names and topics, newest first, in every case and in Chinese", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob], { topic: "Ship's business" });
  const one = await say(alice, room, "The SHIP sails");
  const two = await say(bob, room, "今天的会议改到三点");
  const name = await setState(alice, room, "m.room.name", { name: "Shipyard" });
  const three = await say(bob, room, "a starship");
  const found = await finds(alice, "ship");
  assert.deepEqual(found.slice(0, 3), [three, name, one]);
  assert.equal(found.length, 4, "and the topic");
  assert.deepEqual(await finds(bob, "会议"), [two]);
  assert.deepEqual(await finds(bob, "三点 会议"), [two]);
  assert.deepEqual(await finds(bob, "ship sails"), [one]);
  assert.deepEqual(await finds(bob, "ship", { keys: ["content.name"] }), [name]);
  assert.deepEqual(await finds(bob, "submarine"), []);
});

test("an answer counts, names the words to highlight, and ranks; the default order is by rank", async () => {
  const [alice] = await pair();
  const room = await makeRoom(alice);
  const close = await say(alice, room, "anchor");
  const far = await say(alice, room, "somewhere below lies an anchor of iron");
  const answer = at(ok(await trySearch(alice, { search_term: "Anchor" })), "search_categories", "room_events") ?? null;
  assert.deepEqual(idsIn(answer), [close, far]);
  assert.deepEqual([at(answer, "count"), listAt(answer, "highlights")], [2, ["anchor"]]);
  const ranks = listAt(answer, "results").map((result) => Number(at(result, "rank")));
  assert.ok((ranks[0] ?? 0) > (ranks[1] ?? 0));
});

test("nothing is found that one may not see: other rooms, before one's time, after one's leave", async () => {
  const [alice, bob] = await pair();
  const [carol, invited] = await pair();
  const room = await makeRoom(alice, {
    preset: "public_chat",
    initial_state: [{ type: "m.room.history_visibility", content: { history_visibility: "joined" } }],
  });
  await say(alice, room, "treasure before");
  await join(bob, room);
  const during = await say(alice, room, "treasure during");
  await leave(bob, room);
  await say(alice, room, "treasure after");
  await act(alice, "invite", room, invited);
  assert.deepEqual(await finds(bob, "treasure"), [during]);
  for (const who of [carol, invited]) assert.deepEqual(await finds(who, "treasure"), []);
  for (const who of [carol, bob]) {
    const answer = await search(who, "treasure", { filter: { rooms: [room] }, event_context: {}, include_state: true });
    assert.doesNotMatch(JSON.stringify(answer), /treasure before|treasure after/);
  }
});

test("the banned keep what they saw and find nothing newer; who forgot the room finds nothing", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  const seen = await say(alice, room, "lantern one");
  await act(alice, "ban", room, bob);
  await say(alice, room, "lantern two");
  assert.deepEqual(await finds(bob, "lantern"), [seen]);
  ok(await bob.post(route`/rooms/${room}/forget`));
  assert.deepEqual(await finds(bob, "lantern"), []);
});

test("a knock opens no search", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoom(alice, {
    initial_state: [
      { type: "m.room.join_rules", content: { join_rule: "knock" } },
      { type: "m.room.history_visibility", content: { history_visibility: "shared" } },
    ],
  });
  await say(alice, room, "harpoon");
  ok(await bob.post(route`/knock/${room}`));
  assert.deepEqual(await finds(bob, "harpoon"), []);
});

test("the redacted is not found, nor are its words in another answer", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  const id = await say(alice, room, "quicksand here");
  const kept = await say(alice, room, "quicksand there");
  await redact(alice, room, id);
  const answer = await search(bob, "quicksand", { event_context: {}, include_state: true });
  assert.deepEqual(idsIn(answer), [kept]);
  assert.doesNotMatch(JSON.stringify(answer), /quicksand here/);
});

test("encrypted rooms are left out whole", async () => {
  const [alice] = await pair();
  const room = await makeRoom(alice);
  await say(alice, room, "sextant in clear");
  assert.equal((await finds(alice, "sextant")).length, 1);
  await setState(alice, room, "m.room.encryption", { algorithm: "m.megolm.v1.aes-sha2" });
  await send(alice, room, "m.room.message", { msgtype: "m.text", body: "sextant by mistake" });
  assert.deepEqual(await finds(alice, "sextant"), []);
});

test("only the named keys of the named types are looked at", async () => {
  const [alice] = await pair();
  const room = await makeRoom(alice);
  await send(alice, room, "org.example.note", { body: "compass" });
  await send(alice, room, "m.room.message", { msgtype: "m.text", body: "x", name: "compass", formatted_body: "<b>compass</b>" });
  await send(alice, room, "m.room.message", { msgtype: "m.text", body: 7, constructor: "compass" });
  await setState(alice, room, "m.room.name", { name: "compass" }, "not-empty");
  assert.deepEqual(await finds(alice, "compass", { keys: ["content.body", "content.topic"] }), []);
});

test("context is what stood around, past the same check, with tokens that messages takes", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoom(alice, {
    preset: "public_chat",
    initial_state: [{ type: "m.room.history_visibility", content: { history_visibility: "joined" } }],
  });
  await sayAll(alice, room, "hidden one", "hidden two");
  ok(await bob.put(route`/profile/${bob.userId}/displayname`, { displayname: "Bob then" }));
  await join(bob, room);
  const ids = await sayAll(bob, room, "a", "b", "mast", "c", "d");
  ok(await bob.put(route`/profile/${bob.userId}/displayname`, { displayname: "Bob now" }));
  const answer = await search(bob, "mast", { event_context: { before_limit: 9, after_limit: 1, include_profile: true } });
  const context = at(listAt(answer, "results")[0], "context") ?? null;
  const before = listAt(context, "events_before");
  assert.deepEqual(bodiesOf(before), ["b", "a"], "newest first");
  assert.doesNotMatch(JSON.stringify(answer), /hidden/);
  assert.deepEqual(bodiesOf(listAt(context, "events_after")), ["c"]);
  assert.equal(at(context, "profile_info", bob.userId, "displayname"), "Bob then");
  const more = ok(await bob.get(route`/rooms/${room}/messages`, { dir: "f", from: textAt(context, "end") }));
  assert.equal(textAt(listAt(more, "chunk")[0], "event_id"), ids[4]);
});

test("groups name the results by room and by sender; state comes when asked for", async () => {
  const [alice, bob] = await pair();
  const [room, other] = [await makeRoomWith(alice, [bob], { name: "One" }), await makeRoomWith(bob, [alice])];
  const [one, two, three] = [await say(alice, room, "rope 1"), await say(bob, room, "rope 2"), await say(bob, other, "rope 3")];
  const group_by = [{ key: "room_id" }, { key: "sender" }];
  const answer = await search(alice, "rope", { groupings: { group_by }, include_state: true });
  assert.deepEqual(listAt(answer, "groups", "room_id", room, "results"), [two, one]);
  assert.deepEqual(listAt(answer, "groups", "sender", bob.userId, "results"), [three, two]);
  assert.deepEqual(Object.keys(recordAt(answer, "state")).sort(), [room, other].sort());
  assert.ok(listAt(answer, "state", room).some((event) => at(event, "content", "name") === "One"));
  assert.equal(recordAt(await search(alice, "rope"))["state"], undefined);
});

test("filters hold: rooms, senders, types, limits", async () => {
  const [alice, bob] = await pair();
  const [room, other] = [await makeRoomWith(alice, [bob]), await makeRoomWith(bob, [alice])];
  const [one, two, three] = [await say(alice, room, "sail 1"), await say(bob, room, "sail 2"), await say(bob, other, "sail 3")];
  const filtered = (filter: JsonRecord) => finds(alice, "sail", { filter });
  assert.deepEqual(await filtered({ rooms: [room] }), [two, one]);
  assert.deepEqual(await filtered({ not_rooms: [room] }), [three]);
  assert.deepEqual(await filtered({ senders: [bob.userId], rooms: [room] }), [two]);
  assert.deepEqual(await filtered({ types: ["m.room.topic"] }), []);
  assert.deepEqual(await filtered({ limit: 1 }), [three]);
});

test("page after page everything is found once, in order, across rooms, also when others write meanwhile", async () => {
  const [alice, bob] = await pair();
  const rooms = [await makeRoomWith(alice, [bob]), await makeRoomWith(alice, [bob]), await makeRoomWith(bob, [alice])];
  const wanted: string[] = [];
  for (let index = 0; index < 45; index += 1) {
    const room = rooms[(index * 7) % 3] ?? "";
    if (index % 3 === 0) await say(bob, room, `noise ${index}`);
    wanted.push(await say(index % 2 === 0 ? alice : bob, room, `buoy ${index}`));
  }
  wanted.reverse();
  assert.deepEqual((await all(alice, "buoy", { filter: { limit: 50 } })).ids, wanted);
  const paged = await all(alice, "buoy", { filter: { limit: 4 } });
  assert.deepEqual(paged.ids, wanted);
  const first = await search(alice, "buoy", { filter: { limit: 4 } });
  await say(bob, rooms[0] ?? "", "buoy of later");
  const second = await search(alice, "buoy", { filter: { limit: 4 } }, textAt(first, "next_batch"));
  assert.deepEqual([...idsIn(first), ...idsIn(second)], wanted.slice(0, 8));
});

test("a token is worth nothing in other hands, and one that is none is refused", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoom(alice);
  await sayAll(alice, room, "pearl 1", "pearl 2");
  const first = await search(alice, "pearl", { filter: { limit: 1 } });
  const token = textAt(first, "next_batch");
  assert.deepEqual(idsIn(await search(bob, "pearl", {}, token)), []);
  for (const wrong of ["x", "1", "-1", "s1_2_3", "__proto__"])
    refused(await trySearch(alice, { search_term: "pearl" }, wrong), 400, "M_INVALID_PARAM");
});

test("questions of a wrong shape are refused; an empty one finds nothing", async () => {
  const [alice] = await pair();
  const room = await makeRoom(alice);
  await say(alice, room, "x");
  for (const wrong of [
    {},
    { search_term: 7 },
    { search_term: "x".repeat(513) },
    { search_term: "x", keys: ["content.secret"] },
    { search_term: "x", order_by: "constructor" },
    { search_term: "x", event_context: { before_limit: -1 } },
    { search_term: "x", groupings: { group_by: [{ key: "__proto__" }] } },
  ]) {
    const answer = await trySearch(alice, wrong);
    assert.equal(answer.status, 400, answer.text);
  }
  for (const nothing of ["", "  "]) assert.deepEqual(await finds(alice, nothing), []);
  assert.deepEqual({ ...recordAt(ok(await alice.post("/search", { search_categories: {} })), "search_categories") }, {});
});

test("a search that finds nothing in a long history ends early and goes on where it stopped", async (context) => {
  const house = await composeHouse(context);
  const alice = await house.http().register("alice");
  const room = await makeRoom(alice);
  const needle = await say(alice, room, "needle");
  const actor = { userId: alice.userId, deviceId: alice.deviceId, isAdmin: false };
  const { rooms } = house.house();
  await Promise.all(
    Array.from({ length: 2500 }, (_, index) =>
      rooms.sendMessage(actor, {
        roomId: room,
        type: "m.room.message",
        content: { msgtype: "m.text", body: "hay" },
        transactionId: `h${index}`,
      }),
    ),
  );
  const { ids, pages } = await all(alice, "needle");
  assert.deepEqual(ids, [needle]);
  assert.ok(pages >= 2 && pages <= 6, `${pages} pages`);
});

test("an erased person's words are not found", async (context) => {
  const house = await composeHouse(context);
  const [alice, bob] = [await house.http().register("alice"), await house.http().register("bob")];
  const room = await makeRoomWith(alice, [bob]);
  await say(bob, room, "whalebone");
  assert.equal((await finds(alice, "whalebone")).length, 1);
  await house.house().rooms.erasePerson(bob.userId);
  assert.deepEqual(await finds(alice, "whalebone"), []);
});
