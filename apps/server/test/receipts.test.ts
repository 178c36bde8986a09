import assert from "node:assert/strict";
import { test } from "node:test";
import { at, type Json, listAt, ok, recordAt, refused, route, type Session } from "@wardroom/testkit";
import { act, join, leave, makeRoom, makeRoomWith, say, sayAll, send } from "./room-steps.test-support.ts";
import { useServer } from "./running-server.test-support.ts";
import { ephemeralOf, follow, nextBatch, now, roomIn, sync } from "./sync-steps.test-support.ts";

const server = useServer();
const pair = server.twoStrangers;
const receipt = (by: Session, room: string, type: string, eventId: string, body: Json = {}) =>
  by.post(route`/rooms/${room}/receipt/${type}/${eventId}`, body);
/** The receipts of this person at this event, in an answer of sync: one per thread, each thread in an event of its own. */
const receiptsIn = (answer: Json, room: string, eventId: string, type: string, who: Session): readonly Json[] =>
  listAt(roomIn(answer, "join", room), "ephemeral", "events").flatMap((event) => {
    const found = at(event, "type") === "m.receipt" ? at(event, "content", eventId, type, who.userId) : undefined;
    return found === undefined ? [] : [found];
  });
const receiptIn = (...where: Parameters<typeof receiptsIn>): Json | undefined => receiptsIn(...where)[0];
const fullyRead = (answer: Json, room: string): Json | undefined =>
  at(
    listAt(roomIn(answer, "join", room), "account_data", "events").find((event) => at(event, "type") === "m.fully_read"),
    "content",
    "event_id",
  );

test("what others read before a newcomer's time tells them neither that there was something nor when it was read", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoom(alice, {
    preset: "public_chat",
    initial_state: [{ type: "m.room.history_visibility", content: { history_visibility: "joined" } }],
  });
  const hidden = await say(alice, room, "among us");
  ok(await receipt(alice, room, "m.read", hidden));
  await join(bob, room);
  const fresh = await sync(bob);
  assert.equal(JSON.stringify(fresh).includes(hidden), false);
  const shown = await say(alice, room, "with you");
  ok(await receipt(alice, room, "m.read", shown));
  assert.ok(receiptIn(await sync(bob), room, shown, "m.read", alice) !== undefined);
});

test("a public receipt is seen by the others, with its time, and replaces the one before", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  const [one = "", two = ""] = await sayAll(alice, room, "one", "two");
  const follower = await follow(alice);
  ok(await receipt(bob, room, "m.read", one));
  const first = await follower.until("the receipt", (answer) => receiptIn(answer, room, one, "m.read", bob));
  assert.ok(Math.abs(Number(at(first, "ts")) - Date.now()) < 60_000);
  assert.equal(at(first, "thread_id"), undefined);
  ok(await receipt(bob, room, "m.read", two));
  await follower.until("the next receipt", (answer) => receiptIn(answer, room, two, "m.read", bob));
  const fresh = await sync(alice);
  assert.ok(receiptIn(fresh, room, two, "m.read", bob) !== undefined);
  assert.equal(receiptIn(fresh, room, one, "m.read", bob), undefined, "one receipt per person, not a trail of them");
});

test("a private receipt is told to its owner's devices and to nobody else", async () => {
  const [alice, bob] = await pair();
  const second = await server.http().login(bob.name, bob.password);
  const room = await makeRoomWith(alice, [bob]);
  const id = await say(alice, room, "one");
  const [own, other] = [await follow(second), await follow(alice)];
  ok(await receipt(bob, room, "m.read.private", id));
  await own.until("the private receipt", (answer) => receiptIn(answer, room, id, "m.read.private", bob));
  const marker = await say(bob, room, "marker");
  await other.until("a later message", (answer) => JSON.stringify(answer).includes(marker));
  assert.doesNotMatch(JSON.stringify([...other.seen(), await sync(alice)]), /m\.read\.private/);
});

