import assert from "node:assert/strict";
import { test } from "node:test";
import { at, type Json, listAt, textAt } from "@wardroom/testkit";
import { createHarness, device, type Harness } from "./sync-harness.test-support.ts";

const [me, other, room] = ["@me:x", "@other:x", "!r"];

function makeRoom(): Harness {
  const harness = createHarness();
  harness.member(room, other, "join");
  harness.member(room, me, "join");
  return harness;
}

const next = (body: Json) => textAt(body, "next_batch");
const ephemeral = (body: Json) => listAt(body, "rooms", "join", room, "ephemeral", "events");
const counts = (body: Json) => at(body, "rooms", "join", room, "unread_notifications");

test("receipts are gathered by event, type and user, one event per thread", async () => {
  const harness = makeRoom();
  const since = next(await harness.ask(device(me)));
  harness.receipt(room, { userId: other, eventId: "$1", ts: 5 });
  harness.receipt(room, { userId: other, eventId: "$1", ts: 6, threadId: "main" });
  harness.receipt(room, { userId: me, eventId: "$1", ts: 7 });
  harness.receipt(room, { userId: me, eventId: "$2", ts: 8, type: "m.read.private" });
  const body = await harness.ask(device(me), { since });
  assert.deepEqual(ephemeral(body), [
    {
      type: "m.receipt",
      content: { $1: { "m.read": { [other]: { ts: 5 }, [me]: { ts: 7 } } }, $2: { "m.read.private": { [me]: { ts: 8 } } } },
    },
    { type: "m.receipt", content: { $1: { "m.read": { [other]: { ts: 6, thread_id: "main" } } } } },
  ]);
  assert.equal(at(await harness.ask(device(me), { since: next(body) }), "rooms"), undefined);
});

test("a private receipt never reaches another person, even if the feed hands it out", async () => {
  const harness = makeRoom();
  const since = next(await harness.ask(device(me)));
  harness.receipt(room, { userId: other, eventId: "$1", type: "m.read.private" });
  assert.equal(at(await harness.ask(device(me), { since }), "rooms"), undefined);
  assert.deepEqual(ephemeral(await harness.ask(device(me))), []);
  assert.equal(ephemeral(await harness.ask(device(other), { since })).length, 1);
});

test("the counts of unread events come with events and with one's own receipt, also if receipts are filtered out", async () => {
  const harness = makeRoom();
  const first = await harness.ask(device(me));
  assert.deepEqual(counts(first), { notification_count: 2, highlight_count: 1 });
  harness.receipt(room, { userId: other, eventId: "$1" });
  const byOther = await harness.ask(device(me), { since: next(first) });
  assert.equal(counts(byOther), undefined);
  harness.receipt(room, { userId: me, eventId: "$1" });
  const filter = JSON.stringify({ room: { ephemeral: { not_types: ["m.receipt"] } } });
  const own = await harness.ask(device(me), { since: next(byOther), filter });
  assert.deepEqual(counts(own), { notification_count: 2, highlight_count: 1 });
  assert.deepEqual(ephemeral(own), []);
});

test("typing comes as the full list whenever it changed, and only then", async () => {
  const harness = makeRoom();
  harness.type(room, [other]);
  const first = await harness.ask(device(me));
  assert.deepEqual(ephemeral(first), [{ type: "m.typing", content: { user_ids: [other] } }]);
  assert.equal(at(await harness.ask(device(me), { since: next(first) }), "rooms"), undefined);
  harness.type(room, []);
  const second = await harness.ask(device(me), { since: next(first) });
  assert.deepEqual(ephemeral(second), [{ type: "m.typing", content: { user_ids: [] } }]);
});

test("a typing change moves the token although no position was drawn", async () => {
  const harness = makeRoom();
  const first = next(await harness.ask(device(me)));
  harness.type(room, [other]);
  const second = next(await harness.ask(device(me), { since: first }));
  assert.notEqual(second, first);
  assert.equal(harness.sync.parseToken(second).position, harness.sync.parseToken(first).position);
});

test("after another boot the typing lists are sent again, empty ones too, so that nobody seems to type for ever", async () => {
  const harness = makeRoom();
  harness.type(room, [other]);
  const since = next(await harness.ask(device(me)));
  const rebooted = harness.reboot();
  harness.type(room, []);
  const body = await rebooted.ask(device(me), { since });
  assert.deepEqual(ephemeral(body), [{ type: "m.typing", content: { user_ids: [] } }]);
  assert.equal(at(await rebooted.ask(device(me), { since: next(body) }), "rooms"), undefined);
});

test("after another boot a client to which nobody typed is sent nothing to reset, only who types now", async () => {
  const harness = makeRoom();
  harness.member("!quiet", me, "join");
  harness.type("!foreign", ["@far:x"]);
  harness.type(room, [other]);
  harness.type(room, []);
  const since = next(await harness.ask(device(me), { since: next(await harness.ask(device(me))) }));
  const rebooted = harness.reboot();
  const quiet = await rebooted.ask(device(me), { since });
  assert.equal(at(quiet, "rooms"), undefined);
  harness.type(room, [other]);
  const body = await rebooted.ask(device(me), { since: next(quiet) });
  assert.deepEqual(ephemeral(body), [{ type: "m.typing", content: { user_ids: [other] } }]);
  assert.equal(at(body, "rooms", "join", "!quiet"), undefined);
});

test("who types only while the answer is made, and is in it, vanishes with the next one", async () => {
  const harness = makeRoom();
  const since = next(await harness.ask(device(me)));
  harness.append(room, { type: "m.room.message", sender: other });
  harness.setInterference(() => {
    if (harness.calls.at(-1) === "timeline") harness.type(room, [other]);
    if (harness.calls.at(-1) === "unread") harness.type(room, []);
  });
  const body = await harness.ask(device(me), { since });
  assert.deepEqual(ephemeral(body), [{ type: "m.typing", content: { user_ids: [other] } }]);
  harness.setInterference(() => {});
  for (const house of [harness, harness.reboot()]) {
    const later = await house.ask(device(me), { since: next(body) });
    assert.deepEqual(ephemeral(later), [{ type: "m.typing", content: { user_ids: [] } }]);
  }
});

test("typing that began and ended between two answers is no news to a client to which nobody typed", async () => {
  const harness = makeRoom();
  const since = next(await harness.ask(device(me)));
  harness.type(room, [other]);
  harness.type(room, []);
  assert.equal(at(await harness.ask(device(me), { since }), "rooms"), undefined);
});

test("typing and receipts of a room reach nobody who is not in it", async () => {
  const harness = makeRoom();
  harness.member(room, "@gone:x", "join");
  const since = next(await harness.ask(device("@gone:x")));
  harness.member(room, "@gone:x", "leave");
  harness.member(room, "@asked:x", "invite", other);
  harness.type(room, [other]);
  harness.receipt(room, { userId: other, eventId: "$1" });
  for (const userId of ["@gone:x", "@asked:x"]) {
    const text = JSON.stringify(await harness.ask(device(userId), { since }));
    assert.ok(!text.includes("m.typing") && !text.includes("m.receipt"), userId);
  }
});
