import assert from "node:assert/strict";
import { test } from "node:test";
import { at, type Json, listAt, ok, recordAt, refused, route, textAt } from "@wardroom/testkit";
import { bodiesOf, idsOf, makeRoom, makeRoomWith, say, sayAll, setState, stateKeysOf } from "./room-steps.test-support.ts";
import { useServer } from "./running-server.test-support.ts";
import { nextBatch, now, roomIn, stateOf, sync, timelineOf } from "./sync-steps.test-support.ts";

const server = useServer();
/** Fresh people: what others did in other tests is in nobody's stream. */
const pair = server.twoStrangers;
const counted = (count: number) => Array.from({ length: count }, (_, index) => `message ${index}`);
const limit = (events: number) => ({ room: { timeline: { limit: events } } });

test("lazy loading gives the members who speak and oneself, and each new speaker by the time that they speak", async () => {
  const [alice, bob] = await pair();
  const carol = await server.stranger();
  const room = await makeRoomWith(alice, [bob, carol]);
  await sayAll(carol, room, "hello");
  const lazy = { room: { state: { lazy_load_members: true }, timeline: { limit: 1 } } };
  const answer = await sync(bob, { filter: lazy });
  const keys = new Set(stateKeysOf(stateOf(answer, room)));
  assert.ok(keys.has(`m.room.member|${carol.userId}`), "the one who spoke");
  assert.ok(keys.has(`m.room.member|${bob.userId}`), "oneself");
  assert.ok(keys.has("m.room.create|"));
  const since = nextBatch(answer);
  await say(alice, room, "I speak too");
  const next = await sync(bob, { since, filter: lazy });
  // She may have come already as one of those by whom a nameless room is called.
  const told = [...stateOf(answer, room), ...stateOf(next, room)];
  assert.ok(stateKeysOf(told).includes(`m.room.member|${alice.userId}`), "a new speaker's member event comes with their words");
});

test("lazy loading repeats members where the client asks for redundant ones", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  const filter = { room: { state: { lazy_load_members: true, include_redundant_members: true }, timeline: { limit: 5 } } };
  let since = nextBatch(await sync(bob, { filter }));
  for (const text of ["one", "two"]) {
    await say(alice, room, text);
    const answer = await sync(bob, { since, filter });
    assert.ok(stateKeysOf(stateOf(answer, room)).includes(`m.room.member|${alice.userId}`), text);
    since = nextBatch(answer);
  }
});

test("a member who changed during a gap is told also under lazy loading if they speak", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  const lazy = { room: { state: { lazy_load_members: true }, timeline: { limit: 2 } } };
  const first = await sync(bob, { filter: lazy });
  await setState(alice, room, "m.room.member", { membership: "join", displayname: "New name" }, alice.userId);
  await sayAll(alice, room, ...counted(4));
  const answer = await sync(bob, { since: nextBatch(first), filter: lazy });
  const member = stateOf(answer, room).find((event) => at(event, "state_key") === alice.userId);
  assert.equal(at(member, "content", "displayname"), "New name");
});

