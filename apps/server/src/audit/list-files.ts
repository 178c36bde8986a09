import { bundlesOf, entriesPath, tilePath, tilesOf } from "@wardroom/merkle-log";

const WIDTH = 256;

/** The paths of every bundle and tile of a log of this size, below its folder. Lazily: a large log has many. */
export function* filesOf(size: number): Generator<string> {
  for (const { index, width } of bundlesOf(size)) yield entriesPath(index, width);
  for (const tile of tilesOf(size)) yield tilePath(tile);
}

/** How many paths `filesOf` gives. */
export function countFiles(size: number): number {
  let files = Math.ceil(size / WIDTH);
  for (let nodes = size; nodes > 0; nodes = Math.floor(nodes / WIDTH)) files += Math.ceil(nodes / WIDTH);
  return files;
}
