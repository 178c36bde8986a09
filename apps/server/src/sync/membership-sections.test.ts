import assert from "node:assert/strict";
import { test } from "node:test";
import { at, type Json, listAt, recordAt, textAt } from "@wardroom/testkit";
import { createHarness, device, type Harness } from "./sync-harness.test-support.ts";

const [me, other, room] = ["@me:x", "@other:x", "!r"];

function makeRoom(): Harness {
  const harness = createHarness();
  harness.append(room, { type: "m.room.create", sender: other, stateKey: "", content: { creator: other } });
  harness.member(room, other, "join", other, { displayname: "Other" });
  harness.append(room, { type: "m.room.name", sender: other, stateKey: "", content: { name: "Room" } });
  harness.append(room, { type: "org.example.secret", sender: other, stateKey: "", content: { word: "hush" } });
  return harness;
}

const say = (harness: Harness, body: string) => harness.append(room, { type: "m.room.message", sender: other, content: { body } });
const next = (body: Json) => textAt(body, "next_batch");
const ids = (body: Json, kind: string, list = "timeline") =>
  listAt(body, "rooms", kind, room, list, "events").map((event) => textAt(event, "event_id"));
const includeLeave = JSON.stringify({ room: { include_leave: true } });

test("an invite comes with stripped state: the create event, what describes the room, who invites, and the invite", async () => {
  const harness = makeRoom();
  const since = next(await harness.ask(device(me)));
  harness.member(room, me, "invite", other);
  for (const request of [{}, { since }]) {
    const body = await harness.ask(device(me), request);
    assert.deepEqual(Object.keys(recordAt(body, "rooms")), ["invite"]);
    const events = listAt(body, "rooms", "invite", room, "invite_state", "events");
    assert.deepEqual(
      events.map((event) => `${textAt(event, "type")} ${textAt(event, "state_key")}`),
      ["m.room.create ", "m.room.name ", `m.room.member ${other}`, `m.room.member ${me}`],
    );
    for (const event of events) assert.deepEqual(Object.keys(recordAt(event)).sort(), ["content", "sender", "state_key", "type"]);
  }
});

test("an invite shows the room as it was when the invite was made, and is told once", async () => {
  const harness = makeRoom();
  const since = next(await harness.ask(device(me)));
  harness.member(room, me, "invite", other);
  harness.append(room, { type: "m.room.name", sender: other, stateKey: "", content: { name: "Later" } });
  const body = await harness.ask(device(me), { since });
  assert.ok(!JSON.stringify(body).includes("Later"));
  assert.equal(at(await harness.ask(device(me), { since: next(body) }), "rooms"), undefined);
});

test("an invite that was told is not told again because it is declined while the next answer is put together", async () => {
  const harness = makeRoom();
  harness.member(room, me, "invite", other);
  const since = next(await harness.ask(device(me)));
  harness.setInterference(() => {
    harness.setInterference(() => {});
    harness.member(room, me, "leave");
  });
  const body = await harness.ask(device(me), { since });
  assert.equal(at(body, "rooms"), undefined);
  assert.equal(ids(await harness.ask(device(me), { since: next(body) }), "leave").length, 1);
});

test("a knock comes with knock_state, the create event in it", async () => {
  const harness = makeRoom();
  harness.member(room, me, "knock");
  const events = listAt(await harness.ask(device(me)), "rooms", "knock", room, "knock_state", "events");
  assert.deepEqual(
    events.map((event) => textAt(event, "type")),
    ["m.room.create", "m.room.name", "m.room.member"],
  );
});

for (const [name, membership, sender] of [
  ["a leave", "leave", me],
  ["a kick", "leave", other],
  ["a ban", "ban", other],
] as const) {
  test(`${name} is told once, with what came before it and nothing that came after`, async () => {
    const harness = makeRoom();
    harness.member(room, me, "join");
    const since = next(await harness.ask(device(me)));
    const before = say(harness, "before");
    const end = harness.member(room, me, membership, sender);
    say(harness, "beyond");
    harness.append(room, { type: "m.room.topic", sender: other, stateKey: "", content: { topic: "beyond" } });
    for (const useStateAfter of [undefined, "stable"] as const) {
      const body = await harness.ask(device(me), { since, ...(useStateAfter === undefined ? {} : { useStateAfter }) });
      assert.deepEqual(Object.keys(recordAt(body, "rooms")), ["leave"]);
      assert.deepEqual(ids(body, "leave"), [before.eventId, end.eventId]);
      assert.ok(!JSON.stringify(body).includes("beyond"));
      assert.equal(at(await harness.ask(device(me), { since: next(body) }), "rooms"), undefined);
    }
  });
}

