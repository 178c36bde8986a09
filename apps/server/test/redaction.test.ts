import assert from "node:assert/strict";
import { test } from "node:test";
import { at, type Json, ok, recordAt, refused, textAt } from "@wardroom/testkit";
import {
  getEvent,
  getState,
  history,
  makeRoomWith,
  redact,
  say,
  send,
  setState,
  tryGetEvent,
  tryRedact,
} from "./room-steps.test-support.ts";
import { useServer } from "./running-server.test-support.ts";
import { follow, sync, timelineOf } from "./sync-steps.test-support.ts";

const server = useServer();
const { pair } = server;
const find = (events: readonly Json[], id: string) => events.find((event) => at(event, "event_id") === id);

for (const version of ["10", "11", "12"]) {
  test(`in version ${version} a redacted message is empty on every path, and says what redacted it`, async () => {
    const [alice, bob] = await pair();
    const room = await makeRoomWith(alice, [bob], { room_version: version });
    const id = await say(alice, room, "a secret word");
    const redaction = await redact(alice, room, id, "a slip");
    const paths: Readonly<Record<string, Json | undefined>> = {
      event: await getEvent(bob, room, id),
      messages: find(await history(bob, room), id),
      sync: find(timelineOf(await sync(bob, { filter: { room: { timeline: { limit: 50 } } } }), room), id),
    };
    for (const [path, event] of Object.entries(paths)) {
      assert.ok(event !== undefined, `${path}: the event is still there`);
      assert.deepEqual({ ...recordAt(event, "content") }, {}, path);
      assert.equal(at(event, "unsigned", "redacted_because", "event_id"), redaction, path);
      assert.equal(at(event, "unsigned", "redacted_because", "content", "reason"), "a slip", path);
      assert.equal(at(event, "sender"), alice.userId, path);
    }
    assert.doesNotMatch(JSON.stringify(await history(bob, room)), /a secret word/);
  });

  test(`in version ${version} clients old and new find the target of a redaction where they look`, async () => {
    const [alice, bob] = await pair();
    const room = await makeRoomWith(alice, [bob], { room_version: version });
    const id = await say(alice, room, "words");
    const follower = await follow(bob);
    const redaction = await redact(alice, room, id);
    const live = await follower.until("the redaction", (answer) => find(timelineOf(answer, room), redaction));
    for (const event of [live, await getEvent(bob, room, redaction), find(await history(bob, room), redaction)]) {
      assert.equal(textAt(event, "type"), "m.room.redaction");
      assert.equal(at(event, "content", "redacts"), id, "in content, as since version 11; servers should add it in older rooms");
      assert.equal(at(event, "redacts"), id, "at the top, as before version 11; servers should add it in newer rooms");
    }
  });
}

test("redacting state leaves the state in place with what redaction keeps", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  const topic = await setState(alice, room, "m.room.topic", { topic: "a secret topic" });
  await redact(alice, room, topic);
  assert.deepEqual({ ...recordAt(await getState(bob, room, "m.room.topic")) }, {});
  const stored = ok(await bob.get(`/rooms/${encodeURIComponent(room)}/state`));
  assert.doesNotMatch(JSON.stringify(stored), /a secret topic/);
  assert.doesNotMatch(JSON.stringify(await sync(bob)), /a secret topic/);
  const later = await setState(alice, room, "m.room.topic", { topic: "new" });
  assert.doesNotMatch(JSON.stringify(await getEvent(bob, room, later)), /a secret topic/, "nor as prev_content of the next");
});

test("redacting a member event keeps the membership and drops the name", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  const named = await setState(bob, room, "m.room.member", { membership: "join", displayname: "Embarrassing" }, bob.userId);
  await redact(bob, room, named);
  assert.deepEqual({ ...recordAt(await getState(alice, room, "m.room.member", bob.userId)) }, { membership: "join" });
  await say(bob, room, "still here");
});

test("a redacted power-levels event still holds: redaction is no way to become powerful", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  const levels = textAt(
    ok(await alice.get(`/rooms/${encodeURIComponent(room)}/state/m.room.power_levels`, { format: "event" })),
    "event_id",
  );
  await redact(alice, room, levels);
  const answer = await bob.put(`/rooms/${encodeURIComponent(room)}/state/m.room.name/`, { name: "Bob's" });
  refused(answer, 403, "M_FORBIDDEN");
});

test("a redacted edit shows its words nowhere, also not through the event that it edited", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  const first = await say(alice, room, "first");
  const edit = await send(alice, room, "m.room.message", {
    msgtype: "m.text",
    body: "* leaked",
    "m.new_content": { msgtype: "m.text", body: "leaked" },
    "m.relates_to": { rel_type: "m.replace", event_id: first },
  });
  await redact(alice, room, edit);
  assert.doesNotMatch(JSON.stringify(await getEvent(bob, room, first)), /leaked/);
  assert.doesNotMatch(JSON.stringify(await history(bob, room)), /leaked/);
  assert.doesNotMatch(JSON.stringify(await sync(bob)), /leaked/);
});

test("what does not exist cannot be redacted, and says so", async () => {
  const [alice] = await pair();
  const room = await makeRoomWith(alice, []);
  for (const id of ["$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "$constructor"])
    refused(await tryRedact(alice, room, id), 404, "M_NOT_FOUND");
});

test("a second redaction of the same event changes nothing and hides no first reason", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  const id = await say(alice, room, "words");
  await redact(alice, room, id, "first");
  await redact(alice, room, id, "second");
  const event = await getEvent(bob, room, id);
  assert.deepEqual({ ...recordAt(event, "content") }, {});
  assert.match(textAt(event, "unsigned", "redacted_because", "content", "reason"), /first|second/);
});

test("a redaction is retried by its transaction id: one event, not two", async () => {
  const [alice] = await pair();
  const room = await makeRoomWith(alice, []);
  const id = await say(alice, room, "words");
  const [a, b] = [await tryRedact(alice, room, id, {}, "same"), await tryRedact(alice, room, id, {}, "same")];
  assert.equal(textAt(ok(a), "event_id"), textAt(ok(b), "event_id"));
  assert.equal((await history(alice, room)).filter((event) => at(event, "type") === "m.room.redaction").length, 1);
});

test("who may not see the redacted event cannot read it through its redaction", async () => {
  const [alice] = await pair();
  const room = await makeRoomWith(alice, [], {
    initial_state: [{ type: "m.room.history_visibility", content: { history_visibility: "joined" } }],
  });
  const hidden = await say(alice, room, "before your time");
  const late = await server.stranger();
  ok(await late.post(`/join/${encodeURIComponent(room)}`));
  await redact(alice, room, hidden);
  refused(await tryGetEvent(late, room, hidden), 404, "M_NOT_FOUND");
  assert.doesNotMatch(JSON.stringify(await history(late, room)), /before your time/);
});

test("a reason that is no text is a bad request", async () => {
  const [alice] = await pair();
  const room = await makeRoomWith(alice, []);
  const id = await say(alice, room, "words");
  refused(await tryRedact(alice, room, id, { reason: 7 }), 400, ["M_BAD_JSON", "M_INVALID_PARAM"]);
  assert.equal(textAt(await getEvent(alice, room, id), "content", "body"), "words");
});
