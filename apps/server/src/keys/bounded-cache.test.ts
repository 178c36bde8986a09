import assert from "node:assert/strict";
import { test } from "node:test";
import { createBoundedCache } from "./bounded-cache.ts";

test("a cache never holds more than its limit and keeps what is used", () => {
  const cache = createBoundedCache<number, number>(10);
  for (let key = 0; key < 1000; key += 1) {
    cache.set(key, key);
    assert.equal(cache.get(0), 0, `after ${key}`);
  }
  const kept = Array.from({ length: 1000 }, (_, key) => key).filter((key) => cache.get(key) !== undefined);
  assert.ok(kept.length <= 10, `${kept.length} kept`);
  assert.ok(kept.includes(999));
});

test("a cleared cache holds nothing", () => {
  const cache = createBoundedCache<string, number>(4);
  for (const key of ["a", "b", "c"]) cache.set(key, 1);
  cache.clear();
  assert.deepEqual(
    ["a", "b", "c"].map((key) => cache.get(key)),
    [undefined, undefined, undefined],
  );
});
