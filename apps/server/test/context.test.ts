// What stood around an event, which event stood at a time, and what `unsigned` says of each.
import assert from "node:assert/strict";
import { test } from "node:test";
import { at, type Json, listAt, ok, refused, route, type Session, textAt } from "@wardroom/testkit";
import { context, find, tryContext } from "./relation-steps.test-support.ts";
import {
  act,
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
  setState,
} from "./room-steps.test-support.ts";
import { useServer } from "./running-server.test-support.ts";
import { stateOf, sync, timelineOf } from "./sync-steps.test-support.ts";

const server = useServer();
const pair = server.twoStrangers;

const around = (answer: Json) => [bodiesOf(listAt(answer, "events_before")), bodiesOf(listAt(answer, "events_after"))];

test("context is what came before, newest first, and after; together as many as the limit says", async () => {
  const [alice] = await pair();
  const room = await makeRoom(alice);
  const ids = await sayAll(alice, room, "1", "2", "3", "4", "5", "6", "7");
  const middle = ids[3] ?? "";
  assert.deepEqual(around(await context(alice, room, middle, { limit: "4" })), [
    ["3", "2"],
    ["5", "6"],
  ]);
  assert.deepEqual(around(await context(alice, room, middle, { limit: "3" })), [["3"], ["5", "6"]]);
  assert.deepEqual(around(await context(alice, room, middle, { limit: "1" })), [[], ["5"]]);
  const alone = await context(alice, room, middle, { limit: "0" });
  assert.deepEqual(around(alone), [[], []]);
  assert.equal(at(alone, "event", "event_id"), middle, "the event itself is always there");
});

test("the ends of a context are where /messages goes on, without gap and without doubling", async () => {
  const [alice] = await pair();
  const room = await makeRoom(alice);
  const ids = await sayAll(alice, room, "1", "2", "3", "4", "5", "6", "7");
  for (const limit of ["0", "1", "2", "5"]) {
    const answer = await context(alice, room, ids[3] ?? "", { limit });
    const [before = [], after = []] = around(answer);
    const older = bodiesOf(await history(alice, room, { from: textAt(answer, "start") }));
    const newer = bodiesOf(await history(alice, room, { dir: "f", from: textAt(answer, "end") }));
    assert.deepEqual([...older.toReversed(), ...before.toReversed(), "4", ...after, ...newer], ["1", "2", "3", "4", "5", "6", "7"], limit);
  }
});

test("state is that at the last event of the context, and lazy loading leaves the members who said something", async () => {
  const [alice, bob] = await pair();
  const carol = await server.stranger();
  const room = await makeRoomWith(alice, [bob, carol]);
  await setState(alice, room, "m.room.topic", { topic: "then" });
  const id = await say(bob, room, "x");
  await setState(alice, room, "m.room.topic", { topic: "now" });
  const topicIn = (answer: Json) =>
    at(
      listAt(answer, "state").find((event) => at(event, "type") === "m.room.topic"),
      "content",
      "topic",
    );
  const membersIn = (answer: Json) =>
    listAt(answer, "state").flatMap((event) => (at(event, "type") === "m.room.member" ? [textAt(event, "state_key")] : []));
  const early = await context(alice, room, id, { limit: "0" });
  assert.equal(topicIn(early), "then");
  assert.equal(membersIn(early).length, 3);
  assert.equal(topicIn(await context(alice, room, id, { limit: "2" })), "now");
  const lazy = await context(alice, room, id, { limit: "0", filter: JSON.stringify({ lazy_load_members: true }) });
  assert.deepEqual(membersIn(lazy), [bob.userId]);
  const filtered = await context(alice, room, id, { filter: JSON.stringify({ types: ["m.room.topic"] }) });
  assert.equal(at(filtered, "event", "event_id"), id, "the filter is not for the event itself");
  assert.deepEqual(
    new Set([...listAt(filtered, "state"), ...listAt(filtered, "events_before")].map((event) => at(event, "type"))),
    new Set(["m.room.topic"]),
  );
  for (const filter of ["{", "7", '{"types":7}']) refused(await tryContext(alice, room, id, { filter }), 400, "M_INVALID_PARAM");
});

test("context shows nobody what they may not see, and answers alike for what is hidden and what is not there", async () => {
  const [alice, bob] = await pair();
  const [carol, dave] = await pair();
  const room = await makeRoom(alice, { preset: "public_chat" });
  await setState(alice, room, "m.room.history_visibility", { history_visibility: "joined" });
  const hidden = await say(alice, room, "hidden");
  await join(bob, room);
  const seen = await say(alice, room, "seen");
  await leave(bob, room);
  const later = await say(alice, room, "later");
  await setState(alice, room, "m.room.topic", { topic: "later" });
  const past = await context(bob, room, seen, { limit: "20" });
  assert.deepEqual(around(past), [[], []]);
  assert.ok(![hidden, later].some((id) => JSON.stringify(past).includes(id)));
  assert.ok(!listAt(past, "state").some((event) => at(event, "type") === "m.room.topic"), "state ends at the departure");
  await act(alice, "invite", room, dave);
  const unknown = await tryContext(alice, room, "$unknown");
  refused(unknown, 404, "M_NOT_FOUND");
  const other = await makeRoom(carol);
  for (const answer of [
    await tryContext(bob, room, hidden),
    await tryContext(bob, room, later),
    await tryContext(carol, room, seen),
    await tryContext(dave, room, seen),
    await tryContext(carol, other, seen),
    await tryContext(carol, "!nowhere", seen),
  ]) {
    refused(answer, 404, "M_NOT_FOUND");
    assert.equal(answer.text, unknown.text);
  }
});

