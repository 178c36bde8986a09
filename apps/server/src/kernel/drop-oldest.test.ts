import assert from "node:assert/strict";
import { test } from "node:test";
import { dropOldest } from "./drop-oldest.ts";

test("the entry that was put in first goes, and only beyond the bound", () => {
  const map = new Map([
    ["a", 1],
    ["b", 2],
    ["c", 3],
  ]);
  dropOldest(map, 3);
  assert.equal(map.size, 3);
  dropOldest(map, 2);
  assert.deepEqual([...map.keys()], ["b", "c"]);
});

test("within the bound the first entry is not looked for", () => {
  const map = new Map([["a", 1]]);
  map.keys = () => assert.fail("walked over the places that moved entries left");
  dropOldest(map, 1);
  assert.equal(map.size, 1);
});
