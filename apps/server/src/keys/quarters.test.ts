import assert from "node:assert/strict";
import { test } from "node:test";
import { quarterNamed, quarterOf } from "./quarters.ts";

test("a quarter begins at UTC midnight of its first day and ends where the next begins", () => {
  for (const [at, name] of [
    [Date.UTC(2026, 0, 1), "2026-1"],
    [Date.UTC(2026, 2, 31, 23, 59, 59, 999), "2026-1"],
    [Date.UTC(2026, 3, 1), "2026-2"],
    [Date.UTC(2026, 8, 30, 23, 59, 59, 999), "2026-3"],
    [Date.UTC(2026, 9, 1), "2026-4"],
    [Date.UTC(2026, 11, 31, 23, 59, 59, 999), "2026-4"],
    [Date.UTC(2027, 0, 1), "2027-1"],
    [0, "1970-1"],
  ] as const) {
    const quarter = quarterOf(at);
    assert.equal(quarter.name, name);
    assert.ok(at >= quarter.startsAt && at < quarter.endsAt, name);
    assert.equal(quarterOf(quarter.endsAt).startsAt, quarter.endsAt);
    assert.deepEqual(quarterNamed(name), quarter);
  }
});

test("what is no time, or of a year that does not sort, is refused", () => {
  for (const at of [Number.NaN, Infinity, -1, Date.UTC(10_000, 0), 8.64e15 + 1]) assert.throws(() => quarterOf(at), RangeError, `${at}`);
});
