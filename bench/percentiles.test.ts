import assert from "node:assert/strict";
import { test } from "node:test";
import { createSamples, median, percentile } from "./percentiles.ts";

const upTo = (count: number): Float64Array => Float64Array.from({ length: count }, (_, index) => index + 1);

test("a percentile is the smallest value that has that share at or below it", () => {
  // Nearest rank, worked by hand.
  assert.equal(percentile(upTo(100), 0.5), 50);
  assert.equal(percentile(upTo(100), 0.99), 99);
  assert.equal(percentile(upTo(1000), 0.999), 999);
  assert.equal(percentile(upTo(10), 0.95), 10);
  assert.equal(percentile(upTo(3), 0.5), 2);
  assert.equal(percentile(upTo(1), 0.5), 1);
  assert.ok(Number.isNaN(percentile(upTo(0), 0.5)));
});

test("samples are kept beyond their first room, and sorted by number, not by text", () => {
  const samples = createSamples();
  for (let value = 10_000; value >= 1; value -= 1) samples.add(value);
  assert.deepEqual(samples.summarise(), { count: 10_000, p50: 5000, p95: 9500, p99: 9900, p999: 9990, max: 10_000 });
});

test("one slow request in a hundred does not show in p95 and is not lost from the maximum", () => {
  const samples = createSamples();
  for (let index = 0; index < 99; index += 1) samples.add(1);
  samples.add(5000);
  const { p95, p99, max } = samples.summarise();
  assert.deepEqual([p95, p99, max], [1, 1, 5000]);
});

test("the median of an even number of runs lies between the two in the middle", () => {
  assert.equal(median([9, 1, 10]), 9);
  assert.equal(median([4, 1, 2, 100]), 3);
  assert.ok(Number.isNaN(median([])));
});
