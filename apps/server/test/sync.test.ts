import assert from "node:assert/strict";
import { test } from "node:test";
import { at, type Json, listAt, recordAt, textAt } from "@wardroom/testkit";
import { bodiesOf, history, idsOf, makeRoom, makeRoomWith, say, sayAll, setState, stateKeysOf } from "./room-steps.test-support.ts";
import { useServer } from "./running-server.test-support.ts";
import { follow, nextBatch, now, roomIn, stateOf, sync, syncQuery, timelineOf } from "./sync-steps.test-support.ts";

const server = useServer();
/** Fresh people: what others did in other tests is in nobody's stream. */
const pair = server.twoStrangers;
const counted = (count: number) => Array.from({ length: count }, (_, index) => `message ${index}`);
const limit = (events: number) => ({ room: { timeline: { limit: events } } });
const prevBatch = (answer: Json, room: string) => textAt(roomIn(answer, "join", room), "timeline", "prev_batch");
const isLimited = (answer: Json, room: string) => at(roomIn(answer, "join", room), "timeline", "limited") === true;

test("the first sync of a new person has a token and the default push rules, and comes at once", async () => {
  const [alice] = await pair();
  const answer = await sync(alice, { timeout: 20_000 });
  assert.ok(nextBatch(answer).length > 0);
  const rules = listAt(answer, "account_data", "events").find((event) => at(event, "type") === "m.push_rules");
  assert.ok(listAt(rules, "content", "global", "underride").length > 0);
});

test("an initial sync has the newest events and, beside them, the state before them, without repeats", async () => {
  const [alice] = await pair();
  const room = await makeRoom(alice, { name: "Old" });
  await setState(alice, room, "m.room.topic", { topic: "T" });
  await sayAll(alice, room, ...counted(5));
  const renamed = await setState(alice, room, "m.room.name", { name: "New" });
  await sayAll(alice, room, "last");
  const answer = await sync(alice, { filter: limit(3) });
  assert.deepEqual(idsOf(timelineOf(answer, room)).includes(renamed), true);
  assert.deepEqual(bodiesOf(timelineOf(answer, room)), ["message 4", "last"]);
  assert.equal(isLimited(answer, room), true);
  const state = stateOf(answer, room);
  assert.equal(
    at(
      state.find((event) => at(event, "type") === "m.room.name"),
      "content",
      "name",
    ),
    "Old",
    "before the timeline",
  );
  const keys = stateKeysOf(state);
  for (const key of ["m.room.create|", "m.room.topic|", `m.room.member|${alice.userId}`]) assert.ok(keys.includes(key), key);
  assert.equal(new Set(keys).size, keys.length);
  for (const id of idsOf(timelineOf(answer, room))) assert.ok(!idsOf(state).includes(id), "no timeline event in state");
});

test("a whole short room is not limited, and its state section repeats none of it", async () => {
  const [alice] = await pair();
  const room = await makeRoom(alice);
  const answer = await sync(alice, { filter: limit(100) });
  assert.equal(isLimited(answer, room), false);
  assert.equal(textAt(timelineOf(answer, room)[0], "type"), "m.room.create");
  assert.deepEqual(stateOf(answer, room), []);
});

test("events in sync carry no room id, and what clients have no use for is left out", async () => {
  const [alice] = await pair();
  const room = await makeRoom(alice);
  const answer = await sync(alice);
  for (const event of [...timelineOf(answer, room), ...stateOf(answer, room)])
    for (const key of ["room_id", "hashes", "signatures", "auth_events", "prev_events", "depth"])
      assert.equal(at(event, key), undefined, key);
});

test("paging back from prev_batch gives exactly the events that a limited timeline left out", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  const since = await now(bob);
  const said = await sayAll(alice, room, ...counted(12));
  const answer = await sync(bob, { since, filter: limit(4) });
  assert.equal(isLimited(answer, room), true);
  assert.deepEqual(idsOf(timelineOf(answer, room)), said.slice(8));
  const missing = await history(bob, room, { from: prevBatch(answer, room), to: since, limit: 3 });
  assert.deepEqual(idsOf(missing).toReversed(), said.slice(0, 8));
  const forwards = await history(bob, room, { dir: "f", from: since, to: prevBatch(answer, room) });
  assert.deepEqual(idsOf(forwards), said.slice(0, 8));
});

test("from prev_batch of an initial sync the whole past can be read, with neither gap nor repeat", async () => {
  const [alice] = await pair();
  const room = await makeRoom(alice);
  await sayAll(alice, room, ...counted(9));
  const answer = await sync(alice, { filter: limit(4) });
  const older = await history(alice, room, { from: prevBatch(answer, room), limit: 2 });
  assert.deepEqual([...idsOf(older).toReversed(), ...idsOf(timelineOf(answer, room))], idsOf(await history(alice, room, { dir: "f" })));
});

test("an incremental sync has what is new, in order, is not limited where nothing is missing, and leaves out still rooms", async () => {
  const [alice, bob] = await pair();
  const [room, still] = [await makeRoomWith(alice, [bob]), await makeRoomWith(alice, [bob])];
  const since = await now(bob);
  const said = await sayAll(alice, room, ...counted(4));
  const answer = await sync(bob, { since, filter: limit(4) });
  assert.deepEqual(idsOf(timelineOf(answer, room)), said);
  assert.equal(isLimited(answer, room), false);
  assert.equal(roomIn(answer, "join", still), undefined);
  const again = await sync(bob, { since: nextBatch(answer) });
  assert.equal(roomIn(again, "join", room), undefined, "nothing comes twice");
  const retry = await sync(bob, { since, filter: limit(4) });
  assert.deepEqual(idsOf(timelineOf(retry, room)), said, "a lost answer can be asked for again");
});

