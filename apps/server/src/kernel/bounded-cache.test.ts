import assert from "node:assert/strict";
import { test } from "node:test";
import { createBoundedCache } from "./bounded-cache.ts";

test("a cache never holds more than its limit and keeps what is used", () => {
  const cache = createBoundedCache<number, number>({ entries: 10 });
  for (let key = 0; key < 1000; key += 1) {
    cache.set(key, key);
    assert.equal(cache.get(0), 0, `after ${key}`);
  }
  const kept = Array.from({ length: 1000 }, (_, key) => key).filter((key) => cache.get(key) !== undefined);
  assert.ok(kept.length <= 10, `${kept.length} kept`);
  assert.ok(kept.includes(999));
});

test("values are forgotten by their weight too, the least recently used first", () => {
  const cache = createBoundedCache<string, number>({ entries: 1_000, weight: 40 });
  cache.set("a", 1, 10);
  cache.set("b", 2, 10);
  cache.set("c", 3, 10);
  assert.equal(cache.get("a"), 1);
  cache.set("d", 4, 10);
  assert.deepEqual(
    ["a", "b", "d"].map((key) => cache.get(key)),
    [1, undefined, 4],
  );
});

test("what weighs more than half of the bound is not kept, leaves its place to others, and takes the old value away", () => {
  const cache = createBoundedCache<string, number>({ entries: 10, weight: 40 });
  cache.set("a", 1, 5);
  cache.set("large", 2, 10);
  cache.set("large", 3, 21);
  assert.equal(cache.get("large"), undefined);
  assert.equal(cache.get("a"), 1);
});

test("what was deleted is gone from both generations, and so is its weight", () => {
  const cache = createBoundedCache<number, number>({ entries: 10, weight: 40 });
  for (let round = 0; round < 100; round += 1) {
    for (let key = 0; key < 4; key += 1) cache.set(key, round, 10);
    for (let key = 0; key < 4; key += 1) cache.delete(key);
    for (let key = 0; key < 4; key += 1) assert.equal(cache.get(key), undefined);
  }
  cache.set(1, 1, 20);
  cache.set(2, 2, 20);
  assert.deepEqual([cache.get(1), cache.get(2)], [1, 2]);
});

test("a cleared cache holds nothing", () => {
  const cache = createBoundedCache<string, number>({ entries: 4 });
  for (const key of ["a", "b", "c"]) cache.set(key, 1);
  cache.clear();
  assert.deepEqual(
    ["a", "b", "c"].map((key) => cache.get(key)),
    [undefined, undefined, undefined],
  );
});
