import assert from "node:assert/strict";
import { test } from "node:test";
import { createFakeClock } from "./fake-clock.ts";
import { createSeededRandom } from "./seeded-random.ts";

test("the same seed gives the same bytes however they are cut, another seed others", () => {
  const [one, two, other] = [createSeededRandom(7), createSeededRandom(7), createSeededRandom(8)];
  const cut = Buffer.concat([one.bytes(3), one.bytes(0), one.bytes(70), one.bytes(27)]);
  assert.deepEqual(cut, Buffer.from(two.bytes(100)));
  assert.notDeepEqual(cut, Buffer.from(other.bytes(100)));
});

test("integers stay below their limit and reach all values", () => {
  const random = createSeededRandom("dice");
  const seen = new Set(Array.from({ length: 200 }, () => random.below(6)));
  assert.deepEqual(
    [...seen].sort((a, b) => a - b),
    [0, 1, 2, 3, 4, 5],
  );
});

test("a fake clock moves only when told and never back", () => {
  const clock = createFakeClock(5);
  clock.advance(10);
  assert.equal(clock.now(), 15);
  assert.throws(() => clock.advance(-1), RangeError);
});