test("state that changed inside the gap of a limited timeline is in the state section, newest only", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob], { name: "zero" });
  const since = await now(bob);
  await setState(alice, room, "m.room.name", { name: "one" });
  await setState(alice, room, "m.room.name", { name: "two" });
  await sayAll(alice, room, ...counted(4));
  await setState(alice, room, "m.room.topic", { topic: "in the timeline" });
  const answer = await sync(bob, { since, filter: limit(3) });
  const state = stateOf(answer, room);
  assert.deepEqual(stateKeysOf(state), ["m.room.name|"]);
  assert.equal(at(state[0], "content", "name"), "two");
});

for (const [spelling, key] of [
  ["stable", "state_after"],
  ["unstable", "org.matrix.msc4222.state_after"],
] as const) {
  test(`state-after in its ${spelling} spelling is the state at the end of the timeline, under ${key} alone`, async () => {
    const [alice, bob] = await pair();
    const room = await makeRoomWith(alice, [bob], { name: "zero" });
    const first = await sync(bob, { stateAfter: spelling, filter: limit(2) });
    const whole = listAt(roomIn(first, "join", room), key, "events");
    for (const wanted of ["m.room.create|", "m.room.name|", `m.room.member|${alice.userId}`, `m.room.member|${bob.userId}`])
      assert.ok(stateKeysOf(whole).includes(wanted), wanted);
    assert.equal(recordAt(roomIn(first, "join", room))["state"], undefined);
    await setState(alice, room, "m.room.name", { name: "one" });
    await sayAll(alice, room, ...counted(3));
    await setState(alice, room, "m.room.topic", { topic: "T" });
    const second = await sync(bob, { since: nextBatch(first), stateAfter: spelling, filter: limit(2) });
    const changed = listAt(roomIn(second, "join", room), key, "events");
    assert.deepEqual(stateKeysOf(changed).sort(), ["m.room.name|", "m.room.topic|"], "in the gap and in the timeline alike");
    await say(alice, room, "no state");
    const third = await sync(bob, { since: nextBatch(second), stateAfter: spelling });
    assert.deepEqual(at(roomIn(third, "join", room), key, "events") ?? "absent", [], "present also when empty");
    const other = key === "state_after" ? "org.matrix.msc4222.state_after" : "state_after";
    for (const answer of [first, second, third]) assert.equal(recordAt(roomIn(answer, "join", room))[other], undefined);
  });
}

test("a long poll ends as soon as there is something", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  const since = await now(bob);
  const started = performance.now();
  const waiting = sync(bob, { since, timeout: 25_000 });
  const id = await say(alice, room, "wake up");
  const answer = await waiting;
  assert.deepEqual(idsOf(timelineOf(answer, room)), [id]);
  assert.ok(performance.now() - started < 10_000, "long before its timeout");
});

test("a long poll in vain ends at its timeout, empty and with a token that goes on", async () => {
  const [alice] = await pair();
  const room = await makeRoom(alice);
  const since = await now(alice);
  const started = performance.now();
  const answer = await sync(alice, { since, timeout: 300 });
  assert.ok(performance.now() - started >= 290);
  assert.deepEqual(recordAt(answer, "rooms", "join"), {});
  await say(alice, room, "x");
  assert.deepEqual(bodiesOf(timelineOf(await sync(alice, { since: nextBatch(answer) }), room)), ["x"]);
});

test("long polls that clients give up leave a server that still answers", async () => {
  const [alice] = await pair();
  const room = await makeRoom(alice);
  const since = await now(alice);
  await Promise.all(
    Array.from({ length: 30 }, async () => {
      const stop = new AbortController();
      const waiting = alice.request("GET", "/sync", { query: syncQuery({ since, timeout: 20_000 }), signal: stop.signal });
      setImmediate(() => stop.abort());
      await assert.rejects(waiting);
    }),
  );
  await say(alice, room, "x");
  assert.deepEqual(bodiesOf(timelineOf(await sync(alice, { since }), room)), ["x"]);
});

test("many readers that wait for one room are all woken by one message", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  const since = await now(bob);
  const second = await server.http().login(bob.name, bob.password);
  const waiting = [bob, second, bob, second, bob, second, bob, second].map((on) => sync(on, { since, timeout: 20_000 }));
  const id = await say(alice, room, "all of you");
  for (const answer of await Promise.all(waiting)) assert.deepEqual(idsOf(timelineOf(answer, room)), [id]);
});

test("full_state gives the whole state beside the news, at once", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob], { name: "N" });
  const since = await now(bob);
  const started = performance.now();
  const answer = await sync(bob, { since, fullState: true, timeout: 20_000 });
  assert.ok(performance.now() - started < 10_000);
  const keys = stateKeysOf(stateOf(answer, room));
  for (const key of ["m.room.create|", "m.room.name|", `m.room.member|${alice.userId}`]) assert.ok(keys.includes(key), key);
});

test("a token of another person opens nothing of theirs: it is only a place in the stream", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoom(alice);
  const since = await now(alice);
  await say(alice, room, "private");
  const answer = await bob.get("/sync", { since, timeout: "0" });
  assert.doesNotMatch(answer.text, /private/);
});

test("a receiver who syncs while others write gets every event once and in order, however the answers cut the stream", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  const follower = await follow(bob, { filter: limit(1000) });
  const writing = sayAll(alice, room, ...counted(40));
  const got: string[] = [];
  await follower.until("forty messages", (answer) => {
    got.push(...bodiesOf(timelineOf(answer, room)));
    return got.length >= 40;
  });
  await writing;
  assert.deepEqual(got, counted(40));
});
