import assert from "node:assert/strict";
import { test } from "node:test";
import { at, type Json, listAt, textAt } from "@wardroom/testkit";
import { createFeedModel } from "./feed-model.test-support.ts";
import type { SyncRequest } from "./index.ts";
import { createLazyMembers } from "./lazy-members.ts";
import { createHarness, device, type Harness } from "./sync-harness.test-support.ts";

const [me, room] = ["@me:x", "!r"];
const crowd = Array.from({ length: 9 }, (_, n) => `@u${n}:x`);

function bigRoom(): Harness {
  const harness = createHarness();
  harness.append(room, { type: "m.room.create", sender: "@u0:x", stateKey: "" });
  for (const userId of crowd) harness.member(room, userId, "join");
  harness.member(room, me, "join");
  return harness;
}

const say = (harness: Harness, sender: string) => harness.append(room, { type: "m.room.message", sender });
const filter = (limit: number, more: object = {}) =>
  JSON.stringify({ room: { timeline: { limit }, state: { lazy_load_members: true, ...more } } });
const members = (body: Json, key = "state") =>
  listAt(body, "rooms", "join", room, key, "events")
    .filter((event) => at(event, "type") === "m.room.member")
    .map((event) => textAt(event, "state_key"))
    .sort();
const next = (body: Json) => textAt(body, "next_batch");

for (const useStateAfter of [undefined, "stable", "unstable"] as const) {
  const more: SyncRequest = useStateAfter === undefined ? {} : { useStateAfter };
  const key = { none: "state", stable: "state_after", unstable: "org.matrix.msc4222.state_after" }[useStateAfter ?? "none"];
  const name = useStateAfter ?? "no";

  test(`(${name} state-after) an initial sync has senders, heroes and the syncing user, and no other member`, async () => {
    const harness = bigRoom();
    say(harness, "@u8:x");
    const body = await harness.ask(device(me), { filter: filter(1), ...more });
    assert.deepEqual(members(body, key), [me, "@u0:x", "@u1:x", "@u2:x", "@u3:x", "@u4:x", "@u8:x"].sort());
  });

  test(`(${name} state-after) a sender is introduced once`, async () => {
    const harness = bigRoom();
    const request = { filter: filter(5), ...more };
    const first = await harness.ask(device(me), { ...request, filter: filter(1), ...more });
    say(harness, "@u7:x");
    const second = await harness.ask(device(me), { filter: filter(1), ...more, since: next(first) });
    assert.deepEqual(members(second, key), ["@u7:x"]);
    say(harness, "@u7:x");
    const third = await harness.ask(device(me), { filter: filter(1), ...more, since: next(second) });
    assert.deepEqual(members(third, key), []);
  });

  test(`(${name} state-after) an answer that got lost introduces nobody: the next one does it again`, async () => {
    const harness = bigRoom();
    const first = await harness.ask(device(me), { filter: filter(1), ...more });
    say(harness, "@u7:x");
    await harness.ask(device(me), { filter: filter(1), ...more, since: next(first) });
    say(harness, "@u7:x");
    const again = await harness.ask(device(me), { filter: filter(1), ...more, since: next(first) });
    assert.deepEqual(members(again, key), ["@u7:x"]);
  });

  test(`(${name} state-after) include_redundant_members introduces every time`, async () => {
    const harness = bigRoom();
    const request = { filter: filter(1, { include_redundant_members: true }), ...more };
    let since = next(await harness.ask(device(me), request));
    for (let n = 0; n < 2; n += 1) {
      say(harness, "@u7:x");
      const body = await harness.ask(device(me), { ...request, since });
      assert.deepEqual(members(body, key), ["@u7:x"]);
      since = next(body);
    }
  });

  test(`(${name} state-after) a change of a member in a gap is told, whether they spoke or not, known or not`, async () => {
    const harness = bigRoom();
    const first = await harness.ask(device(me), { filter: filter(1), ...more });
    harness.member(room, "@u0:x", "join", "@u0:x", { displayname: "New name" });
    harness.member(room, "@u6:x", "leave");
    say(harness, "@u1:x");
    say(harness, "@u1:x");
    const body = await harness.ask(device(me), { filter: filter(1), ...more, since: next(first) });
    assert.deepEqual(members(body, key), ["@u0:x", "@u6:x"]);
  });
}