test("a ban that follows a kick is told without the state that changed in between", async () => {
  const harness = makeRoom();
  harness.member(room, me, "join");
  const since = next(await harness.ask(device(me)));
  harness.member(room, me, "leave", other);
  harness.append(room, { type: "m.room.topic", sender: other, stateKey: "", content: { topic: "not for them" } });
  const ban = harness.member(room, me, "ban", other);
  for (const limit of [1, 10]) {
    for (const useStateAfter of [undefined, "unstable"] as const) {
      const filter = JSON.stringify({ room: { timeline: { limit } } });
      const body = await harness.ask(device(me), { since, filter, ...(useStateAfter === undefined ? {} : { useStateAfter }) });
      assert.ok(!JSON.stringify(body).includes("not for them"));
      assert.equal(ids(body, "leave").at(-1), ban.eventId);
      if (useStateAfter !== undefined) assert.deepEqual(ids(body, "leave", "org.matrix.msc4222.state_after"), [ban.eventId]);
    }
  }
});

test("who declines an invite, or has it taken back, learns nothing of the room", async () => {
  for (const sender of [me, other]) {
    const harness = makeRoom();
    harness.member(room, me, "invite", other);
    const since = next(await harness.ask(device(me)));
    say(harness, "inside");
    const end = harness.member(room, me, "leave", sender);
    for (const useStateAfter of [undefined, "stable"] as const) {
      const body = await harness.ask(device(me), { since, ...(useStateAfter === undefined ? {} : { useStateAfter }) });
      assert.deepEqual(ids(body, "leave"), [end.eventId]);
      assert.ok(!/inside|hush/.test(JSON.stringify(body)));
    }
    const later = await harness.ask(device(me), { filter: includeLeave });
    assert.ok(!/inside|hush/.test(JSON.stringify(later)));
  }
});

test("a ban and an unban of a stranger reach them with their own membership only", async () => {
  const harness = makeRoom();
  const since = next(await harness.ask(device(me)));
  harness.member(room, me, "ban", other);
  const banned = await harness.ask(device(me), { since });
  harness.member(room, me, "leave", other);
  const unbanned = await harness.ask(device(me), { since: next(banned) });
  for (const body of [banned, unbanned]) {
    assert.equal(ids(body, "leave").length, 1);
    assert.ok(!JSON.stringify(body).includes("hush"));
  }
});

test("who joined and left between two syncs gets the room in the leave section, whole up to the leave", async () => {
  const harness = makeRoom();
  const since = next(await harness.ask(device(me)));
  harness.member(room, me, "join");
  harness.member(room, me, "leave");
  say(harness, "beyond");
  const filter = JSON.stringify({ room: { timeline: { limit: 2 } } });
  const body = await harness.ask(device(me), { since, filter });
  assert.equal(ids(body, "leave").length, 2);
  assert.ok(JSON.stringify(at(body, "rooms", "leave", room, "state")).includes("hush"));
  assert.ok(!JSON.stringify(body).includes("beyond"));
});

test("an initial sync tells of rooms left long ago only if asked, and then up to the leave", async () => {
  const harness = makeRoom();
  harness.member(room, me, "join");
  const end = harness.member(room, me, "leave");
  say(harness, "beyond");
  assert.equal(at(await harness.ask(device(me)), "rooms"), undefined);
  const body = await harness.ask(device(me), { filter: includeLeave });
  assert.equal(ids(body, "leave").at(-1), end.eventId);
  assert.ok(!JSON.stringify(body).includes("beyond"));
});

test("a forgotten room is in no initial sync; a device that missed the leave gets the leave, once, and nothing else", async () => {
  const harness = makeRoom();
  harness.member(room, me, "join");
  const since = next(await harness.ask(device(me)));
  say(harness, "inside");
  const end = harness.member(room, me, "leave");
  harness.forget(room, me);
  assert.equal(at(await harness.ask(device(me), { filter: includeLeave }), "rooms"), undefined);
  const body = await harness.ask(device(me), { since });
  assert.deepEqual(ids(body, "leave"), [end.eventId]);
  assert.ok(!JSON.stringify(body).includes("inside"));
  assert.equal(at(await harness.ask(device(me), { since: next(body) }), "rooms"), undefined);
  assert.equal(at(await harness.ask(device(me), { since: next(body), fullState: true }), "rooms"), undefined);
});

