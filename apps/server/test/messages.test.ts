import assert from "node:assert/strict";
import { test } from "node:test";
import { at, listAt, ok, recordAt, refused, route, type Session, textAt } from "@wardroom/testkit";
import {
  bodies,
  bodiesOf,
  getEvent,
  history,
  idsOf,
  join,
  leave,
  makeRoom,
  makeRoomWith,
  say,
  sayAll,
  send,
  setState,
  tryGetEvent,
  tryMessages,
  trySend,
} from "./room-steps.test-support.ts";
import { useServer } from "./running-server.test-support.ts";
import { nextBatch, roomIn, sync } from "./sync-steps.test-support.ts";

const server = useServer();
async function three(): Promise<[Session, Session, Session]> {
  const [alice, bob, carol] = await server.people("alice", "bob", "carol");
  assert.ok(alice && bob && carol);
  return [alice, bob, carol];
}
const counted = (count: number) => Array.from({ length: count }, (_, index) => `message ${index}`);
const message = (body: string) => ({ msgtype: "m.text", body });

test("what is sent comes back as it was sent, with sender, room and time", async () => {
  const [alice, bob] = await three();
  const room = await makeRoomWith(alice, [bob]);
  const content = { ...message("words"), nested: { list: [1, "two", null, true, { three: 3 }], empty: {} }, "org.example.key": "ü😀" };
  const id = await send(alice, room, "m.room.message", content);
  const event = recordAt(await getEvent(bob, room, id));
  assert.deepEqual(JSON.parse(JSON.stringify(event["content"])), content);
  assert.equal(event["sender"], alice.userId);
  assert.equal(event["room_id"], room);
  assert.equal(event["type"], "m.room.message");
  assert.ok(Math.abs(Number(event["origin_server_ts"]) - Date.now()) < 60_000);
  for (const hidden of ["hashes", "signatures", "auth_events", "prev_events", "depth", "wardroom.salt"])
    assert.equal(event[hidden], undefined, `${hidden} is no matter of clients`);
});

test("keys named like JavaScript properties arrive as what they are: keys", async () => {
  const [alice, bob] = await three();
  const room = await makeRoomWith(alice, [bob]);
  const raw =
    '{"msgtype":"m.text","body":"x","__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"hasOwnProperty":1}';
  const answer = ok(await alice.request("PUT", route`/rooms/${room}/send/m.room.message/odd-keys`, { rawBody: raw }));
  const content = recordAt(await getEvent(bob, room, textAt(answer, "event_id")), "content");
  assert.deepEqual(new Set(Object.keys(content)), new Set(["msgtype", "body", "__proto__", "constructor", "hasOwnProperty"]));
  assert.equal(at(content, "constructor", "prototype", "polluted"), true);
  assert.equal(at(content, "__proto__", "polluted"), true);
});

test("who is not in the room cannot write in it: strangers, the invited, those who left and the banned", async () => {
  const [alice, bob, carol] = await three();
  const dave = await server.stranger();
  const room = await makeRoomWith(alice, [bob]);
  ok(await alice.post(route`/rooms/${room}/invite`, { user_id: carol.userId }));
  await leave(bob, room);
  ok(await alice.post(route`/rooms/${room}/ban`, { user_id: dave.userId }));
  for (const who of [bob, carol, dave, await server.stranger()])
    refused(await trySend(who, room, "m.room.message", message("x")), 403, "M_FORBIDDEN");
  assert.deepEqual(await bodies(alice, room), []);
});

