import assert from "node:assert/strict";
import { test } from "node:test";
import { at, type Json, type JsonRecord, listAt, recordAt, textAt } from "@wardroom/testkit";
import { createHarness, device, type Harness } from "./sync-harness.test-support.ts";

const [me, friend, other, one, two] = ["@me:x", "@friend:x", "@other:x", "!one", "!two"];

function makeRooms(): Harness {
  const harness = createHarness();
  for (const room of [one, two]) for (const userId of [friend, other, me]) harness.member(room, userId, "join");
  return harness;
}

const next = (body: Json) => textAt(body, "next_batch");
const events = (body: Json, room: string, section: string) => listAt(body, "rooms", "join", room, section, "events");
const types = (body: Json, room: string, section: string) => events(body, room, section).map((event) => textAt(event, "type"));
const senders = (body: Json, room: string, section = "timeline") => events(body, room, section).map((event) => textAt(event, "sender"));

/** Some of everything in both rooms, looked at through the filter. */
async function ask(filter: JsonRecord): Promise<Json> {
  const harness = makeRooms();
  const since = next(await harness.ask(device(me)));
  for (const room of [one, two]) {
    harness.append(room, { type: "m.room.name", sender: friend, stateKey: "", content: { name: "N" } });
    harness.append(room, { type: "m.room.topic", sender: other, stateKey: "", content: { topic: "T", url: "mxc://x/y" } });
    harness.append(room, { type: "m.room.message", sender: friend, content: { body: "f" } });
    harness.append(room, { type: "m.room.message", sender: other, content: { body: "o", url: "mxc://x/y" } });
    harness.append(room, { type: "m.sticker", sender: other, content: { url: "mxc://x/y" } });
    harness.receipt(room, { userId: friend, eventId: "$1" });
    harness.type(room, [friend]);
    harness.putAccountData(me, room, "m.tag", { tags: {} });
    harness.putAccountData(me, room, "org.example", {});
  }
  harness.putAccountData(me, undefined, "m.direct", {});
  harness.putAccountData(me, undefined, "org.example", {});
  return harness.ask(device(me), { since, filter: JSON.stringify(filter) });
}

const all = ["m.room.name", "m.room.topic", "m.room.message", "m.room.message", "m.sticker"];

test("without a filter everything comes", async () => {
  const body = await ask({});
  for (const room of [one, two]) {
    assert.deepEqual(types(body, room, "timeline"), all);
    assert.deepEqual(types(body, room, "ephemeral"), ["m.typing", "m.receipt"]);
    assert.deepEqual(types(body, room, "account_data"), ["m.tag", "org.example"]);
  }
});

test("room.rooms and room.not_rooms choose the rooms of the whole answer, an exclusion first", async () => {
  const named = async (room: JsonRecord) => Object.keys(recordAt(await ask({ room }), "rooms", "join"));
  assert.deepEqual(await named({ rooms: [one] }), [one]);
  assert.deepEqual(await named({ not_rooms: [one] }), [two]);
  assert.equal(at(await ask({ room: { rooms: [one], not_rooms: [one] } }), "rooms"), undefined);
});

for (const [section, left] of [
  ["timeline", all],
  ["ephemeral", ["m.typing", "m.receipt"]],
  ["account_data", ["m.tag", "org.example"]],
] as const) {
  test(`room.${section}.rooms and not_rooms choose the rooms of that section alone`, async () => {
    for (const filter of [{ rooms: [two] }, { not_rooms: [one] }]) {
      const body = await ask({ room: { [section]: filter } });
      assert.deepEqual(types(body, one, section), []);
      assert.deepEqual(types(body, two, section), left);
      assert.notDeepEqual(Object.keys(recordAt(body, "rooms", "join")), [two], "the room's other sections are there");
    }
  });

  test(`room.${section}.types and not_types choose by type, with stars`, async () => {
    const [first = ""] = left;
    assert.deepEqual(types(await ask({ room: { [section]: { types: [first] } } }), one, section), [first]);
    assert.deepEqual(
      types(await ask({ room: { [section]: { not_types: ["m.*"] } } }), one, section),
      left.filter((type) => !type.startsWith("m.")),
    );
  });
}

