import assert from "node:assert/strict";
import { test } from "node:test";
import { at, type Json, listAt, textAt } from "@wardroom/testkit";
import { MatrixError } from "#kernel";
import type { RoomFeed } from "#rooms";
import { createFeedModel } from "./feed-model.test-support.ts";
import { createHarness, device, type Harness, settle, turn } from "./sync-harness.test-support.ts";

const [me, other, room] = ["@me:x", "@other:x", "!r"];

function makeRoom(): Harness {
  const harness = createHarness();
  harness.member(room, other, "join");
  harness.member(room, me, "join");
  harness.member("!elsewhere", "@far:x", "join");
  return harness;
}

const next = (body: Json) => textAt(body, "next_batch");
const say = (harness: Harness, roomId = room) => harness.append(roomId, { type: "m.room.message", sender: other });

/** A waiting request, and whether it has been answered. */
async function wait(harness: Harness, userId = me, options: { signal?: AbortSignal; filter?: string; timeoutMs?: number } = {}) {
  const { signal, timeoutMs = 30_000, ...request } = options;
  const since = next(await harness.ask(device(userId)));
  let done = false;
  const answer = harness.ask(device(userId), { since, timeoutMs, ...request }, signal).finally(() => {
    done = true;
  });
  await settle();
  return { since, answer, isDone: () => done };
}

test("a request waits until something comes for this person", async () => {
  const harness = makeRoom();
  const changes: ((harness: Harness) => void)[] = [
    say,
    (h) => h.receipt(room, { userId: other, eventId: "$1" }),
    (h) => h.type(room, [other]),
    (h) => h.putAccountData(me, undefined, "org.example", {}),
    (h) => void h.member("!new", me, "invite", other),
    (h) => void h.member(room, me, "leave", other),
  ];
  for (const change of changes) {
    const { answer, isDone } = await wait(harness);
    assert.equal(isDone(), false);
    change(harness);
    const body = await answer;
    assert.ok(at(body, "rooms") !== undefined || at(body, "account_data") !== undefined);
  }
  assert.equal(harness.pendingTimers(), 0, "no timer outlives its request");
});

test("leaving on one device wakes the other ones", async () => {
  const harness = makeRoom();
  const { answer } = await wait(harness);
  harness.member(room, me, "leave");
  assert.equal(listAt(await answer, "rooms", "leave", room, "timeline", "events").length, 1);
});

test("what concerns others wakes nobody: no look at the feed for it", async () => {
  const harness = makeRoom();
  const { answer } = await wait(harness);
  harness.calls.length = 0;
  say(harness, "!elsewhere");
  harness.putAccountData("@far:x", undefined, "org.example", {});
  await settle();
  assert.deepEqual(harness.calls, []);
  say(harness);
  await answer;
});

test("many changes in one turn of the event loop are one wake-up and one answer", async () => {
  const harness = makeRoom();
  const { answer } = await wait(harness);
  harness.calls.length = 0;
  for (let n = 0; n < 5; n += 1) say(harness);
  assert.equal(listAt(await answer, "rooms", "join", room, "timeline", "events").length, 5);
  assert.equal(harness.calls.filter((call) => call === "membershipsOf").length, 1);
});

test("a change between the look and the wait is not lost, however long the look takes", async () => {
  for (const turns of [0, 1, 3]) {
    const model = createFeedModel();
    let changeOnce = () => {};
    const membershipsOf: RoomFeed["membershipsOf"] = async (userId) => {
      const memberships = await model.feed.membershipsOf(userId);
      changeOnce();
      for (let n = 0; n < turns; n += 1) await turn();
      return memberships;
    };
    const harness = createHarness({ ...model, feed: { ...model.feed, membershipsOf } });
    harness.member(room, me, "join");
    const since = next(await harness.ask(device(me)));
    changeOnce = () => {
      changeOnce = () => {};
      say(harness);
    };
    const body = await harness.ask(device(me), { since, timeoutMs: 30_000 });
    assert.equal(listAt(body, "rooms", "join", room, "timeline", "events").length, 1, `${turns} turns`);
  }
});

test("a change that the filter keeps out does not end the wait, and does not bring it to an end later", async () => {
  const harness = makeRoom();
  const { answer, isDone } = await wait(harness, me, { filter: JSON.stringify({ room: { not_rooms: [room] } }) });
  say(harness);
  await settle();
  assert.equal(isDone(), false);
  harness.member("!other", me, "invite", other);
  assert.equal(Object.keys(at(await answer, "rooms") ?? {}).length, 1);
});

test("when time is over the answer is empty and its token goes on where nothing was missed", async () => {
  const harness = makeRoom();
  const { answer } = await wait(harness);
  harness.expire(30_000);
  const body = await answer;
  assert.equal(at(body, "rooms"), undefined);
  const event = say(harness);
  const after = await harness.ask(device(me), { since: next(body) });
  assert.equal(textAt(after, "rooms", "join", room, "timeline", "events", 0, "event_id"), event.eventId);
});

test("nobody waits longer than a minute", async () => {
  const harness = makeRoom();
  const { answer } = await wait(harness, me, { timeoutMs: 1e12 });
  harness.expire(60_000);
  await answer;
});

test("an initial sync, full_state, and a timeout of zero, below zero or of no number never wait", async () => {
  const harness = makeRoom();
  const since = next(await harness.ask(device(me)));
  await harness.ask(device(me), { timeoutMs: 30_000 });
  await harness.ask(device(me), { since, fullState: true, timeoutMs: 30_000 });
  for (const timeoutMs of [0, -1, Number.NaN]) await harness.ask(device(me), { since, timeoutMs });
  await harness.ask(device(me), { since });
  assert.equal(harness.pendingTimers(), 0);
});

