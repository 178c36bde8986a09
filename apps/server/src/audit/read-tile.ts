import { hashChildren, hashLeaf, type ReadTile, type Tree } from "@wardroom/merkle-log";
import { LogBroken } from "./errors.ts";
import type { LogStore } from "./log-store.ts";

const HASH_BYTES = 32;
const TILE_WIDTH = 256;

export interface TileSource {
  readonly store: LogStore;
  readonly log: number;
  /** Number of the log's first entry. */
  readonly first: number;
}

/** Full tiles that are not in the store yet, by `nameOf`. */
export type PendingTiles = ReadonlyMap<string, Uint8Array>;
export const nameOf = (level: number, index: number): string => `${level}/${index}`;

/**
 * Tiles of one log: full ones as they are stored; those at the right edge are made from what lies below them.
 * @param tree the growing tree, which knows the edge without reading
 */
export function createReadTile({ store, log, first }: TileSource, tree?: Tree, pending?: PendingTiles): ReadTile {
  const fromEntries = async (index: number, width: number): Promise<Uint8Array> => {
    const start = first + index * TILE_WIDTH;
    const rows = await store.listEntries(start, width);
    const hashes = new Uint8Array(width * HASH_BYTES);
    for (const [offset, { n, entry }] of rows.entries()) {
      if (n !== start + offset) break;
      hashes.set(hashLeaf(entry), offset * HASH_BYTES);
    }
    if (rows.length < width || rows[width - 1]?.n !== start + width - 1) throw new LogBroken(`entries after ${start - first} are missing`);
    return hashes;
  };
  const readTile = async ({ level, index, width }: Parameters<ReadTile>[0]): Promise<Uint8Array> => {
    const full = pending?.get(nameOf(level, index)) ?? (await store.findTile({ log, level, tile: index }));
    if (full !== undefined) return full.subarray(0, width * HASH_BYTES);
    if (tree !== undefined && index === Math.floor(tree.size / TILE_WIDTH ** (level + 1))) {
      const edge = tree.partialTile(level);
      if (edge.length >= width * HASH_BYTES) return edge.subarray(0, width * HASH_BYTES);
    }
    if (level === 0) return fromEntries(index, width);
    const hashes = new Uint8Array(width * HASH_BYTES);
    for (let at = 0; at < width; at += 1) {
      const below = await readTile({ level: level - 1, index: index * TILE_WIDTH + at, width: TILE_WIDTH });
      hashes.set(rootOfTile(below), at * HASH_BYTES);
    }
    return hashes;
  };
  return readTile;
}

/** Root of a full tile: eight rounds of pairs. */
export function rootOfTile(tile: Uint8Array): Uint8Array {
  let level: Uint8Array[] = Array.from({ length: TILE_WIDTH }, (_, at) => tile.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES));
  while (level.length > 1) {
    const above: Uint8Array[] = [];
    for (let at = 0; at < level.length; at += 2) above.push(hashChildren(level[at] ?? tile, level[at + 1] ?? tile));
    level = above;
  }
  return level[0] ?? tile;
}