test("beside words that everybody could read, who had left before finds the state of their departure", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  await setState(alice, room, "m.room.topic", { topic: "then" });
  await leave(bob, room);
  await setState(alice, room, "m.room.topic", { topic: "secret" });
  await setState(alice, room, "m.room.history_visibility", { history_visibility: "world_readable" });
  const open = await say(alice, room, "for everybody");
  await setState(alice, room, "m.room.history_visibility", { history_visibility: "shared" });
  const answer = await context(bob, room, open, { limit: "0" });
  assert.ok(listAt(answer, "state").some((event) => at(event, "content", "topic") === "then"));
  assert.ok(!JSON.stringify(answer).includes("secret"));
  assert.deepEqual(listAt(await context(await server.stranger(), room, open), "state"), [], "who was never there, none");
});

const tryAt = (by: Session, room: string, ts: number, dir: string) =>
  by.get(route`/_matrix/client/v1/rooms/${room}/timestamp_to_event`, { ts: String(ts), dir });

test("the event at a time is the nearest that the reader may see, in the direction asked for", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoom(alice, { preset: "public_chat" });
  await setState(alice, room, "m.room.history_visibility", { history_visibility: "joined" });
  await sayAll(alice, room, "1", "2");
  await join(bob, room);
  const [one = "", two = ""] = await sayAll(alice, room, "3", "4");
  const all = (await history(alice, room)).toReversed();
  const timeOf = (id: string) => Number(at(find(all, id), "origin_server_ts"));
  for (const id of idsOf(all)) {
    for (const [dir, pick] of [
      ["f", all.find((event) => Number(at(event, "origin_server_ts")) >= timeOf(id))],
      ["b", all.findLast((event) => Number(at(event, "origin_server_ts")) <= timeOf(id))],
    ] as const) {
      const found = ok(await tryAt(alice, room, timeOf(id), dir));
      assert.deepEqual([at(found, "event_id"), at(found, "origin_server_ts")], [at(pick, "event_id"), at(pick, "origin_server_ts")], dir);
    }
  }
  assert.equal(at(ok(await tryAt(alice, room, 0, "f")), "event_id"), idsOf(all)[0]);
  assert.equal(at(ok(await tryAt(alice, room, 9e14, "b")), "event_id"), two);
  refused(await tryAt(alice, room, 0, "b"), 404, "M_NOT_FOUND");
  refused(await tryAt(alice, room, 9e14, "f"), 404, "M_NOT_FOUND");
  const first = idsOf((await history(bob, room)).toReversed())[0];
  assert.equal(at(ok(await tryAt(bob, room, 0, "f")), "event_id"), first, "not what came before his time");
  assert.ok(timeOf(one) > 0);
  const stranger = await server.stranger();
  refused(await tryAt(stranger, room, 0, "f"), 403, "M_FORBIDDEN");
  refused(await stranger.get(route`/_matrix/client/v1/rooms/${"!nowhere"}/timestamp_to_event`, { ts: "0", dir: "f" }), 403, "M_FORBIDDEN");
  refused(await alice.get(route`/_matrix/client/v1/rooms/${room}/timestamp_to_event`, { dir: "f" }), 400, "M_MISSING_PARAM");
});

test("every event says how old it is and what the reader was in the room when it happened", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoom(alice, { preset: "public_chat" });
  const before = await say(alice, room, "before");
  await act(alice, "invite", room, bob);
  const during = await say(alice, room, "while invited");
  await join(bob, room);
  const after = await say(alice, room, "joined");
  await leave(bob, room);
  for (const [id, membership] of [
    [before, "leave"],
    [during, "invite"],
    [after, "join"],
  ] as const) {
    const event = await getEvent(bob, room, id);
    assert.equal(at(event, "unsigned", "membership"), membership);
    const age = Number(at(event, "unsigned", "age"));
    assert.ok(age >= 0 && age < 60_000, `${age}`);
    assert.equal(at(await getEvent(alice, room, id), "unsigned", "membership"), "join", "each reader their own");
  }
  const timeline = timelineOf(await sync(alice, { filter: { room: { timeline: { limit: 50 } } } }), room);
  assert.ok(
    timeline.slice(1).every((event) => at(event, "unsigned", "membership") === "join" && Number(at(event, "unsigned", "age")) >= 0),
  );
});

test("state says what it replaced; who may not see that learns its id alone", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoom(alice, { preset: "public_chat" });
  await setState(alice, room, "m.room.history_visibility", { history_visibility: "joined" });
  const first = await setState(alice, room, "m.room.topic", { topic: "first" });
  const second = await setState(alice, room, "m.room.topic", { topic: "second" });
  await join(bob, room);
  const topicFor = async (who: Session) => {
    const event = find(stateOf(await sync(who, { filter: { room: { timeline: { limit: 1 } } } }), room), second);
    return [at(event, "unsigned", "prev_content", "topic"), at(event, "unsigned", "replaces_state")];
  };
  await say(alice, room, "after it");
  assert.deepEqual(await topicFor(alice), ["first", first]);
  assert.deepEqual(await topicFor(bob), [undefined, first]);
});
