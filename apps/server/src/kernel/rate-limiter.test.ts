import assert from "node:assert/strict";
import { test } from "node:test";
import { createFakeClock } from "@wardroom/testkit";
import { createRateLimiter } from "./rate-limiter.ts";

test("a burst passes, the next is told how long to wait, and after that wait it passes", () => {
  const clock = createFakeClock();
  const limiter = createRateLimiter(clock, { perSecond: 2, burst: 3 });
  assert.deepEqual([limiter.take("a"), limiter.take("a"), limiter.take("a"), limiter.take("a")], [0, 0, 0, 500]);
  clock.advance(499);
  assert.equal(limiter.take("a"), 1);
  clock.advance(1);
  assert.equal(limiter.take("a"), 0);
});

test("a rest never saves up more than the burst", () => {
  const clock = createFakeClock();
  const limiter = createRateLimiter(clock, { perSecond: 10, burst: 2 });
  limiter.take("a");
  clock.advance(3_600_000);
  assert.deepEqual([limiter.take("a"), limiter.take("a")], [0, 0]);
  assert.ok(limiter.take("a") > 0);
});

test("one key does not spend another's tokens, `__proto__` included", () => {
  const limiter = createRateLimiter(createFakeClock(), { perSecond: 1, burst: 1 });
  for (const key of ["a", "__proto__", "constructor"]) assert.equal(limiter.take(key), 0, key);
  for (const key of ["a", "__proto__", "constructor"]) assert.ok(limiter.take(key) > 0, key);
});

test("a clock set back does not lock anybody out for longer than the limit says", () => {
  let now = 1_000_000;
  const limiter = createRateLimiter({ now: () => now }, { perSecond: 1, burst: 1 });
  limiter.take("a");
  now = 1000;
  assert.equal(limiter.take("a"), 1000);
  now = 2000;
  assert.equal(limiter.take("a"), 0);
});

test("inventing keys does not reset a key that stays in use", () => {
  const clock = createFakeClock();
  const limiter = createRateLimiter(clock, { perSecond: 0.000_001, burst: 1 }, 100);
  assert.equal(limiter.take("victim"), 0);
  for (let round = 0; round < 1000; round += 1) {
    limiter.take(`invented ${round}`);
    if (round % 10 === 0) assert.ok(limiter.take("victim") > 0, `round ${round}`);
  }
});
