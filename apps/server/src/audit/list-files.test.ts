import assert from "node:assert/strict";
import { test } from "node:test";
import { countFiles, filesOf } from "./list-files.ts";

test("the files of a log are those of C2SP tlog-tiles: full ones and the partial one at the end, level by level", () => {
  assert.deepEqual([...filesOf(0)], []);
  assert.deepEqual([...filesOf(5)], ["tile/entries/000.p/5", "tile/0/000.p/5"]);
  assert.deepEqual([...filesOf(256)], ["tile/entries/000", "tile/0/000", "tile/1/000.p/1"]);
  // Size 70,000, the example of the specification: 273 full tiles, 112 nodes in the next, then 17 of 273.
  const large = [...filesOf(70_000)];
  for (const path of ["tile/entries/272", "tile/0/273.p/112", "tile/1/000", "tile/1/001.p/17", "tile/2/000.p/1"])
    assert.ok(large.includes(path), path);
  assert.equal(large.length, 274 + 274 + 2 + 1);
});

test("numbers from a thousand on are split into groups of three", () => {
  const paths = new Set(filesOf(256 * 1001));
  assert.ok(paths.has("tile/0/x001/000"));
  assert.ok(paths.has("tile/entries/999"));
});

test("the count of files is the number of paths", () => {
  for (const size of [0, 1, 255, 256, 257, 65_535, 65_536, 65_537, 70_000]) assert.equal(countFiles(size), [...filesOf(size)].length);
});