test("a client that goes away ends its wait, before or while it waits", async () => {
  const harness = makeRoom();
  const gone = new AbortController();
  const { answer } = await wait(harness, me, { signal: gone.signal });
  gone.abort();
  await answer;
  await (
    await wait(harness, me, { signal: AbortSignal.abort() })
  ).answer;
  assert.equal(harness.pendingTimers(), 0);
});

test("what a filter hides is read once, however often it wakes the request and however old its token is", async () => {
  const model = createFeedModel();
  const rows = { timeline: 0, state: 0 };
  const count = (roomId: string, after: number, until: number) =>
    model.events(roomId).filter(({ position }) => position > after && position <= until).length;
  const feed: RoomFeed = {
    ...model.feed,
    timeline(actor, roomId, query) {
      rows.timeline += count(roomId, query.after, query.until);
      return model.feed.timeline(actor, roomId, query);
    },
    stateBetween(reader, roomId, after, until) {
      rows.state += count(roomId, after, until);
      return model.feed.stateBetween(reader, roomId, after, until);
    },
  };
  const harness = createHarness({ ...model, feed });
  harness.member(room, other, "join");
  harness.member(room, me, "join");
  const since = next(await harness.ask(device(me)));
  const [hidden, wakeUps] = [40, 10];
  for (let n = 0; n < hidden; n += 1) say(harness);
  Object.assign(rows, { timeline: 0, state: 0 });
  const filter = JSON.stringify({ room: { timeline: { not_types: ["m.room.message"] } } });
  const answer = harness.ask(device(me), { since, timeoutMs: 30_000, filter });
  await settle();
  for (let n = 0; n < wakeUps; n += 1) {
    say(harness);
    await settle();
  }
  assert.deepEqual(rows, { timeline: hidden + wakeUps, state: hidden + wakeUps });
  const shown = harness.append(room, { type: "m.sticker", sender: other });
  assert.equal(textAt(await answer, "rooms", "join", room, "timeline", "events", 0, "event_id"), shown.eventId);
});

const refusal = (error: unknown) =>
  error instanceof MatrixError && error.code === "M_LIMIT_EXCEEDED" && (error.details.retryAfterMs ?? 0) >= 1000;

/** Waiting requests of these devices, one after another. */
async function waitOn(harness: Harness, devices: readonly string[]) {
  const since = next(await harness.ask(device(me)));
  let done = 0;
  const answers = devices.map((id) => harness.ask(device(me, id), { since, timeoutMs: 30_000 }).finally(() => (done += 1)));
  await settle();
  const once = (id: string) => harness.ask(device(me, id), { since, timeoutMs: 30_000 });
  return { answers, once, done: () => done };
}

test("a sixth waiting request of one device is refused with a time to come back, and ends none of the others", async () => {
  const harness = makeRoom();
  const { answers, once, done } = await waitOn(harness, ["A", "A", "A", "A", "A"]);
  // A client that asks again at once, whatever it is told.
  for (let n = 0; n < 20; n += 1) await assert.rejects(once("A"), refusal);
  assert.equal(done(), 0);
  const elsewhere = once("B");
  say(harness);
  await Promise.all([...answers, elsewhere]);
  assert.equal(harness.pendingTimers(), 0);
});

test("a person has two hundred waiting requests on all devices; other people's do not count", async () => {
  const harness = makeRoom();
  const foreign = await wait(harness, other);
  const devices = Array.from({ length: 200 }, (_, index) => `D${index}`);
  const { answers, once, done } = await waitOn(harness, devices);
  await assert.rejects(once("D201"), refusal);
  assert.equal(done(), 0);
  say(harness);
  await Promise.all([...answers, foreign.answer]);
});

test("readers who are woken together by a change of state are each shown the event that was made for them", async () => {
  const harness = makeRoom();
  const waits = [await wait(harness), await wait(harness, other)];
  harness.append(room, { type: "m.room.name", sender: other, stateKey: "", content: { name: "new" } });
  for (const { answer } of waits) {
    assert.equal(textAt(await answer, "rooms", "join", room, "timeline", "events", 0, "type"), "m.room.name");
  }
});

test("right after an answer nothing is looked at: the first look comes with the first change", async () => {
  const harness = makeRoom();
  const since = next(await harness.ask(device(me)));
  harness.calls.length = 0;
  const answer = harness.ask(device(me), { since, timeoutMs: 30_000 });
  await settle();
  assert.equal(harness.calls.includes("timeline"), false);
  assert.ok(harness.calls.length <= 1, `looked: ${harness.calls.join(", ")}`);
  say(harness);
  assert.equal(listAt(await answer, "rooms", "join", room, "timeline", "events").length, 1);
});

test("a token that is at the end of the feed is no reason to wait while somebody types, or has just stopped", async () => {
  const typing = makeRoom();
  const quiet = next(await typing.ask(device(me)));
  typing.type(room, [other]);
  const body = await typing.ask(device(me), { since: quiet, timeoutMs: 30_000 });
  assert.equal(listAt(body, "rooms", "join", room, "ephemeral", "events").length, 1);
  typing.type(room, []);
  const stopped = await typing.ask(device(me), { since: next(body), timeoutMs: 30_000 });
  assert.equal(listAt(stopped, "rooms", "join", room, "ephemeral", "events").length, 1);
});

test("a message wakes everybody who waits, however many they are", async () => {
  const harness = createHarness();
  const people = Array.from({ length: 100 }, (_, index) => `@p${index}:x`);
  for (const userId of people) harness.member(room, userId, "join");
  const waits = await Promise.all(people.map((userId) => wait(harness, userId)));
  harness.append(room, { type: "m.room.message", sender: "@p0:x" });
  for (const { answer } of waits) assert.equal(listAt(await answer, "rooms", "join", room, "timeline", "events").length, 1);
});