test("room.timeline.senders and not_senders choose by sender", async () => {
  assert.deepEqual(senders(await ask({ room: { timeline: { senders: [friend] } } }), one), [friend, friend]);
  assert.deepEqual(senders(await ask({ room: { timeline: { not_senders: [friend] } } }), one), [other, other, other]);
});

test("contains_url chooses events with or without a link of their own", async () => {
  assert.deepEqual(types(await ask({ room: { timeline: { contains_url: true } } }), one, "timeline"), [
    "m.room.topic",
    "m.room.message",
    "m.sticker",
  ]);
  assert.deepEqual(types(await ask({ room: { timeline: { contains_url: false } } }), one, "timeline"), ["m.room.name", "m.room.message"]);
});

test("room.timeline.limit bounds the timeline and says that something was left out; a hundred is the most", async () => {
  const body = await ask({ room: { timeline: { limit: 2 } } });
  assert.deepEqual(types(body, one, "timeline"), ["m.room.message", "m.sticker"]);
  assert.equal(at(body, "rooms", "join", one, "timeline", "limited"), true);
  const harness = makeRooms();
  for (let n = 0; n < 120; n += 1) harness.append(one, { type: "m.room.message", sender: friend });
  const filter = JSON.stringify({ room: { timeline: { limit: 1000 } } });
  assert.equal(events(await harness.ask(device(me), { filter }), one, "timeline").length, 100);
});

test("room.state filters what stands in state, by type, sender, room and link", async () => {
  const limit = { timeline: { limit: 1 } };
  const state = async (filter: JsonRecord, room = one) => types(await ask({ room: { ...limit, state: filter } }), room, "state");
  assert.deepEqual(await state({}), ["m.room.name", "m.room.topic"]);
  assert.deepEqual(await state({ types: ["m.room.name"] }), ["m.room.name"]);
  assert.deepEqual(await state({ not_types: ["m.room.name"] }), ["m.room.topic"]);
  assert.deepEqual(await state({ senders: [other] }), ["m.room.topic"]);
  assert.deepEqual(await state({ not_senders: [other] }), ["m.room.name"]);
  assert.deepEqual(await state({ contains_url: true }), ["m.room.topic"]);
  assert.deepEqual(await state({ not_rooms: [one] }), []);
  assert.deepEqual(await state({ not_rooms: [one] }, two), ["m.room.name", "m.room.topic"]);
});

test("account_data filters what belongs to no room", async () => {
  const data = async (filter: JsonRecord) =>
    listAt(await ask({ account_data: filter }), "account_data", "events").map((event) => textAt(event, "type"));
  assert.deepEqual(await data({}), ["m.direct", "org.example"]);
  assert.deepEqual(await data({ types: ["m.*"] }), ["m.direct"]);
  assert.deepEqual(await data({ not_types: ["m.*"] }), ["org.example"]);
});

test("event_fields leaves of timeline and state events what was asked for", async () => {
  const body = await ask({ event_fields: ["content.body"], room: { timeline: { limit: 3 } } });
  assert.deepEqual(
    events(body, one, "timeline").map((event) => at(event, "content")),
    [{ body: "f" }, { body: "o" }, {}],
  );
  assert.deepEqual(
    events(body, one, "state").map((event) => at(event, "content")),
    [{}, {}],
  );
  assert.deepEqual(at(events(body, one, "ephemeral")[0], "content"), { user_ids: [friend] }, "what is no event of the room stays whole");
});

test("two readers with other event_fields are never given each other's texts", async () => {
  const harness = makeRooms();
  const since = next(await harness.ask(device(me)));
  harness.append(one, { type: "m.room.message", sender: other, content: { body: "secret to the picky", n: 1 } });
  const fields = [["content.n"], ["content.body"]];
  const bodies = await Promise.all(
    fields.map((event_fields) => harness.ask(device(me), { since, filter: JSON.stringify({ event_fields }) })),
  );
  assert.deepEqual(
    bodies.map((body) => Object.keys(recordAt(events(body, one, "timeline")[0], "content"))),
    [["n"], ["body"]],
  );
});