test("a message into a room that does not exist is refused", async () => {
  const [alice] = await three();
  for (const room of ["!AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "!constructor", "!__proto__:localhost"]) {
    const answer = await trySend(alice, room, "m.room.message", message("x"));
    assert.ok(answer.status === 403 || answer.status === 404, answer.text);
  }
});

test("history comes page by page without gap or repeat, in both directions", async () => {
  const [alice] = await three();
  const room = await makeRoom(alice);
  await sayAll(alice, room, ...counted(17));
  const forwards = await history(alice, room, { dir: "f" });
  assert.equal(textAt(forwards[0], "type"), "m.room.create");
  for (const limit of [1, 3, 7, 100]) {
    assert.deepEqual(idsOf(await history(alice, room, { dir: "f", limit })), idsOf(forwards), `forwards by ${limit}`);
    assert.deepEqual(idsOf(await history(alice, room, { dir: "b", limit })).toReversed(), idsOf(forwards), `backwards by ${limit}`);
  }
  assert.equal(new Set(idsOf(forwards)).size, forwards.length);
});

test("at the start of the room there is no end token, and a page never holds more than asked", async () => {
  const [alice] = await three();
  const room = await makeRoom(alice);
  await sayAll(alice, room, ...counted(5));
  const page = ok(await tryMessages(alice, room, { limit: "2" }));
  assert.deepEqual(bodiesOf(listAt(page, "chunk")), ["message 4", "message 3"]);
  assert.equal(typeof at(page, "end"), "string");
  const all = ok(await tryMessages(alice, room, { limit: "1000" }));
  assert.equal(at(all, "end"), undefined);
});

test("without a limit a page has ten events", async () => {
  const [alice] = await three();
  const room = await makeRoom(alice);
  await sayAll(alice, room, ...counted(12));
  assert.equal(listAt(ok(await alice.get(route`/rooms/${room}/messages`, { dir: "b" })), "chunk").length, 10);
});

test("from and to cut exactly: what lies between two tokens, no more and no less", async () => {
  const [alice] = await three();
  const room = await makeRoom(alice);
  await sayAll(alice, room, "a", "b");
  const first = nextBatch(await sync(alice));
  await sayAll(alice, room, "c", "d", "e");
  const second = nextBatch(await sync(alice));
  await sayAll(alice, room, "f");
  assert.deepEqual(bodiesOf(await history(alice, room, { dir: "f", from: first, to: second })), ["c", "d", "e"]);
  assert.deepEqual(bodiesOf(await history(alice, room, { dir: "b", from: second, to: first })), ["e", "d", "c"]);
  assert.deepEqual(bodiesOf(await history(alice, room, { dir: "b", from: first })).slice(0, 2), ["b", "a"]);
  assert.deepEqual(bodiesOf(await history(alice, room, { dir: "f", from: second })), ["f"]);
});

test("a page that ended at the newest event goes on from there once there is more", async () => {
  const [alice] = await three();
  const room = await makeRoom(alice);
  await sayAll(alice, room, "a");
  const token = nextBatch(await sync(alice));
  assert.deepEqual(bodiesOf(listAt(ok(await tryMessages(alice, room, { dir: "f", from: token })), "chunk")), []);
  await sayAll(alice, room, "b");
  assert.deepEqual(bodiesOf(listAt(ok(await tryMessages(alice, room, { dir: "f", from: token })), "chunk")), ["b"]);
});

test("a filter chooses by type, sender and url, and skipping many events loses none that match", async () => {
  const [alice, bob] = await three();
  const room = await makeRoomWith(alice, [bob]);
  const wanted: string[] = [];
  for (let index = 0; index < 12; index += 1) {
    await say(bob, room, `noise ${index}`);
    if (index % 4 === 0) wanted.push(await send(alice, room, "org.example.wanted", { index, url: "mxc://localhost/a" }));
  }
  const ids = async (filter: object) =>
    idsOf(await history(alice, room, { limit: 2, filter: JSON.parse(JSON.stringify(filter)) })).toReversed();
  assert.deepEqual(await ids({ types: ["org.example.wanted"] }), wanted);
  assert.deepEqual(await ids({ types: ["org.*"] }), wanted);
  assert.deepEqual(await ids({ not_types: ["m.*"] }), wanted);
  assert.deepEqual(await ids({ senders: [alice.userId], types: ["m.room.message", "org.example.wanted"] }), wanted);
  assert.deepEqual(await ids({ not_senders: [bob.userId], not_types: ["m.room.*"] }), wanted);
  assert.deepEqual(await ids({ contains_url: true }), wanted);
  assert.deepEqual(await ids({ types: [] }), []);
  assert.equal((await ids({ contains_url: false, types: ["m.room.message"] })).length, 12);
});

test("with lazy loading, messages bring the member events of their senders and of nobody else", async () => {
  const [alice, bob, carol] = await three();
  const room = await makeRoomWith(alice, [bob, carol]);
  await say(bob, room, "from bob");
  const answer = ok(await tryMessages(alice, room, { limit: "1", filter: JSON.stringify({ lazy_load_members: true }) }));
  assert.deepEqual(bodiesOf(listAt(answer, "chunk")), ["from bob"]);
  const members = listAt(answer, "state").map((event) => textAt(event, "state_key"));
  assert.deepEqual(members, [bob.userId]);
});

test("a missing or unknown direction, a broken token, limit or filter is a bad request", async () => {
  const [alice] = await three();
  const room = await makeRoom(alice);
  const path = route`/rooms/${room}/messages`;
  for (const query of [
    {},
    { dir: "x" },
    { dir: "constructor" },
    { dir: "b", from: "garbage" },
    { dir: "b", from: "" },
    { dir: "b", from: "s999999999999999999999999" },
    { dir: "b", to: "__proto__" },
    { dir: "b", limit: "many" },
    { dir: "b", limit: "-1" },
    { dir: "b", filter: "{" },
    { dir: "b", filter: "[]" },
    { dir: "b", filter: '{"types":"m.room.message"}' },
  ] as Readonly<Record<string, string>>[]) {
    const answer = await alice.get(path, query);
    assert.equal(answer.status, 400, `${answer.asked}: ${answer.text.slice(0, 200)}`);
  }
});

test("a huge limit is cut down, not obeyed and not refused", async () => {
  const [alice] = await three();
  const room = await makeRoom(alice);
  ok(await tryMessages(alice, room, { limit: "1000000000" }));
  await say(alice, room, "x");
});

test("a page of at most no events is empty and ends where it began", async () => {
  const [alice] = await three();
  const room = await makeRoom(alice);
  await say(alice, room, "x");
  const none = ok(await tryMessages(alice, room, { limit: "0" }));
  assert.deepEqual(listAt(none, "chunk"), []);
  assert.equal(textAt(none, "end"), textAt(none, "start"));
  const after = ok(await tryMessages(alice, room, { from: textAt(none, "end"), limit: "1" }));
  assert.equal(textAt(after, "chunk", 0, "content", "body"), "x");
  refused(await tryMessages(await server.stranger(), room, { limit: "0" }), 403, "M_FORBIDDEN");
});

test("the same transaction id on the same device gives the same event, once", async () => {
  const [alice] = await three();
  const room = await makeRoom(alice);
  const first = await say(alice, room, "once", "txn-1");
  assert.equal(await say(alice, room, "once", "txn-1"), first);
  assert.equal(await say(alice, room, "other words, still a retry", "txn-1"), first);
  assert.deepEqual(await bodies(alice, room), ["once"]);
});

test("retries of one transaction id that arrive at the same moment wait for the first", async () => {
  const [alice] = await three();
  const room = await makeRoom(alice);
  const ids = await Promise.all(Array.from({ length: 10 }, () => say(alice, room, "once", "txn-racing")));
  assert.equal(new Set(ids).size, 1);
  assert.deepEqual(await bodies(alice, room), ["once"]);
});

test("the same transaction id on another device, by another person, in another room or for another endpoint is another event", async () => {
  const [alice, bob] = await three();
  const second = await server.http().login(alice.name, alice.password);
  const [room, other] = [await makeRoomWith(alice, [bob]), await makeRoomWith(alice, [bob])];
  const ids = [
    await say(alice, room, "1", "txn"),
    await say(second, room, "2", "txn"),
    await say(bob, room, "3", "txn"),
    await say(alice, other, "4", "txn"),
    await send(alice, room, "m.sticker", message("5"), "txn"),
  ];
  const redaction = ok(await alice.put(route`/rooms/${room}/redact/${ids[0] ?? ""}/${"txn"}`, {}));
  ids.push(textAt(redaction, "event_id"));
  assert.equal(new Set(ids).size, ids.length);
});

test("a transaction id outlives a new sign-in on the same device", async () => {
  const who = await server.stranger();
  const room = await makeRoom(who);
  const first = await say(who, room, "once", "txn-kept");
  const again = await server.http().login(who.name, who.password, who.deviceId);
  assert.equal(await say(again, room, "once", "txn-kept"), first);
  assert.deepEqual(await bodies(again, room), ["once"]);
});

test("a refused request uses up no transaction id", async () => {
  const [alice, bob] = await three();
  const room = await makeRoom(alice, { preset: "public_chat" });
  refused(await trySend(bob, room, "m.room.message", message("x"), "txn-early"), 403, "M_FORBIDDEN");
  await join(bob, room);
  await say(bob, room, "now", "txn-early");
  assert.deepEqual(await bodies(alice, room), ["now"]);
});

test("only the device that sent an event is told its transaction id", async () => {
  const [alice, bob] = await three();
  const second = await server.http().login(alice.name, alice.password);
  const room = await makeRoomWith(alice, [bob]);
  const id = await say(alice, room, "mine", "txn-secret");
  assert.equal(at(await getEvent(alice, room, id), "unsigned", "transaction_id"), "txn-secret");
  assert.equal(at((await history(alice, room))[0], "unsigned", "transaction_id"), "txn-secret");
  for (const who of [second, bob]) {
    assert.equal(at(await getEvent(who, room, id), "unsigned", "transaction_id"), undefined);
    assert.doesNotMatch(JSON.stringify(await history(who, room)), /txn-secret/);
    assert.doesNotMatch(JSON.stringify(roomIn(await sync(who), "join", room)), /txn-secret/);
  }
});

test("edits and reactions are ordinary events that point at the first one", async () => {
  const [alice, bob] = await three();
  const room = await makeRoomWith(alice, [bob]);
  const first = await say(alice, room, "teh words");
  const edit = await send(alice, room, "m.room.message", {
    ...message("* the words"),
    "m.new_content": message("the words"),
    "m.relates_to": { rel_type: "m.replace", event_id: first },
  });
  const reaction = await send(bob, room, "m.reaction", { "m.relates_to": { rel_type: "m.annotation", event_id: first, key: "👍" } });
  assert.equal(at(await getEvent(bob, room, edit), "content", "m.relates_to", "event_id"), first);
  assert.equal(at(await getEvent(alice, room, reaction), "content", "m.relates_to", "key"), "👍");
  assert.deepEqual(idsOf(await history(bob, room)).slice(0, 3), [reaction, edit, first]);
});

test("events of many senders at once are all there, each once, each sender's in their order", async () => {
  const people = await three();
  const [alice] = people;
  const room = await makeRoomWith(alice, people.slice(1));
  const perPerson = 15;
  await Promise.all(people.map((who) => sayAll(who, room, ...counted(perPerson).map((text) => `${who.name}: ${text}`))));
  const all = await history(alice, room, { dir: "f" });
  for (const who of people) {
    const own = bodiesOf(all.filter((event) => at(event, "sender") === who.userId));
    assert.deepEqual(
      own,
      counted(perPerson).map((text) => `${who.name}: ${text}`),
    );
  }
});

test("a type or state key of more than 255 bytes is refused, of 255 is not; bytes count, not characters", async () => {
  const [alice] = await three();
  const room = await makeRoom(alice);
  await send(alice, room, "x".repeat(255), {});
  await setState(alice, room, "org.example", {}, "y".repeat(255));
  for (const type of ["x".repeat(256), "ü".repeat(128)]) {
    const answer = await trySend(alice, room, type, {});
    assert.ok(answer.status === 400 || answer.status === 413, answer.text);
  }
  const answer = await alice.put(route`/rooms/${room}/state/org.example/${"ü".repeat(128)}`, {});
  assert.ok(answer.status === 400 || answer.status === 413, answer.text);
});

test("an event of another room is not found under this one", async () => {
  const [alice] = await three();
  const id = await say(alice, await makeRoom(alice), "x");
  refused(await tryGetEvent(alice, await makeRoom(alice), id), 404, "M_NOT_FOUND");
  refused(await tryGetEvent(alice, await makeRoom(alice), "$constructor"), 404, "M_NOT_FOUND");
});