test("a stored filter and the same one inline do the same", async () => {
  const [alice] = await pair();
  const room = await makeRoom(alice);
  await sayAll(alice, room, ...counted(4));
  const id = textAt(ok(await alice.post(route`/user/${alice.userId}/filter`, limit(2))), "filter_id");
  assert.doesNotMatch(id, /^\{/);
  const [stored, inline] = [await sync(alice, { filter: id }), await sync(alice, { filter: limit(2) })];
  assert.deepEqual(idsOf(timelineOf(stored, room)), idsOf(timelineOf(inline, room)));
  assert.equal(timelineOf(stored, room).length, 2);
  assert.equal(at(ok(await alice.get(route`/user/${alice.userId}/filter/${id}`)), "room", "timeline", "limit"), 2);
});

test("filters choose rooms, types and senders, and switch off what is not wanted", async () => {
  const [alice, bob] = await pair();
  const [room, other] = [await makeRoomWith(alice, [bob]), await makeRoomWith(alice, [bob])];
  await say(alice, room, "from alice");
  await say(bob, room, "from bob");
  const texts = async (filter: { readonly [key: string]: Json }) =>
    bodiesOf(timelineOf(await sync(bob, { filter: { room: filter } }), room));
  assert.deepEqual(await texts({ timeline: { senders: [alice.userId] } }), ["from alice"]);
  assert.deepEqual(await texts({ timeline: { not_senders: [alice.userId] } }), ["from bob"]);
  assert.deepEqual(await texts({ timeline: { not_types: ["m.room.mess*"] } }), []);
  assert.deepEqual(await texts({ timeline: { types: ["m.room.message"] } }), ["from alice", "from bob"]);
  const only = await sync(bob, { filter: { room: { rooms: [room] } } });
  assert.deepEqual(Object.keys(recordAt(only, "rooms", "join")), [room]);
  const not = await sync(bob, { filter: { room: { not_rooms: [room] } } });
  assert.deepEqual(Object.keys(recordAt(not, "rooms", "join")), [other]);
  const few = await sync(bob, {
    filter: { account_data: { types: [] }, room: { state: { types: ["m.room.create"] }, timeline: { limit: 1 } } },
  });
  assert.deepEqual(listAt(few, "account_data", "events"), []);
  assert.deepEqual(stateKeysOf(stateOf(few, room)), ["m.room.create|"]);
});

test("a timeline limit of nothing but others' types still tells of the gap", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  const since = await now(bob);
  const wanted = [await setState(alice, room, "org.example.wanted", { n: 1 })];
  await sayAll(alice, room, ...counted(6));
  wanted.push(await setState(alice, room, "org.example.wanted", { n: 2 }));
  const answer = await sync(bob, { since, filter: { room: { timeline: { limit: 5, types: ["org.example.wanted"] } } } });
  assert.deepEqual(idsOf(timelineOf(answer, room)), wanted, "what does not match takes no room in the timeline");
});

test("another person's filter, and one that was never made, cannot be used", async () => {
  const [alice, bob] = await pair();
  const id = textAt(ok(await alice.post(route`/user/${alice.userId}/filter`, limit(2))), "filter_id");
  refused(await bob.get(route`/user/${alice.userId}/filter/${id}`), 403, "M_FORBIDDEN");
  refused(await bob.post(route`/user/${alice.userId}/filter`, limit(2)), 403, "M_FORBIDDEN");
  for (const unknown of ["no-such-filter", "constructor", "__proto__", "999999"]) {
    refused(await bob.get(route`/user/${bob.userId}/filter/${unknown}`), 404, "M_NOT_FOUND");
    const answer = await bob.get("/sync", { filter: unknown, timeout: "0" });
    assert.ok(answer.status === 400 || answer.status === 404, answer.text);
  }
});

test("broken tokens, filters and timeouts are bad requests", async () => {
  const [alice] = await pair();
  const token = await now(alice);
  for (const query of [
    { since: "garbage" },
    { since: "__proto__" },
    { since: `${token}x` },
    { filter: "{" },
    { filter: "{}x" },
    { filter: '{"room":7}' },
    { filter: '{"room":{"timeline":{"limit":"many"}}}' },
    { filter: '{"room":{"timeline":{"limit":1.5}}}' },
    { filter: '{"room":{"timeline":{"types":"m.room.message"}}}' },
    { timeout: "soon" },
    { timeout: "-1" },
    { full_state: "perhaps" },
  ] as Readonly<Record<string, string>>[]) {
    const answer = await alice.get("/sync", query);
    assert.equal(answer.status, 400, `${answer.asked}: ${answer.text.slice(0, 200)}`);
  }
});

test("a filter of more wildcards than anybody needs is refused wherever it is given", async () => {
  const [alice] = await pair();
  const room = await makeRoom(alice);
  for (const types of [["*a".repeat(50)], Array.from({ length: 101 }, (_, n) => `m.${n}.*`)]) {
    const filter = { room: { timeline: { types } } };
    refused(await alice.post(route`/user/${alice.userId}/filter`, filter), 400, "M_BAD_JSON");
    refused(await alice.get("/sync", { filter: JSON.stringify(filter) }), 400, "M_INVALID_PARAM");
    refused(await alice.get(route`/rooms/${room}/messages`, { dir: "b", filter: JSON.stringify({ types }) }), 400, "M_INVALID_PARAM");
  }
});