test("receipts of threads, of the main timeline and of no thread stand beside each other", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  const root = await say(alice, room, "root");
  const reply = await send(alice, room, "m.room.message", {
    msgtype: "m.text",
    body: "in the thread",
    "m.relates_to": { rel_type: "m.thread", event_id: root },
  });
  const later = await say(alice, room, "later");
  ok(await receipt(bob, room, "m.read", reply, { thread_id: root }));
  ok(await receipt(bob, room, "m.read", later, { thread_id: "main" }));
  ok(await receipt(bob, room, "m.read", root));
  ok(await receipt(alice, room, "m.read", later, { thread_id: "main" }));
  ok(await receipt(alice, room, "m.read", later));
  const answer = await sync(alice);
  const both = receiptsIn(answer, room, later, "m.read", alice).map((one) => at(one, "thread_id"));
  assert.deepEqual(new Set(both), new Set(["main", undefined]), "two receipts of one person at one event");
  assert.equal(at(receiptIn(answer, room, reply, "m.read", bob), "thread_id"), root);
  assert.equal(at(receiptIn(answer, room, later, "m.read", bob), "thread_id"), "main");
  assert.ok(receiptIn(answer, room, root, "m.read", bob) !== undefined);
  assert.equal(at(receiptIn(answer, room, root, "m.read", bob), "thread_id"), undefined);
});

test("a thread id that is empty, no text, or given for the fully-read marker is a wrong parameter", async () => {
  const [alice] = await pair();
  const room = await makeRoomWith(alice, []);
  const id = await say(alice, room, "x");
  for (const [type, body] of [
    ["m.read", { thread_id: "" }],
    ["m.read", { thread_id: 7 }],
    ["m.fully_read", { thread_id: "main" }],
  ] as const)
    refused(await receipt(alice, room, type, id, body), 400, "M_INVALID_PARAM");
});

test("an unknown type of receipt is refused, also one that every object has", async () => {
  const [alice] = await pair();
  const room = await makeRoomWith(alice, []);
  const id = await say(alice, room, "x");
  for (const type of ["m.unheard", "constructor", "__proto__"]) {
    const answer = await receipt(alice, room, type, id);
    assert.equal(answer.status, 400, answer.text);
  }
});

test("who is not in the room sends no receipts there: strangers, the invited, those who left, the banned", async () => {
  const [alice, bob] = await pair();
  const [carol, dave] = await pair();
  const room = await makeRoomWith(alice, [bob, dave]);
  const id = await say(alice, room, "x");
  await act(alice, "invite", room, carol);
  await leave(bob, room);
  await act(alice, "ban", room, dave);
  for (const who of [bob, carol, dave, await server.stranger()]) {
    refused(await receipt(who, room, "m.read", id), 403, "M_FORBIDDEN");
    refused(await who.post(route`/rooms/${room}/read_markers`, { "m.fully_read": id, "m.read": id }), 403, "M_FORBIDDEN");
    refused(await who.put(route`/rooms/${room}/typing/${who.userId}`, { typing: true }), 403, "M_FORBIDDEN");
  }
  assert.equal(ephemeralOf(await sync(alice), room, "m.receipt"), undefined);
});

test("a receipt for an event that is not in the room is refused", async () => {
  const [alice] = await pair();
  const [room, other] = [await makeRoom(alice), await makeRoom(alice)];
  const elsewhere = await say(alice, other, "x");
  for (const id of [elsewhere, "$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"]) {
    const answer = await receipt(alice, room, "m.read", id);
    assert.ok(answer.status === 400 || answer.status === 404, `${answer.status} ${answer.text}`);
    const marker = await alice.post(route`/rooms/${room}/read_markers`, { "m.fully_read": id });
    assert.ok(marker.status === 400 || marker.status === 404, `${marker.status} ${marker.text}`);
  }
});

