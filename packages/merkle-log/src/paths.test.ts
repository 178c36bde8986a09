import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { entriesPath, parsePath, tilePath } from "./index.ts";

test("paths are those of the C2SP text", () => {
  assert.equal(tilePath({ level: 0, index: 1_234_067, width: 256 }), "tile/0/x001/x234/067");
  assert.equal(tilePath({ level: 0, index: 1234, width: 256 }), "tile/0/x001/234");
  assert.equal(tilePath({ level: 12, index: 0, width: 5 }), "tile/12/000.p/5");
  assert.equal(tilePath({ level: 63, index: 999, width: 255 }), "tile/63/999.p/255");
  assert.equal(entriesPath(0, 5), "tile/entries/000.p/5");
  assert.equal(entriesPath(1000, 256), "tile/entries/x001/000");
});

test("every path that is written is read back, up to the last index that a number holds", () => {
  const index = fc.oneof(fc.maxSafeNat(), fc.nat(2000), fc.constant(Number.MAX_SAFE_INTEGER));
  const width = fc.integer({ min: 1, max: 256 });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 63 }), index, width, (level, index, width) => {
      assert.deepEqual(parsePath(tilePath({ level, index, width })), { kind: "tile", tile: { level, index, width } });
      assert.deepEqual(parsePath(entriesPath(index, width)), { kind: "entries", index, width });
    }),
  );
  assert.deepEqual(parsePath("checkpoint"), { kind: "checkpoint" });
});

const OTHER_SPELLINGS = [
  "",
  "checkpoint/",
  "/checkpoint",
  "Checkpoint",
  "checkpoint\n",
  "tile/0",
  "tile/0/",
  "tile/0/0",
  "tile/0/00",
  "tile/0/0000",
  "tile/0/x000",
  "tile/0/x000/000",
  "tile/0/x000/x001/234",
  "tile/0/001/234",
  "tile/0/x001",
  "tile/0/x001/x234",
  "tile/0/x1/234",
  "tile/0/X001/234",
  "tile/00/000",
  "tile/01/000",
  "tile/64/000",
  "tile/100/000",
  "tile/-1/000",
  "tile/+1/000",
  "tile/0/000.p",
  "tile/0/000.p/",
  "tile/0/000.p/0",
  "tile/0/000.p/05",
  "tile/0/000.p/256",
  "tile/0/000.p/257",
  "tile/0/000.p/1000",
  "tile/0/000.p/-1",
  "tile/0/000.p/5/",
  "tile/0/000.p/5\n",
  "tile/0/000\n",
  "tile/0/000/",
  "/tile/0/000",
  "//tile/0/000",
  "tile//0/000",
  "tile/0//000",
  "./tile/0/000",
  "tile/0/../0/000",
  "tile/0/..",
  "tile/../checkpoint",
  "..",
  "../checkpoint",
  "tile\\0\\000",
  "tile/0/000%2ep/5",
  "tile/0/%30%30%30",
  "tile/entries",
  "tile/entries/",
  "tile/entries/x000/000",
  "tile/entries/000.p/256",
  "tile/Entries/000",
  "tile/data/000",
  "tile/8/0/000",
  "tile/0/٠٠٠",
  "tile/0/x999/x999/x999/x999/x999/999",
  "tile/0/x001/x000/x000/x000/x000/x000/000",
];

test("a tile has one spelling: every other is refused, and what leads out of the folder, too", () => {
  for (const path of OTHER_SPELLINGS) assert.equal(parsePath(path), undefined, path);
});

test("a path that is accepted is the one that would be written", () => {
  const piece = fc.constantFrom("tile", "entries", "0", "7", "63", "x001", "x000", "000", "234", ".p", ".p/5", "..", "", "x", "\n");
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 7 }), fc.constantFrom("/", ""), (pieces, joint) => {
      const path = pieces.join(joint);
      const parsed = parsePath(path);
      if (parsed?.kind === "tile") assert.equal(tilePath(parsed.tile), path);
      if (parsed?.kind === "entries") assert.equal(entriesPath(parsed.index, parsed.width), path);
    }),
  );
});

test("places that no tree has get no path", () => {
  for (const tile of [
    { level: -1, index: 0, width: 1 },
    { level: 64, index: 0, width: 1 },
    { level: 0, index: -1, width: 1 },
    { level: 0, index: 2 ** 53, width: 1 },
    { level: 0, index: 0.5, width: 1 },
    { level: 0, index: 0, width: 0 },
    { level: 0, index: 0, width: 257 },
  ])
    assert.throws(() => tilePath(tile), RangeError);
});
