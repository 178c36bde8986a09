import assert from "node:assert/strict";
import { test } from "node:test";
import { type Json, textAt } from "@wardroom/testkit";
import type { SyncRequest } from "./index.ts";
import { createHarness, device, type Harness } from "./sync-harness.test-support.ts";

const [me, room] = ["@me:x", "!r"];

/** How often a request began and ended a heavy read. */
async function count(harness: Harness, request: SyncRequest): Promise<readonly [number, number]> {
  let [begun, ended] = [0, 0];
  const begin = () => {
    begun += 1;
    return Promise.resolve(() => void (ended += 1));
  };
  await harness.sync.sync(device(me), request, new AbortController().signal, begin);
  return [begun, ended];
}

const next = (body: Json) => textAt(body, "next_batch");

test("an initial sync, full_state and a token of another store are announced as heavy; a step forward is not", async () => {
  const harness = createHarness();
  harness.member(room, me, "join");
  const since = next(await harness.ask(device(me)));
  const foreign = next(await harness.reboot("other").ask(device(me)));
  assert.deepEqual(await count(harness, {}), [1, 1]);
  assert.deepEqual(await count(harness, { since, fullState: true }), [1, 1]);
  assert.deepEqual(await count(harness, { since: foreign }), [1, 1]);
  assert.deepEqual(await count(harness, { since }), [0, 0]);
});

test("a token from far back is as much work as none, and is announced as heavy", async () => {
  const harness = createHarness();
  harness.member(room, me, "join");
  const since = next(await harness.ask(device(me)));
  for (let drawn = 0; drawn < 10_000; drawn += 1) harness.draw();
  assert.deepEqual(await count(harness, { since }), [0, 0]);
  harness.draw();
  assert.deepEqual(await count(harness, { since }), [1, 1]);
  harness.append(room, { type: "m.room.message", sender: me });
  assert.deepEqual(await count(harness, { since, timeoutMs: 30_000 }), [1, 1], "also where it could have waited");
});

test("a refusal of the heavy read is the answer, and leaves no wait behind", async () => {
  const harness = createHarness();
  const refuse = () => Promise.reject(new Error("too many"));
  const since = next(await harness.ask(device(me)));
  for (let drawn = 0; drawn < 10_001; drawn += 1) harness.draw();
  for (const request of [{}, { since, timeoutMs: 30_000 }]) {
    await assert.rejects(harness.sync.sync(device(me), request, new AbortController().signal, refuse), /too many/);
  }
  assert.equal(harness.pendingTimers(), 0);
});
