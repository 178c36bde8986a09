import assert from "node:assert/strict";
import { test } from "node:test";
import { at, type Json, listAt, textAt } from "@wardroom/testkit";
import { createCounter } from "#kernel";
import { createPresence, type Presence } from "#presence";
import { createFeedModel } from "./feed-model.test-support.ts";
import { createHarness, device, type Harness, turn } from "./sync-harness.test-support.ts";

const [me, other, far, room] = ["@me:x", "@other:x", "@far:x", "!r"];
const quiet = { setPresence: "offline" } as const;

/** A house where presence is on; it counts for itself here, typing stands still. */
function makeRoom(): { readonly harness: Harness; readonly presence: () => Presence } {
  let made: Presence | undefined;
  let count = createCounter();
  const model = createFeedModel();
  const harness = createHarness(
    { ...model, feed: { ...model.feed, ephemeralCounter: () => count.value() } },
    {
      presence: (clock, timers) => {
        count = createCounter();
        made = createPresence({ isOn: true, clock, timers, ephemeral: count });
        return made;
      },
    },
  );
  harness.member(room, other, "join");
  harness.member(room, me, "join");
  harness.member("!elsewhere", far, "join");
  return {
    harness,
    presence() {
      assert.ok(made);
      return made;
    },
  };
}

const next = (body: Json) => textAt(body, "next_batch");
const told = (body: Json) =>
  listAt(body, "presence", "events").map((event) => `${textAt(event, "sender")} ${textAt(event, "content", "presence")}`);

test("people who share a room are told of each other, strangers are not", async () => {
  const { harness, presence } = makeRoom();
  const since = next(await harness.ask(device(me), quiet));
  for (const userId of [other, far]) presence().set(device(userId), "online", "hello");
  const body = await harness.ask(device(me), { since, ...quiet });
  assert.deepEqual(listAt(body, "presence", "events"), [
    { type: "m.presence", sender: other, content: { presence: "online", last_active_ago: 0, status_msg: "hello", currently_active: true } },
  ]);
  assert.equal(at(await harness.ask(device(me), { since: next(body), ...quiet }), "presence"), undefined, "once");
  assert.deepEqual(told(await harness.ask(device(me), quiet)), [`${other} online`], "and in an initial sync");
});

test("who asks for news is seen to be there, unless they do not want to be", async () => {
  const { harness, presence } = makeRoom();
  await harness.ask(device(me), quiet);
  assert.equal(presence().get(me).presence, "offline");
  await harness.ask(device(me), { setPresence: "unavailable" });
  assert.equal(presence().get(me).presence, "unavailable");
  await harness.ask(device(me));
  assert.equal(presence().get(me).presence, "online");
});

test("a change of presence wakes who shares a room, after a moment, and nobody else", async () => {
  const { harness, presence } = makeRoom();
  const since = next(await harness.ask(device(me), quiet));
  const done: string[] = [];
  const ask = async (userId: string) => {
    const body = await harness.ask(device(userId), { since, timeoutMs: 30_000, ...quiet });
    done.push(userId);
    return body;
  };
  const waits = [ask(me), ask(far)];
  await turn();
  presence().set(device(other), "unavailable");
  for (let n = 0; n < 5; n += 1) await turn();
  assert.deepEqual(done, []);
  harness.expire(200);
  for (let n = 0; n < 10; n += 1) await turn();
  assert.deepEqual(done, [me]);
  harness.expire(30_000);
  const [mine] = await Promise.all(waits);
  assert.deepEqual(told(mine ?? null), [`${other} unavailable`]);
});

test("filters choose presence by type and sender, and the ignored are not told of", async () => {
  const { harness, presence } = makeRoom();
  harness.member(room, far, "join");
  const since = next(await harness.ask(device(me), quiet));
  for (const userId of [other, far]) presence().set(device(userId), "online");
  const filtered = async (filter: object) =>
    told(await harness.ask(device(me), { since, ...quiet, filter: JSON.stringify({ presence: filter }) }));
  assert.deepEqual(await filtered({ types: [] }), []);
  assert.deepEqual(await filtered({ not_types: ["m.presence"] }), []);
  assert.deepEqual(await filtered({ senders: [far] }), [`${far} online`]);
  assert.deepEqual(await filtered({ not_senders: [far] }), [`${other} online`]);
  harness.putAccountData(me, undefined, "m.ignored_user_list", { ignored_users: { [far]: {} } });
  assert.deepEqual(await filtered({}), [`${other} online`]);
});

test("after another boot who did not come back is shown as away, so that nobody seems to be there for ever", async () => {
  const { harness, presence } = makeRoom();
  presence().set(device(other), "online");
  const since = next(await harness.ask(device(me), quiet));
  const rebooted = harness.reboot();
  const body = await rebooted.ask(device(me), { since, ...quiet });
  assert.deepEqual(
    told(body).toSorted((a, b) => (a < b ? -1 : 1)),
    [`${me} offline`, `${other} offline`],
  );
  assert.equal(at(await rebooted.ask(device(me), { since: next(body), ...quiet }), "presence"), undefined);
});

test("where presence is off tokens stay short and nothing is said of anybody", async () => {
  const harness = createHarness();
  harness.member(room, me, "join");
  const body = await harness.ask(device(me));
  assert.match(next(body), /^s1_/);
  assert.equal(at(body, "presence"), undefined);
});