test("the fully-read marker is account data of the room, for its owner only; the receipt beside it is for all", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  const [one = "", two = ""] = await sayAll(alice, room, "one", "two");
  const [follower, since] = [await follow(bob), await now(alice)];
  ok(await bob.post(route`/rooms/${room}/read_markers`, { "m.fully_read": one, "m.read": two }));
  assert.equal(await follower.until("the marker", (answer) => fullyRead(answer, room)), one);
  const others = await sync(alice, { since });
  assert.ok(receiptIn(others, room, two, "m.read", bob) !== undefined);
  assert.doesNotMatch(JSON.stringify(others), /m\.fully_read/);
  ok(await receipt(bob, room, "m.fully_read", two));
  assert.equal(fullyRead(await sync(bob), room), two);
});

test("read markers may also carry a private receipt, or nothing", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  const id = await say(alice, room, "one");
  const since = await now(bob);
  ok(await bob.post(route`/rooms/${room}/read_markers`, { "m.read.private": id }));
  assert.ok(receiptIn(await sync(bob, { since }), room, id, "m.read.private", bob) !== undefined);
  ok(await bob.post(route`/rooms/${room}/read_markers`, {}));
  for (const body of [{ "m.fully_read": 7 }, { "m.read": {} }])
    refused(await bob.post(route`/rooms/${room}/read_markers`, body), 400, ["M_BAD_JSON", "M_INVALID_PARAM"]);
});

const typists = (answer: Json, room: string) => {
  const content = ephemeralOf(answer, room, "m.typing");
  return content === undefined ? undefined : listAt(content, "user_ids");
};
const type = (by: Session, room: string, body: Json, who = by) => by.put(route`/rooms/${room}/typing/${who.userId}`, body);

test("who types is shown to the others until they stop", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  const follower = await follow(bob);
  ok(await type(alice, room, { typing: true, timeout: 30_000 }));
  assert.deepEqual(await follower.until("typing", (answer) => typists(answer, room)), [alice.userId]);
  ok(await type(alice, room, { typing: false }));
  assert.deepEqual(await follower.until("the end of typing", (answer) => typists(answer, room)), []);
});

test("typing ends by itself after the time that was asked for", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  const follower = await follow(bob);
  ok(await type(alice, room, { typing: true, timeout: 800 }));
  assert.deepEqual(await follower.until("typing", (answer) => typists(answer, room)), [alice.userId]);
  assert.deepEqual(await follower.until("typing to expire", (answer) => typists(answer, room)), []);
});

test("who starts to sync while somebody types is told so", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  ok(await type(alice, room, { typing: true, timeout: 30_000 }));
  assert.deepEqual(typists(await sync(bob), room), [alice.userId]);
  ok(await type(alice, room, { typing: false }));
});

test("nobody types in another person's name", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  refused(await type(bob, room, { typing: true, timeout: 5000 }, alice), 403, "M_FORBIDDEN");
  assert.deepEqual(typists(await sync(alice), room) ?? [], []);
});

test("who leaves while typing types no more", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  ok(await type(bob, room, { typing: true, timeout: 30_000 }));
  await leave(bob, room);
  assert.deepEqual(typists(await sync(alice), room) ?? [], []);
});

test("typing of a wrong shape is refused", async () => {
  const [alice] = await pair();
  const room = await makeRoomWith(alice, []);
  for (const body of [{}, { typing: "yes" }, { typing: true, timeout: "long" }, { typing: true, timeout: 1.5 }])
    refused(await type(alice, room, body), 400, ["M_BAD_JSON", "M_INVALID_PARAM", "M_MISSING_PARAM"]);
});

test("a filter keeps ephemeral events away", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  const id = await say(alice, room, "x");
  ok(await receipt(bob, room, "m.read", id));
  const answer = await sync(alice, { filter: { room: { ephemeral: { not_types: ["m.receipt"] } } } });
  assert.equal(ephemeralOf(answer, room, "m.receipt"), undefined);
  assert.ok(nextBatch(answer).length > 0);
  assert.ok(recordAt(roomIn(answer, "join", room)) !== undefined);
});
