/** Hashes in a full tile, entries in a full bundle. */
export const TILE_WIDTH = 256;

/**
 * `width` hashes (1 to 256) of level `level`, the `index`-th such piece. A hash of level 0 is a leaf's, one of level n + 1 is the
 * root of a full tile of level n (C2SP tlog-tiles).
 */
export interface Tile {
  readonly level: number;
  readonly index: number;
  readonly width: number;
}

/** A bundle of entries: those whose hashes the tile of level 0 with the same index and width holds. */
export interface Bundle {
  readonly index: number;
  readonly width: number;
}

/** Sizes and indexes are numbers, exact up to 2^53 − 1. */
export function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

/** @throws RangeError */
export function requireCount(value: number, what: string): void {
  if (!isCount(value)) throw new RangeError(`${what} is an integer from 0 to 2^53 - 1`);
}

/** How many hashes level `level` of a tree of `size` leaves has. */
function hashesAt(level: number, size: number): number {
  return Math.floor(size / TILE_WIDTH ** level);
}

/** Width of a tile in a tree of `size` leaves; 0 or less if the tree has no such tile. */
export function widthAt(level: number, index: number, size: number): number {
  return Math.min(TILE_WIDTH, hashesAt(level, size) - index * TILE_WIDTH);
}

/** The partial tiles of a tree, lowest level first: the right edge, from which the root follows. */
export function edgeTiles(size: number): Tile[] {
  const tiles: Tile[] = [];
  for (let level = 0; hashesAt(level, size) > 0; level += 1) {
    const hashes = hashesAt(level, size);
    if (hashes % TILE_WIDTH > 0) tiles.push({ level, index: Math.floor(hashes / TILE_WIDTH), width: hashes % TILE_WIDTH });
  }
  return tiles;
}

/** Every tile of a tree, full and partial. */
export function* tilesOf(size: number): Generator<Tile> {
  for (let level = 0; hashesAt(level, size) > 0; level += 1) {
    for (let index = 0, width = widthAt(level, 0, size); width > 0; width = widthAt(level, (index += 1), size))
      yield { level, index, width };
  }
}

/** Every bundle of entries of a tree. */
export function* bundlesOf(size: number): Generator<Bundle> {
  for (let index = 0, width = widthAt(0, 0, size); width > 0; width = widthAt(0, (index += 1), size)) yield { index, width };
}
