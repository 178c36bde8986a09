import assert from "node:assert/strict";
import { test } from "node:test";
import { at, type Json, listAt, recordAt, textAt } from "@wardroom/testkit";
import type { SyncRequest } from "./index.ts";
import { createHarness, device, type Harness } from "./sync-harness.test-support.ts";

const [me, other, third, room] = ["@me:x", "@other:x", "@third:x", "!r"];
const spellings = [
  { asked: "stable", key: "state_after" },
  { asked: "unstable", key: "org.matrix.msc4222.state_after" },
] as const;

function joinedRoom(): Harness {
  const harness = createHarness();
  harness.append(room, { type: "m.room.create", sender: other, stateKey: "" });
  harness.member(room, other, "join");
  harness.member(room, me, "join");
  return harness;
}

const say = (harness: Harness, sender = other) => harness.append(room, { type: "m.room.message", sender });
const topic = (harness: Harness, text: string, sender = other) =>
  harness.append(room, { type: "m.room.topic", sender, stateKey: "", content: { topic: text } });
const section = (body: Json, kind = "join") => at(body, "rooms", kind, room);
const keys = (body: Json, name: string, kind = "join") =>
  listAt(section(body, kind), name, "events").map(
    (event) => `${textAt(event, "type")} ${textAt(event, "state_key")} ${textAt(event, "event_id")}`,
  );
const filter = (options: object, limit = 10) => JSON.stringify({ room: { timeline: { limit }, state: options } });
const tokenOf = async (harness: Harness, request: SyncRequest = {}) => textAt(await harness.ask(device(me), request), "next_batch");

test("state is that before the timeline: what the timeline tells is not told twice, at first and later", async () => {
  const harness = joinedRoom();
  const old = topic(harness, "old");
  for (let n = 0; n < 3; n += 1) say(harness);
  const shown = topic(harness, "new");
  const first = await harness.ask(device(me), { filter: filter({}, 2) });
  assert.ok(keys(first, "state").includes(`m.room.topic  ${old.eventId}`));
  assert.ok(!JSON.stringify(at(section(first), "state")).includes(shown.eventId));
  const gone = topic(harness, "in the gap");
  say(harness);
  say(harness);
  const next = await harness.ask(device(me), { filter: filter({}, 2), since: textAt(first, "next_batch") });
  assert.deepEqual(keys(next, "state"), [`m.room.topic  ${gone.eventId}`]);
  const last = topic(harness, "last");
  const whole = await harness.ask(device(me), { filter: filter({}, 2), since: textAt(next, "next_batch") });
  assert.deepEqual(keys(whole, "state"), []);
  assert.equal(textAt(section(whole), "timeline", "events", 0, "event_id"), last.eventId);
});

for (const { asked, key } of spellings) {
  test(`state-after asked in the ${asked} spelling comes under ${key}, up to the end, also when empty, and without state`, async () => {
    const harness = joinedRoom();
    const first = await harness.ask(device(me), { useStateAfter: asked });
    assert.equal(keys(first, key).length, 3);
    say(harness);
    const quiet = await harness.ask(device(me), { useStateAfter: asked, since: textAt(first, "next_batch") });
    assert.deepEqual(at(section(quiet), key), { events: [] });
    const shown = topic(harness, "shown");
    const next = await harness.ask(device(me), { useStateAfter: asked, since: textAt(quiet, "next_batch") });
    assert.deepEqual(keys(next, key), [`m.room.topic  ${shown.eventId}`]);
    for (const body of [first, quiet, next]) {
      const names = Object.keys(recordAt(section(body)));
      assert.deepEqual(
        names.filter((name) => name.includes("state")),
        [key],
      );
    }
  });
}

test("without state-after the key is `state` alone", async () => {
  const names = Object.keys(recordAt(section(await joinedRoom().ask(device(me)))));
  assert.deepEqual(
    names.filter((name) => name.includes("state")),
    ["state"],
  );
});

test("state-after holds a member whom another's invite or kick introduces before their own act", async () => {
  for (const lazy_load_members of [true, false]) {
    for (const ending of ["join", "leave"] as const) {
      for (const limit of [1, 2, 10]) {
        const harness = joinedRoom();
        const request = { filter: filter({ lazy_load_members }, limit), useStateAfter: "unstable" } as const;
        const since = await tokenOf(harness, request);
        harness.member(room, third, "invite", other);
        const own = harness.member(room, third, ending);
        const body = await harness.ask(device(me), { ...request, since });
        assert.ok(keys(body, spellings[1].key).includes(`m.room.member ${third} ${own.eventId}`), `${ending} ${limit}`);
      }
    }
  }
});

test("a room sent whole with state-after holds the members that its timeline introduces, senders, heroes or neither", async () => {
  const harness = joinedRoom();
  for (let n = 0; n < 6; n += 1) harness.member(room, `@u${n}:x`, "join");
  const invited = harness.member(room, third, "invite", other);
  const body = await harness.ask(device(me), { filter: filter({ lazy_load_members: true }, 1), useStateAfter: "stable" });
  assert.ok(!JSON.stringify(at(section(body), "summary")).includes(third));
  assert.ok(keys(body, "state_after").includes(`m.room.member ${third} ${invited.eventId}`));
});

