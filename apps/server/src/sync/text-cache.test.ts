import assert from "node:assert/strict";
import { test } from "node:test";
import { createTextCache } from "./text-cache.ts";

test("texts are forgotten by their number and by their size, the least recently used first", () => {
  for (const cache of [createTextCache<number>(2, 1_000), createTextCache<number>(1_000, 20)]) {
    cache.keep("a", 1, 10);
    cache.keep("b", 2, 10);
    cache.keep("a", 1, 10);
    cache.keep("c", 3, 10);
    assert.deepEqual(
      ["a", "b", "c"].map((key) => cache.get(key)),
      [1, undefined, 3],
    );
  }
});

test("a text that is larger than the whole cache is not kept, and leaves room for the next ones", () => {
  const cache = createTextCache<number>(10, 20);
  cache.keep("large", 1, 21);
  assert.equal(cache.get("large"), undefined);
  cache.keep("a", 2, 20);
  assert.equal(cache.get("a"), 2);
});