test("a filter of JavaScript's own names neither crashes the server nor widens what is seen", async () => {
  const [alice] = await pair();
  const room = await makeRoom(alice);
  const filter =
    '{"__proto__":{"room":{"timeline":{"limit":1}}},"constructor":{"prototype":{}},"room":{"rooms":["constructor","__proto__"]}}';
  const answer = await alice.get("/sync", { filter, timeout: "0" });
  assert.ok(answer.status === 200 || answer.status === 400, answer.text);
  if (answer.status === 200) assert.equal(roomIn(answer.json ?? null, "join", room), undefined);
});

test("own words count as read; others' words count until they are read", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  const counts = async () => recordAt(roomIn(await sync(bob), "join", room), "unread_notifications");
  await say(bob, room, "mine");
  const before = Number((await counts())["notification_count"] ?? 0);
  const ids = await sayAll(alice, room, "one", "two");
  assert.equal(Number((await counts())["notification_count"]) - before, 2);
  ok(await bob.post(route`/rooms/${room}/receipt/m.read/${ids[1] ?? ""}`));
  assert.equal((await counts())["notification_count"], 0);
  assert.equal((await counts())["highlight_count"], 0);
});

test("a mention of this person is a highlight, one of another is not", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  for (const mentioned of [alice.userId, bob.userId])
    ok(
      await alice.put(route`/rooms/${room}/send/m.room.message/${`mention-${mentioned}`}`, {
        msgtype: "m.text",
        body: "hey",
        "m.mentions": { user_ids: [mentioned] },
      }),
    );
  const counts = recordAt(roomIn(await sync(bob), "join", room), "unread_notifications");
  assert.equal(counts["highlight_count"], 1);
});

test("a private read receipt clears the counts as a public one does", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  const id = await say(alice, room, "one");
  const since = await now(bob);
  ok(await bob.post(route`/rooms/${room}/receipt/m.read.private/${id}`));
  const answer = await sync(bob, { since });
  assert.equal(at(roomIn(answer, "join", room), "unread_notifications", "notification_count"), 0);
});

test("parameters that nobody knows are passed over, as clients send one against caches", async () => {
  const [alice] = await pair();
  assert.equal((await alice.get("/sync", { _cacheBuster: "1700000000000", timeout: "0" })).status, 200);
});

test("event_fields leaves what was asked for and what makes an event one", async () => {
  const [alice] = await pair();
  const room = await makeRoom(alice);
  await say(alice, room, "hello");
  const answer = await sync(alice, {
    filter: { event_fields: ["content.body", "unsigned.transaction_id"], room: { timeline: { limit: 1 } } },
  });
  const [event] = timelineOf(answer, room);
  assert.deepEqual(at(event, "content"), { body: "hello" });
  assert.deepEqual(Object.keys(recordAt(event, "unsigned")), ["transaction_id"]);
});

test("the federation format has what an event consists of, and never its salt", async () => {
  const [alice] = await pair();
  const room = await makeRoom(alice);
  const id = await say(alice, room, "hello");
  const filter = { event_format: "federation", room: { timeline: { limit: 1 } } };
  const answer = await sync(alice, { filter });
  const [event] = timelineOf(answer, room);
  assert.equal(textAt(event, "event_id"), id);
  for (const key of ["auth_events", "prev_events", "hashes", "depth", "room_id"]) assert.ok(at(event, key) !== undefined, key);
  assert.doesNotMatch(JSON.stringify(answer), /salt/);
});

test("who is ignored is heard no more by anybody's devices but their own", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  const list = (...ids: string[]) =>
    alice.put(route`/user/${alice.userId}/account_data/m.ignored_user_list`, {
      ignored_users: Object.fromEntries(ids.map((id) => [id, {}])),
    });
  const second = await server.http().login(alice.name, alice.password);
  ok(await list(bob.userId));
  const since = await now(alice);
  await say(bob, room, "ignore me");
  await makeRoom(bob, { invite: [alice.userId] });
  await setState(alice, room, "m.room.topic", { topic: "still told" });
  for (const on of [alice, second])
    for (const query of [{ since }, {}]) {
      const answer = await sync(on, query);
      assert.doesNotMatch(JSON.stringify(recordAt(answer, "rooms")), /ignore me/);
      assert.equal(at(answer, "rooms", "invite"), undefined);
    }
  assert.ok(bodiesOf(timelineOf(await sync(bob), room)).includes("ignore me"));
  ok(await list());
  assert.ok(bodiesOf(timelineOf(await sync(alice), room)).includes("ignore me"), "a fresh sync brings back what was hidden");
});
