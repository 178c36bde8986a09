import assert from "node:assert/strict";
import { test } from "node:test";
import { at, type Json, listAt, textAt } from "@wardroom/testkit";
import { MatrixError } from "#kernel";
import { createHarness, device, type Harness } from "./sync-harness.test-support.ts";

const [me, room] = ["@me:x", "!r"];
const next = (body: Json) => textAt(body, "next_batch");
const refused = (code: string) => (error: unknown) => error instanceof MatrixError && error.code === code;

function makeRoom(): Harness {
  const harness = createHarness();
  harness.member(room, me, "join");
  return harness;
}

test("an answer without news still says what is left of the device's keys, zero in so many words; device lists only once there is a token", async () => {
  const harness = makeRoom();
  const first = await harness.ask(device(me));
  assert.equal(at(first, "device_lists"), undefined);
  const second = await harness.ask(device(me), { since: next(first) });
  assert.deepEqual(second, {
    next_batch: next(first),
    device_lists: { changed: [], left: [] },
    device_one_time_keys_count: { signed_curve25519: 0 },
    device_unused_fallback_key_types: [],
  });
});

test("account data comes once, global and by room, as the filter allows", async () => {
  const harness = makeRoom();
  harness.putAccountData(me, undefined, "m.push_rules", { global: {} });
  harness.putAccountData(me, room, "m.tag", { tags: {} });
  harness.putAccountData(me, "!elsewhere", "m.tag", { tags: {} });
  const first = await harness.ask(device(me));
  assert.deepEqual(at(first, "account_data", "events"), [{ type: "m.push_rules", content: { global: {} } }]);
  assert.deepEqual(at(first, "rooms", "join", room, "account_data", "events"), [{ type: "m.tag", content: { tags: {} } }]);
  assert.equal(at(first, "rooms", "join", "!elsewhere"), undefined);
  harness.putAccountData(me, room, "org.example", {});
  harness.putAccountData(me, undefined, "org.example", {});
  const filter = JSON.stringify({ account_data: { not_types: ["org.*"] }, room: { account_data: { types: [] } } });
  const filtered = await harness.ask(device(me), { since: next(first), filter });
  assert.equal(at(filtered, "rooms"), undefined);
  assert.equal(at(filtered, "account_data"), undefined);
  const second = await harness.ask(device(me), { since: next(first) });
  assert.equal(listAt(second, "account_data", "events").length, 1);
  assert.equal(listAt(second, "rooms", "join", room, "account_data", "events").length, 1);
});

test("a type named __proto__ is a type like any other", async () => {
  const harness = makeRoom();
  harness.putAccountData(me, room, "__proto__", { a: 1 });
  harness.putAccountData(me, undefined, "constructor", { a: 1 });
  const { text } = await harness.sync.sync(device(me), {}, new AbortController().signal);
  assert.ok(text.includes('{"type":"__proto__","content":{"a":1}}') && text.includes('{"type":"constructor","content":{"a":1}}'));
});

test("a filter is an id or, if it begins with a brace, the filter itself", async () => {
  const harness = makeRoom();
  harness.putFilter("7", { room: { rooms: [] } });
  assert.equal(at(await harness.ask(device(me), { filter: "7" }), "rooms"), undefined);
  assert.equal(at(await harness.ask(device(me), { filter: '{"room":{"rooms":[]}}' }), "rooms"), undefined);
  assert.notEqual(at(await harness.ask(device(me), { filter: "{}" }), "rooms"), undefined);
});

test("a filter that is unknown or broken is refused", async () => {
  const harness = makeRoom();
  for (const filter of ["8", "{", '{"room":1}', '{"room":{"timeline":{"limit":"9"}}}', '{"event_format":"raw"}', "null"]) {
    await assert.rejects(harness.ask(device(me), { filter }), refused("M_INVALID_PARAM"), filter);
  }
});

test("a broken token is refused before anything is read", async () => {
  const harness = makeRoom();
  for (const since of ["", "s72594_4483_1934", "s1_00000000_1_00000000_0x"]) {
    await assert.rejects(harness.ask(device(me), { since }), refused("M_INVALID_PARAM"));
  }
  assert.deepEqual(harness.calls, []);
});

test("a token of another store is answered as an initial sync, and no timeline claims to join up", async () => {
  const harness = makeRoom();
  const since = next(await harness.ask(device(me)));
  const restored = harness.reboot("restored");
  const body = await restored.ask(device(me), { since, timeoutMs: 30_000 });
  assert.equal(at(body, "rooms", "join", room, "timeline", "limited"), true);
  assert.equal(listAt(body, "rooms", "join", room, "timeline", "events").length, 1);
  assert.equal(at(body, "device_lists"), undefined);
  const again = await restored.ask(device(me), { since: next(body) });
  assert.equal(at(again, "rooms"), undefined);
});

test("a token that is ahead of this process is waited for, and continued when its position is durable", async () => {
  const harness = makeRoom();
  const ahead = harness.sync.formatToken(harness.storage.durablePosition() + 1);
  const asked = harness.ask(device(me), { since: ahead });
  const first = harness.append(room, { type: "m.room.message", sender: me });
  const body = await asked;
  assert.equal(at(body, "rooms"), undefined, `${first.eventId} is what the token has already seen`);
  assert.equal(harness.pendingTimers(), 0);
});

test("a token from a future that does not come is answered as an initial sync after a bounded wait", async () => {
  const harness = makeRoom();
  const asked = harness.ask(device(me), { since: harness.sync.formatToken(Number.MAX_SAFE_INTEGER) });
  await new Promise(setImmediate);
  harness.expire(2_000);
  const body = await asked;
  assert.equal(at(body, "rooms", "join", room, "timeline", "limited"), true);
});

test("however many such tokens are invented, few requests of one person and a bounded number in all are held back", async () => {
  const harness = makeRoom();
  const since = harness.sync.formatToken(Number.MAX_SAFE_INTEGER);
  const hold = (userId: string) => harness.sync.sync(device(userId), { since }, new AbortController().signal);
  const held = Array.from({ length: 100 }, () => hold(me));
  await new Promise(setImmediate);
  assert.equal(harness.pendingTimers(), 20);
  held.push(...Array.from({ length: 2_000 }, (_, n) => hold(`@u${n}:x`)));
  await new Promise(setImmediate);
  assert.equal(harness.pendingTimers(), 1_000);
  harness.expire(2_000);
  await Promise.all(held);
});
