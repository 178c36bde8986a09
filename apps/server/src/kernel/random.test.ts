import assert from "node:assert/strict";
import { test } from "node:test";
import { createSystemRandom, randomLetters, randomToken } from "./random.ts";

test("pooled bytes are never handed out twice", () => {
  const random = createSystemRandom();
  const seen = new Set(Array.from({ length: 2000 }, () => randomToken(random, 16)));
  assert.equal(seen.size, 2000);
});

test("a request larger than the pool is served whole", () => {
  assert.equal(createSystemRandom().bytes(10_000).length, 10_000);
});

test("a device id is capital letters only and uses each of them", () => {
  const text = randomLetters(createSystemRandom(), 4000);
  assert.match(text, /^[A-Z]{4000}$/);
  assert.equal(new Set(text).size, 26);
});