test("include_leave brings rooms left long ago into an initial sync", async () => {
  const harness = makeRooms();
  harness.member(one, me, "leave");
  assert.equal(at(await harness.ask(device(me)), "rooms", "leave"), undefined);
  const filter = JSON.stringify({ room: { include_leave: true } });
  assert.deepEqual(Object.keys(recordAt(await harness.ask(device(me), { filter }), "rooms", "leave")), [one]);
});

test("lazy_load_members leaves out who is silent, and include_redundant_members repeats who is not", async () => {
  const harness = makeRooms();
  harness.append(one, { type: "m.room.name", sender: friend, stateKey: "", content: { name: "N" } });
  const lazy = (more: JsonRecord) => JSON.stringify({ room: { state: { lazy_load_members: true, ...more }, timeline: { limit: 1 } } });
  for (let n = 0; n < 7; n += 1) harness.member(one, `@silent${n}:x`, "join");
  harness.append(one, { type: "m.room.message", sender: "@silent6:x" });
  const members = (body: Json) =>
    events(body, one, "state").flatMap((event) => (textAt(event, "type") === "m.room.member" ? [textAt(event, "state_key")] : []));
  const first = await harness.ask(device(me), { filter: lazy({}) });
  assert.ok(members(first).includes("@silent6:x") && !members(first).includes("@silent5:x"));
  for (const [redundant, expected] of [
    [false, []],
    [true, ["@silent6:x"]],
  ] as const) {
    const filter = lazy({ include_redundant_members: redundant });
    const since = next(await harness.ask(device(me), { filter }));
    const token = next(await harness.ask(device(me), { since, filter }));
    harness.append(one, { type: "m.room.message", sender: "@silent6:x" });
    assert.deepEqual(members(await harness.ask(device(me), { since: token, filter })), expected);
  }
});

test("unread words in threads are part of the room's count, and apart from it where the client asks so", async () => {
  const harness = makeRooms();
  harness.threads.set("$root", { notifications: 3, highlights: 2 });
  const asked = async (filter: JsonRecord) => at(await harness.ask(device(me), { filter: JSON.stringify(filter) }), "rooms", "join", one);
  const together = await asked({});
  assert.deepEqual(at(together, "unread_notifications"), { notification_count: 5, highlight_count: 3 });
  assert.equal(at(together, "unread_thread_notifications"), undefined);
  const apart = await asked({ room: { timeline: { unread_thread_notifications: true } } });
  assert.deepEqual(at(apart, "unread_notifications"), { notification_count: 2, highlight_count: 1 });
  assert.deepEqual(at(apart, "unread_thread_notifications"), { $root: { notification_count: 3, highlight_count: 2 } });
});

test("counts come again when the reader's receipt of a thread moves, and when something is redacted that a filter hides", async () => {
  const harness = makeRooms();
  const filter = JSON.stringify({
    room: { timeline: { types: ["m.room.message"], unread_thread_notifications: true }, state: { types: [] } },
  });
  const since = next(await harness.ask(device(me), { filter }));
  harness.receipt(one, { userId: me, eventId: "$1", threadId: "$root" });
  harness.append(two, { type: "m.room.redaction", sender: other, content: { redacts: "$2" } });
  const body = await harness.ask(device(me), { since, filter });
  for (const room of [one, two]) assert.ok(at(body, "rooms", "join", room, "unread_notifications") !== undefined, room);
  harness.append(two, { type: "org.example.hidden", sender: other });
  assert.equal(at(await harness.ask(device(me), { since: next(body), filter }), "rooms"), undefined, "nothing else that is hidden is news");
});

test("what relates to what is read in a filter and refuses nothing", async () => {
  const body = await ask({ room: { timeline: { related_by_senders: [friend], related_by_rel_types: ["m.thread"] } } });
  assert.equal(types(body, one, "timeline").length > 0, true);
});