test("one's own leave is in the timeline and in state-after", async () => {
  for (const sender of [me, other]) {
    const harness = joinedRoom();
    const since = await tokenOf(harness);
    const leave = harness.member(room, me, "leave", sender);
    const body = await harness.ask(device(me), { since, useStateAfter: "stable" });
    assert.deepEqual(keys(body, "state_after", "leave"), [`m.room.member ${me} ${leave.eventId}`]);
    assert.equal(textAt(section(body, "leave"), "timeline", "events", 0, "event_id"), leave.eventId);
    assert.equal(at(section(body, "leave"), "state"), undefined);
  }
});

test("state that a timeline filter keeps out of the timeline is told as state", async () => {
  const harness = joinedRoom();
  const only = JSON.stringify({ room: { timeline: { types: ["m.room.message"] } } });
  const since = await tokenOf(harness, { filter: only });
  const event = topic(harness, "hidden by the filter");
  assert.deepEqual(keys(await harness.ask(device(me), { since, filter: only }), "state"), [`m.room.topic  ${event.eventId}`]);
});

test("a state filter leaves out what it excludes, in both forms", async () => {
  const harness = joinedRoom();
  const request = { filter: filter({ types: ["m.room.topic"] }, 1) };
  topic(harness, "t");
  say(harness);
  for (const useStateAfter of [undefined, "stable"] as const) {
    const body = await harness.ask(device(me), { ...request, ...(useStateAfter === undefined ? {} : { useStateAfter }) });
    const types = keys(body, useStateAfter === undefined ? "state" : "state_after").map((text) => text.split(" ")[0]);
    assert.deepEqual(types, ["m.room.topic"]);
  }
});

test("full_state gives all state of every room, however quiet, with the timeline still after the token", async () => {
  const harness = joinedRoom();
  const since = await tokenOf(harness);
  const body = await harness.ask(device(me), { since, fullState: true, timeoutMs: 30_000 });
  assert.equal(keys(body, "state").length, 3);
  assert.deepEqual(listAt(section(body), "timeline", "events"), []);
});

test("state that changed while the reader was away reaches them, and the timeline does not run across the gap", async () => {
  const harness = joinedRoom();
  harness.append(room, { type: "m.room.history_visibility", sender: other, stateKey: "", content: { history_visibility: "joined" } });
  const since = await tokenOf(harness);
  const last = say(harness);
  harness.member(room, me, "leave");
  const unseen = topic(harness, "while away");
  const back = harness.member(room, me, "join");
  const body = await harness.ask(device(me), { since });
  const timeline = listAt(section(body), "timeline", "events").map((event) => textAt(event, "event_id"));
  assert.deepEqual(timeline, [back.eventId]);
  assert.equal(at(section(body), "timeline", "limited"), true);
  assert.ok(keys(body, "state").includes(`m.room.topic  ${unseen.eventId}`));
  const { position } = harness.sync.parseToken(textAt(section(body), "timeline", "prev_batch"));
  const older = await harness.feed.timeline(device(me), room, { after: 0, until: position, limit: 2 });
  assert.equal(older.events[0]?.eventId, last.eventId);
});

test("with state-after, too, what changed unseen while the reader was away reaches them", async () => {
  const harness = joinedRoom();
  harness.append(room, { type: "m.room.history_visibility", sender: other, stateKey: "", content: { history_visibility: "joined" } });
  const since = await tokenOf(harness);
  harness.member(room, me, "leave");
  const unseen = topic(harness, "while away");
  harness.member(room, me, "join");
  const body = await harness.ask(device(me), { since, useStateAfter: "stable" });
  assert.ok(keys(body, "state_after").includes(`m.room.topic  ${unseen.eventId}`));
});

test("a room joined since the token is sent whole, though the same request would not repeat state that the client knows", async () => {
  const harness = joinedRoom();
  const stranger = device("@new:x");
  const since = textAt(await harness.ask(stranger), "next_batch");
  harness.putAccountData("@new:x", room, "m.tag", {});
  harness.receipt(room, { userId: other, eventId: "$1" });
  const late = textAt(await harness.ask(stranger, { since }), "next_batch");
  harness.member(room, "@new:x", "join");
  const body = await harness.ask(stranger, { since: late });
  assert.equal(listAt(section(body), "timeline", "events").length, 4);
  assert.equal(at(section(body), "timeline", "limited"), false);
  assert.equal(listAt(section(body), "ephemeral", "events").length, 1);
  assert.equal(listAt(section(body), "account_data", "events").length, 1);
  assert.equal(at(section(body), "summary", "m.joined_member_count"), 3);
});

test("a summary comes with the first answer and whenever members changed, and only then", async () => {
  const harness = joinedRoom();
  const first = await harness.ask(device(me));
  assert.deepEqual(at(section(first), "summary"), { "m.heroes": [other], "m.joined_member_count": 2, "m.invited_member_count": 0 });
  say(harness);
  const quiet = await harness.ask(device(me), { since: textAt(first, "next_batch") });
  assert.equal(at(section(quiet), "summary"), undefined);
  harness.member(room, third, "invite", other);
  for (let n = 0; n < 12; n += 1) say(harness);
  const next = await harness.ask(device(me), { since: textAt(quiet, "next_batch") });
  assert.deepEqual(at(section(next), "summary"), { "m.heroes": [other, third], "m.joined_member_count": 2, "m.invited_member_count": 1 });
});
