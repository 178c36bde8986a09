import { MalformedTile } from "./errors.ts";
import { HASH_BYTES } from "./hashes.ts";
import { tilePath } from "./paths.ts";
import type { Bundle, Tile } from "./tiles.ts";

/**
 * Gives the tile's bytes, `width` times 32. It is asked for the width that a tree of the given size has; who holds the full tile
 * may cut it.
 */
export type ReadTile = (tile: Tile) => Promise<Uint8Array> | Uint8Array;

export type ReadEntries = (bundle: Bundle) => Promise<Uint8Array> | Uint8Array;

/** @throws MalformedTile if the reader gives another length than was asked for */
export async function readWhole(readTile: ReadTile, tile: Tile): Promise<Uint8Array> {
  const bytes = await readTile(tile);
  if (bytes.length !== tile.width * HASH_BYTES) {
    throw new MalformedTile(`${tilePath(tile)} has ${bytes.length} bytes instead of ${tile.width * HASH_BYTES}`);
  }
  return bytes;
}
