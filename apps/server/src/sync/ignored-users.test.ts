import assert from "node:assert/strict";
import { test } from "node:test";
import { at, type Json, listAt, textAt } from "@wardroom/testkit";
import { createHarness, device, type Harness, turn } from "./sync-harness.test-support.ts";

const [me, friend, pest, room] = ["@me:x", "@friend:x", "@pest:x", "!r"];

function makeRoom(): Harness {
  const harness = createHarness();
  for (const userId of [friend, pest, me]) harness.member(room, userId, "join");
  return harness;
}

const next = (body: Json) => textAt(body, "next_batch");
const ignore = (harness: Harness, ...userIds: string[]) =>
  harness.putAccountData(me, undefined, "m.ignored_user_list", { ignored_users: Object.fromEntries(userIds.map((id) => [id, {}])) });
const say = (harness: Harness, sender: string) => harness.append(room, { type: "m.room.message", sender, content: { body: sender } });
const timeline = (body: Json) => listAt(body, "rooms", "join", room, "timeline", "events").map((event) => at(event, "sender"));
const limited = (body: Json) => at(body, "rooms", "join", room, "timeline", "limited");
const now = async (harness: Harness, userId = me) => next(await harness.ask(device(userId)));

test("words of ignored people are in no timeline of who ignores them, state events are, and others see everything", async () => {
  const harness = makeRoom();
  ignore(harness, pest);
  const since = await now(harness);
  say(harness, pest);
  harness.append(room, { type: "m.room.name", sender: pest, stateKey: "", content: { name: "N" } });
  say(harness, friend);
  // The friend first: what they share must not be what I get.
  const [theirs, mine] = await Promise.all([harness.ask(device(friend), { since }), harness.ask(device(me), { since })]);
  assert.deepEqual(timeline(theirs), [pest, pest, friend]);
  assert.deepEqual(timeline(mine), [pest, friend]);
  assert.deepEqual(
    timeline(await harness.ask(device(me))).filter((sender) => sender === pest).length,
    2,
    "the join and the name, also in an initial sync",
  );
});

test("a page that readers share is given to who ignores somebody only where it makes no difference", async () => {
  const harness = makeRoom();
  ignore(harness, pest);
  const since = await now(harness);
  say(harness, friend);
  await Promise.all([device(friend), device(me)].map((actor) => harness.ask(actor, { since })));
  assert.equal(harness.calls.filter((call) => call === "timeline").length >= 1, true);
  for (let n = 0; n < 3; n += 1) say(harness, pest);
  for (let n = 0; n < 2; n += 1) say(harness, friend);
  const filter = JSON.stringify({ room: { timeline: { limit: 4 } } });
  const [theirs, mine] = await Promise.all([device(friend), device(me)].map((actor) => harness.ask(actor, { since, filter })));
  assert.equal(limited(theirs ?? null), true);
  assert.deepEqual([timeline(mine ?? null), limited(mine ?? null)], [[friend, friend, friend], false], "what is hidden leaves no gap");
});

test("who waits is not answered for an ignored word", async () => {
  const harness = makeRoom();
  ignore(harness, pest);
  const since = await now(harness);
  let done = false;
  const waiting = harness.ask(device(me), { since, timeoutMs: 30_000 }).finally(() => {
    done = true;
  });
  await turn();
  say(harness, pest);
  harness.type(room, [pest]);
  harness.receipt(room, { userId: pest, eventId: "$1" });
  for (let n = 0; n < 5; n += 1) await turn();
  assert.equal(done, false);
  say(harness, friend);
  assert.deepEqual(timeline(await waiting), [friend]);
});

test("typing and receipts of ignored people are not told, those of others beside them are", async () => {
  const harness = makeRoom();
  ignore(harness, pest);
  const since = await now(harness);
  harness.type(room, [pest, friend]);
  for (const userId of [pest, friend]) harness.receipt(room, { userId, eventId: "$1" });
  const text = JSON.stringify(listAt(await harness.ask(device(me), { since }), "rooms", "join", room, "ephemeral", "events"));
  assert.ok(text.includes(friend) && !text.includes(pest), text);
});

test("an invitation by somebody ignored is not told; one by another is", async () => {
  const harness = makeRoom();
  ignore(harness, pest);
  const since = await now(harness);
  harness.member("!spam", me, "invite", pest);
  harness.member("!party", me, "invite", friend);
  for (const query of [{ since }, {}]) {
    const body = await harness.ask(device(me), query);
    assert.equal(at(body, "rooms", "invite", "!spam"), undefined);
    assert.ok(at(body, "rooms", "invite", "!party") !== undefined);
  }
});

test("a changed list holds from the next answer on, for all devices; what was missed is not made up for", async () => {
  const harness = makeRoom();
  let since = await now(harness);
  say(harness, pest);
  const before = await harness.ask(device(me), { since });
  assert.deepEqual(timeline(before), [pest]);
  since = next(before);
  ignore(harness, pest);
  say(harness, pest);
  for (const deviceId of ["A", "B"]) assert.deepEqual(timeline(await harness.ask(device(me, deviceId), { since })), []);
  since = await now(harness);
  ignore(harness);
  say(harness, pest);
  const after = await harness.ask(device(me), { since });
  assert.deepEqual(timeline(after).length, 1);
  assert.equal(limited(after), false);
});
