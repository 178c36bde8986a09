import assert from "node:assert/strict";
import { test } from "node:test";
import { createLatestChanges } from "./latest-changes.ts";

test("a change is never believed to be older than it is, not even of a user who was forgotten", () => {
  const changes = createLatestChanges(10, 2);
  assert.equal(changes.atMost("ada"), 10);
  changes.note("ada", 11);
  changes.note("bob", 12);
  assert.deepEqual([changes.atMost("ada"), changes.atMost("bob"), changes.atMost("cleo")], [11, 12, 10]);
  changes.note("cleo", 13);
  assert.deepEqual([changes.atMost("ada"), changes.atMost("bob"), changes.atMost("dan")], [11, 12, 11]);
  changes.note("bob", 14);
  changes.note("dan", 15);
  assert.deepEqual([changes.atMost("bob"), changes.atMost("cleo")], [14, 13]);
});
