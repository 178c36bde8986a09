import assert from "node:assert/strict";
import { test } from "node:test";
import { at, type Json, listAt, textAt } from "@wardroom/testkit";
import { createHarness, device, type Harness } from "./sync-harness.test-support.ts";

const [me, other, room] = ["@me:x", "@other:x", "!r"];

function joinedRoom(): Harness {
  const harness = createHarness();
  harness.append(room, { type: "m.room.create", sender: other, stateKey: "" });
  harness.member(room, other, "join");
  harness.member(room, me, "join");
  return harness;
}

const say = (harness: Harness, body: string) => harness.append(room, { type: "m.room.message", sender: other, content: { body } });
const timeline = (body: Json, ...path: string[]) => at(body, "rooms", "join", room, "timeline", ...path);
const ids = (body: Json) => listAt(body, "rooms", "join", room, "timeline", "events").map((event) => textAt(event, "event_id"));
const limitOf = (limit: number) => JSON.stringify({ room: { timeline: { limit } } });

test("an initial sync has the newest events, says that there are more, and prev_batch leads to the very next older one", async () => {
  const harness = joinedRoom();
  const sent = ["1", "2", "3", "4"].map((body) => say(harness, body));
  const body = await harness.ask(device(me), { filter: limitOf(2) });
  assert.deepEqual(
    ids(body),
    sent.slice(2).map(({ eventId }) => eventId),
  );
  assert.equal(timeline(body, "limited"), true);
  const { position } = harness.sync.parseToken(textAt(body, "rooms", "join", room, "timeline", "prev_batch"));
  const older = await harness.feed.timeline(device(me), room, { after: 0, until: position, limit: 1 });
  assert.equal(older.events[0]?.eventId, sent[1]?.eventId, "an off-by-one here skips an event for ever");
});

test("an incremental sync has what came after the token and nothing else; with nothing new it names no room", async () => {
  const harness = joinedRoom();
  const { next_batch: since } = (await harness.ask(device(me))) as { next_batch: string };
  const event = say(harness, "new");
  const body = await harness.ask(device(me), { since });
  assert.deepEqual(ids(body), [event.eventId]);
  assert.equal(timeline(body, "limited"), false);
  const empty = await harness.ask(device(me), { since: textAt(body, "next_batch") });
  assert.equal(at(empty, "rooms"), undefined);
  assert.equal(textAt(empty, "next_batch"), textAt(body, "next_batch"));
});

test("a filter may ask for no timeline at all and is still told that there was something", async () => {
  const harness = joinedRoom();
  const since = textAt(await harness.ask(device(me)), "next_batch");
  say(harness, "unseen");
  const body = await harness.ask(device(me), { since, filter: limitOf(0) });
  assert.deepEqual(ids(body), []);
  assert.equal(timeline(body, "limited"), true);
  assert.equal(
    harness.sync.parseToken(textAt(body, "rooms", "join", room, "timeline", "prev_batch")).position,
    harness.storage.durablePosition(),
  );
});

test("no filter makes a timeline longer than 100 events", async () => {
  const harness = joinedRoom();
  for (let count = 0; count < 120; count += 1) say(harness, "x");
  assert.equal(ids(await harness.ask(device(me), { filter: limitOf(1_000_000) })).length, 100);
  assert.equal(ids(await harness.ask(device(me))).length, 10);
});

test("a transaction id reaches only the device that gave it, also when all readers are served from one page", async () => {
  const harness = joinedRoom();
  harness.member(room, "@third:x", "join");
  const since = textAt(await harness.ask(device(me)), "next_batch");
  harness.append(room, { type: "m.room.message", sender: me, transaction: { deviceId: "A", id: "secret-txn" } });
  const ask = async (userId: string, deviceId: string) => JSON.stringify(await harness.ask(device(userId, deviceId), { since }));
  // In every order: whoever comes first fills the shared text.
  for (const order of [
    ["A", "B", "C"],
    ["B", "A", "C"],
    ["C", "B", "A"],
  ]) {
    for (const name of order) {
      const text = name === "C" ? await ask("@third:x", "A") : await ask(me, name);
      assert.equal(text.includes("secret-txn"), name === "A", `${order.join("")} ${name}`);
    }
  }
});

test("readers woken by the same event share one reading of the timeline", async () => {
  const harness = joinedRoom();
  for (let n = 0; n < 20; n += 1) harness.member(room, `@u${n}:x`, "join");
  const since = textAt(await harness.ask(device(me)), "next_batch");
  say(harness, "hot");
  harness.calls.length = 0;
  await Promise.all(Array.from({ length: 20 }, (_, n) => harness.ask(device(`@u${n}:x`), { since })));
  assert.equal(harness.calls.filter((call) => call === "timeline").length, 1);
  assert.equal(harness.calls.filter((call) => call.startsWith("state")).length, 0);
});

test("no opened words are kept for who comes later", async () => {
  const harness = joinedRoom();
  const since = textAt(await harness.ask(device(me)), "next_batch");
  say(harness, "to be erased");
  harness.calls.length = 0;
  for (const userId of [me, "@third:x", me]) await harness.ask(device(userId), { since });
  assert.equal(harness.calls.filter((call) => call === "timeline").length, 2);
});

test("a page with a state event is read for each reader: what it replaced may be hidden from some", async () => {
  const harness = joinedRoom();
  const since = textAt(await harness.ask(device(me)), "next_batch");
  harness.append(room, { type: "m.room.topic", sender: "@third:x", stateKey: "" });
  const readers: string[] = [];
  const timeline: Harness["feed"]["timeline"] = (actor, roomId, query) => {
    readers.push(actor.userId);
    return harness.feed.timeline(actor, roomId, query);
  };
  const watched = createHarness({ ...harness, feed: { ...harness.feed, timeline } });
  await Promise.all([me, other].map((userId) => watched.ask(device(userId), { since })));
  assert.ok(readers.includes(me) && readers.includes(other));
});

test("rooms in which nothing happened cost no read", async () => {
  const harness = createHarness();
  for (let n = 0; n < 50; n += 1) harness.member(`!r${n}`, me, "join");
  const since = textAt(await harness.ask(device(me)), "next_batch");
  harness.append("!r7", { type: "m.room.message", sender: me });
  harness.calls.length = 0;
  await harness.ask(device(me), { since });
  assert.deepEqual(harness.calls, ["membershipsOf", "timeline", "unread"]);
});

test("everything in an answer is as of its token, though the feed has moved on meanwhile", async () => {
  const harness = joinedRoom();
  const since = textAt(await harness.ask(device(me)), "next_batch");
  say(harness, "first");
  let late = 0;
  harness.setInterference(() => {
    harness.setInterference(() => {});
    late = say(harness, "late").position;
  });
  const body = await harness.ask(device(me), { since });
  assert.ok(late > 0 && !ids(body).includes(`$${late}`));
  const next = await harness.ask(device(me), { since: textAt(body, "next_batch") });
  assert.deepEqual(ids(next), [`$${late}`]);
});

test("a room left while the answer is put together is told of as joined now and as left next", async () => {
  const harness = joinedRoom();
  const since = textAt(await harness.ask(device(me)), "next_batch");
  say(harness, "first");
  harness.setInterference(() => {
    harness.setInterference(() => {});
    harness.member(room, me, "leave", other);
  });
  const body = await harness.ask(device(me), { since });
  assert.equal(ids(body).length, 1);
  assert.equal(at(body, "rooms", "leave"), undefined);
  const next = await harness.ask(device(me), { since: textAt(body, "next_batch") });
  assert.equal(listAt(next, "rooms", "leave", room, "timeline", "events").length, 1);
});
