import assert from "node:assert/strict";
import { test } from "node:test";
import { createFakeClock } from "@wardroom/testkit";
import { createSharedTimelines } from "./shared-timelines.ts";

function counted() {
  let loads = 0;
  const load = () => {
    loads += 1;
    return Promise.resolve({ events: [], limited: false, before: 0, redacted: false });
  };
  return { load, loads: () => loads };
}

test("those who read the same stretch at the same time share one page", () => {
  const { load, loads } = counted();
  const shared = createSharedTimelines(createFakeClock());
  const leave = [shared.enter(), shared.enter()];
  assert.equal(shared.get(5, "a", load), shared.get(5, "a", load));
  assert.equal(loads(), 1);
  assert.notEqual(shared.get(5, "b", load), shared.get(5, "a", load));
  leave.forEach((act) => act());
});

test("no page outlives its readers, a commit, a newer position, or a second", () => {
  const clock = createFakeClock();
  const ends = [
    (shared: ReturnType<typeof createSharedTimelines>, leave: () => void) => leave(),
    (shared: ReturnType<typeof createSharedTimelines>) => shared.clear(),
    (shared: ReturnType<typeof createSharedTimelines>) => void shared.get(6, "b", counted().load),
    () => clock.advance(1_001),
  ];
  for (const end of ends) {
    const { load, loads } = counted();
    const shared = createSharedTimelines(clock);
    const leave = shared.enter();
    shared.get(5, "a", load);
    end(shared, leave);
    shared.get(5, "a", load);
    assert.equal(loads(), 2);
  }
});

test("a reader of an older position neither gets a newer page nor spoils it", () => {
  const { load, loads } = counted();
  const shared = createSharedTimelines(createFakeClock());
  shared.enter();
  const newer = shared.get(6, "a", load);
  assert.notEqual(shared.get(5, "a", load), newer);
  assert.equal(shared.get(6, "a", load), newer);
  assert.equal(loads(), 2);
});

test("the number of pages is bounded", () => {
  const { load, loads } = counted();
  const shared = createSharedTimelines(createFakeClock());
  shared.enter();
  for (let n = 0; n < 513; n += 1) shared.get(5, `room ${n}`, load);
  shared.get(5, "room 0", load);
  assert.equal(loads(), 514);
});

test("a page that could not be read is tried again", async () => {
  const shared = createSharedTimelines(createFakeClock());
  shared.enter();
  await assert.rejects(shared.get(5, "a", () => Promise.reject(new Error("no"))).page);
  const { load, loads } = counted();
  shared.get(5, "a", load);
  assert.equal(loads(), 1);
});