test("who comes back to a forgotten room gets all of it, marked as not joining up with what they had", async () => {
  const harness = makeRoom();
  harness.member(room, me, "join");
  harness.member(room, me, "leave");
  harness.forget(room, me);
  const since = next(await harness.ask(device(me)));
  harness.member(room, me, "join");
  const body = await harness.ask(device(me), { since });
  assert.equal(at(body, "rooms", "join", room, "timeline", "limited"), true);
  assert.equal(ids(body, "join").length, 7);
});

test("rooms that the filter excludes are in no section", async () => {
  const harness = makeRoom();
  harness.member(room, me, "invite", other);
  harness.member("!b", me, "join");
  harness.member("!c", me, "join");
  harness.member("!c", me, "leave");
  const none = JSON.stringify({ room: { not_rooms: [room, "!b", "!c"], include_leave: true } });
  assert.equal(at(await harness.ask(device(me), { filter: none }), "rooms"), undefined);
  const one = JSON.stringify({ room: { rooms: ["!b"], include_leave: true } });
  assert.deepEqual(at(await harness.ask(device(me), { filter: one }), "rooms", "invite"), undefined);
});

test("nobody gets a room in which they never had a membership, whatever the token or the filter says", async () => {
  const harness = makeRoom();
  harness.append(room, {
    type: "m.room.history_visibility",
    sender: other,
    stateKey: "",
    content: { history_visibility: "world_readable" },
  });
  const filter = JSON.stringify({ room: { rooms: [room], include_leave: true } });
  for (const since of [undefined, harness.sync.formatToken(0), harness.sync.formatToken(3)]) {
    const body = await harness.ask(device("@stranger:x"), { filter, fullState: true, ...(since === undefined ? {} : { since }) });
    assert.equal(at(body, "rooms"), undefined);
  }
});

test("data of a room that was left reaches the other devices, once, and that of a forgotten room does not", async () => {
  const harness = makeRoom();
  harness.member(room, me, "join");
  harness.member(room, me, "leave");
  const since = next(await harness.ask(device(me)));
  harness.putAccountData(me, room, "m.tag", { tags: { "u.old": {} } });
  const body = await harness.ask(device(me), { since });
  assert.deepEqual(recordAt(body, "rooms", "leave", room), {
    state: { events: [] },
    timeline: { events: [], limited: false, prev_batch: textAt(body, "rooms", "leave", room, "timeline", "prev_batch") },
    account_data: { events: [{ type: "m.tag", content: { tags: { "u.old": {} } } }] },
  });
  assert.equal(at(await harness.ask(device(me), { since: next(body) }), "rooms"), undefined);
  const filter = JSON.stringify({ room: { account_data: { types: [] } } });
  assert.equal(at(await harness.ask(device(me), { since, filter }), "rooms"), undefined);
  harness.forget(room, me);
  assert.equal(at(await harness.ask(device(me), { since }), "rooms"), undefined);
});

test("a knock that is taken back or refused comes as a leave, with nothing of the room but that", async () => {
  for (const sender of [me, other]) {
    const harness = makeRoom();
    harness.member(room, me, "knock");
    const since = next(await harness.ask(device(me)));
    const leave = harness.member(room, me, "leave", sender);
    const body = await harness.ask(device(me), { since });
    assert.deepEqual(Object.keys(recordAt(body, "rooms")), ["leave"]);
    assert.deepEqual(
      [...ids(body, "leave", "state"), ...ids(body, "leave")].filter((id) => id !== leave.eventId),
      [],
    );
    assert.equal(at(await harness.ask(device(me), { since: next(body) }), "rooms"), undefined);
  }
});

test("a room is archived for who left it: full_state does not wait for news, and says nothing of that room", async () => {
  const harness = makeRoom();
  harness.member(room, me, "join");
  harness.member(room, me, "leave");
  const since = next(await harness.ask(device(me)));
  say(harness, "later");
  const body = await harness.ask(device(me), { since, fullState: true, timeoutMs: 30_000 });
  assert.equal(at(body, "rooms"), undefined);
  assert.equal(harness.pendingTimers(), 0);
});
