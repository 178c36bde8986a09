import assert from "node:assert/strict";
import { test } from "node:test";
import type { Actor } from "#kernel";
import { createKeyCounts } from "./key-counts.ts";

const actor: Actor = { userId: "@a:test", deviceId: "PHONE", isAdmin: false };

/** Counts that are answered when the test says so. */
function heldCounts(capacity?: number) {
  const waiting: ((count: number) => void)[] = [];
  const oneTimeKeys = {
    count: () =>
      new Promise<ReadonlyMap<string, number>>((resolve) => {
        waiting.push((count) => resolve(new Map([["signed_curve25519", count]])));
      }),
  };
  const fallbackKeys = { list: async () => [] };
  return { waiting, cache: createKeyCounts({ oneTimeKeys, fallbackKeys, ...(capacity === undefined ? {} : { capacity }) }) };
}

test("a count that was being read while it changed is not remembered", async () => {
  const { cache, waiting } = heldCounts();
  const old = cache.counts(actor);
  cache.forget(actor.userId, actor.deviceId);
  const fresh = cache.counts(actor);
  waiting[1]?.(4);
  assert.deepEqual(await fresh, { signed_curve25519: 4 });
  waiting[0]?.(5);
  await old;
  assert.deepEqual(cache.counts(actor), { signed_curve25519: 4 });
});

test("a person who is forgotten whole, as at the end of a session, is read again", async () => {
  const { cache, waiting } = heldCounts();
  const first = cache.counts(actor);
  waiting[0]?.(1);
  await first;
  cache.forget(actor.userId);
  assert.ok(cache.counts(actor) instanceof Promise);
});

test("who asks while a count is read waits for that reading", async () => {
  const { cache, waiting } = heldCounts();
  const both = Promise.all([cache.counts(actor), cache.unusedFallbackTypes(actor)]);
  assert.equal(waiting.length, 1);
  waiting[0]?.(2);
  assert.deepEqual(await both, [{ signed_curve25519: 2 }, []]);
});

test("no more people are remembered than the bound, and a failed reading is not", async () => {
  const { cache, waiting } = heldCounts(2);
  for (const [index, userId] of ["@a:test", "@b:test", "@c:test"].entries()) {
    const counts = cache.counts({ ...actor, userId });
    waiting[index]?.(index);
    await counts;
  }
  assert.ok(!(cache.counts({ ...actor, userId: "@c:test" }) instanceof Promise));
  assert.ok(cache.counts(actor) instanceof Promise);
  let broken = true;
  const count = async () => {
    if (broken) throw new Error("the disk");
    return new Map();
  };
  const fragile = createKeyCounts({ oneTimeKeys: { count }, fallbackKeys: { list: async () => [] } });
  await assert.rejects(async () => fragile.counts(actor), /the disk/);
  broken = false;
  assert.deepEqual(await fragile.counts(actor), { signed_curve25519: 0 });
});