test("timeline state is not told twice under lazy loading either", async () => {
  const harness = bigRoom();
  const since = next(await harness.ask(device(me), { filter: filter(10) }));
  harness.member(room, "@new:x", "join");
  say(harness, "@new:x");
  assert.deepEqual(members(await harness.ask(device(me), { since, filter: filter(10) })), []);
});

test("who sent what is remembered per device and per filter", async () => {
  const harness = bigRoom();
  const start = next(await harness.ask(device(me, "A"), { filter: filter(1) }));
  await harness.ask(device(me, "B"), { filter: filter(1) });
  say(harness, "@u7:x");
  const known = next(await harness.ask(device(me, "A"), { filter: filter(1), since: start }));
  say(harness, "@u7:x");
  const ask = async (deviceId: string, limit: number) =>
    members(await harness.ask(device(me, deviceId), { filter: filter(limit), since: known }));
  assert.deepEqual(await ask("A", 1), []);
  assert.deepEqual(await ask("B", 1), ["@u7:x"]);
  assert.ok((await ask("A", 2)).includes("@u7:x"));
});

test("an initial sync starts the memory afresh, and so does coming back to a room", async () => {
  const harness = bigRoom();
  await harness.ask(device(me), { filter: filter(1) });
  assert.ok(members(await harness.ask(device(me), { filter: filter(1) })).includes("@u0:x"));
  const since = next(await harness.ask(device(me), { filter: filter(1) }));
  harness.member(room, me, "leave");
  const left = next(await harness.ask(device(me), { filter: filter(1), since }));
  harness.member(room, me, "join");
  const back = members(await harness.ask(device(me), { filter: filter(1), since: left }));
  assert.ok(back.includes("@u0:x") && back.includes(me));
});

test("whoever changed unseen while the reader was away is introduced anew when they speak", async () => {
  const harness = bigRoom();
  const request = { filter: filter(1) };
  say(harness, "@u7:x");
  const start = next(await harness.ask(device(me), request));
  harness.member(room, me, "leave");
  harness.member(room, "@u7:x", "join", "@u7:x", { displayname: "Renamed" });
  const left = next(await harness.ask(device(me), { ...request, since: start }));
  harness.member(room, me, "join");
  const back = next(await harness.ask(device(me), { ...request, since: left }));
  say(harness, "@u7:x");
  assert.deepEqual(members(await harness.ask(device(me), { ...request, since: back })), ["@u7:x"]);
});

test("without lazy loading all members come with the state", async () => {
  const harness = bigRoom();
  say(harness, me);
  const body = await harness.ask(device(me), { filter: JSON.stringify({ room: { timeline: { limit: 1 } } }) });
  assert.equal(members(body).length, 10);
});

test("a hero or sender without a member event is no reason to fail", async () => {
  const model = createFeedModel();
  const feed = { ...model.feed, summaryAt: () => Promise.resolve({ joined: 1, invited: 0, heroes: ["@ghost:x"] }) };
  const harness = createHarness({ ...model, feed });
  harness.member(room, me, "join");
  const since = next(await harness.ask(device(me), { filter: filter(10) }));
  say(harness, "@never:x");
  for (const request of [{}, { since }]) {
    for (const useStateAfter of [undefined, "stable"] as const) {
      await harness.ask(device(me), { ...request, filter: filter(10), ...(useStateAfter === undefined ? {} : { useStateAfter }) });
    }
  }
});

test("the memory of sent members is bounded, and forgetting only means telling again", () => {
  const memory = createLazyMembers();
  const sent = memory.of(me, "A", 1, undefined);
  for (let n = 0; n < 60; n += 1)
    sent.note(
      `!r${n}`,
      Array.from({ length: 100 }, (_, user) => `@${user}:x`),
      1,
    );
  assert.equal(sent.knows("!r59", "@0:x"), true);
  assert.equal(sent.knows("!r0", "@0:x"), false);
  for (let n = 0; n < 6_000; n += 1) memory.of(`@u${n}:x`, "A", 1, undefined);
  assert.equal(memory.of(me, "A", 1, 5).knows("!r59", "@0:x"), false);
});
