import { HASH_BYTES, hashChildren, hashRow } from "./hashes.ts";
import { type ReadTile, readWhole } from "./read-tile.ts";
import { requireCount, TILE_WIDTH, widthAt } from "./tiles.ts";

/** Rows of the tree between a tile's hashes and the tile's root. */
const TILE_HEIGHT = 8;

/** Hash of the leaves from `low` up to and without `high`. */
type HashOfRange = (low: number, high: number) => Promise<Uint8Array>;

function largestPower(limit: number): { power: number; height: number } {
  let [power, height] = [1, 0];
  while (power * 2 <= limit) [power, height] = [power * 2, height + 1];
  return { power, height };
}

/** Where RFC 6962, section 2.1, splits `count` leaves: at the largest power of two below it. */
const splitOf = (count: number): number => largestPower(count - 1).power;

/** Reads each tile once; a proof needs at most two a level. */
function createHashReader(size: number, readTile: ReadTile): HashOfRange {
  const tiles = new Map<string, Uint8Array>();
  const read = async (level: number, index: number): Promise<Uint8Array> => {
    const held = tiles.get(`${level}/${index}`);
    if (held !== undefined) return held;
    const bytes = await readWhole(readTile, { level, index, width: widthAt(level, index, size) });
    tiles.set(`${level}/${index}`, bytes);
    return bytes;
  };
  const perfect = async (height: number, index: number): Promise<Uint8Array> => {
    const level = Math.floor(height / TILE_HEIGHT);
    const count = 2 ** (height % TILE_HEIGHT);
    const first = index * count;
    const tile = await read(level, Math.floor(first / TILE_WIDTH));
    return hashRow(tile, (first % TILE_WIDTH) * HASH_BYTES, count);
  };
  const ofRange: HashOfRange = async (low, high) => {
    const { power, height } = largestPower(high - low);
    const left = await perfect(height, low / power);
    return low + power === high ? left : hashChildren(left, await ofRange(low + power, high));
  };
  return ofRange;
}

/**
 * That entry `index` is in the tree of `size` leaves: the hashes from the leaf's sibling to the root's child (RFC 6962,
 * section 2.1.1).
 * @throws RangeError if there is no such entry; MalformedTile
 */
export async function proveInclusion(input: { index: number; size: number; readTile: ReadTile }): Promise<Uint8Array[]> {
  const { index, size, readTile } = input;
  requireCount(size, "the size of a tree");
  requireCount(index, "an index");
  if (index >= size) throw new RangeError("the tree has no entry of that index");
  const ofRange = createHashReader(size, readTile);
  const path: Uint8Array[] = [];
  for (let [low, high] = [0, size]; high - low > 1;) {
    const middle = low + splitOf(high - low);
    const isLeft = index < middle;
    path.push(isLeft ? await ofRange(middle, high) : await ofRange(low, middle));
    [low, high] = isLeft ? [low, middle] : [middle, high];
  }
  return path.toReversed();
}

/**
 * That the tree of `size` leaves begins with the one of `oldSize` (RFC 6962, section 2.1.2). Nothing is needed for an empty old
 * tree or for equal sizes.
 * @throws RangeError if the old tree is the larger one; MalformedTile
 */
export async function proveConsistency(input: { oldSize: number; size: number; readTile: ReadTile }): Promise<Uint8Array[]> {
  const { oldSize, size, readTile } = input;
  requireCount(size, "the size of a tree");
  requireCount(oldSize, "the size of a tree");
  if (oldSize > size) throw new RangeError("the older tree is the larger one");
  if (oldSize === 0) return [];
  const ofRange = createHashReader(size, readTile);
  const path: Uint8Array[] = [];
  let [low, high] = [0, size];
  while (high !== oldSize) {
    const middle = low + splitOf(high - low);
    const isLeft = oldSize <= middle;
    path.push(isLeft ? await ofRange(middle, high) : await ofRange(low, middle));
    [low, high] = isLeft ? [low, middle] : [middle, high];
  }
  // The verifier holds the old root itself; a smaller piece of the old tree it must be told.
  if (low > 0) path.push(await ofRange(low, high));
  return path.toReversed();
}
