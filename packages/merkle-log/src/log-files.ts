import { unpackEntries } from "./bundles.ts";
import { HASH_BYTES, hashLeaf, hashRow } from "./hashes.ts";
import { entriesPath, tilePath } from "./paths.ts";
import type { ReadEntries, ReadTile } from "./read-tile.ts";
import { TILE_WIDTH, widthAt } from "./tiles.ts";
import { createTree } from "./tree.ts";

/** Bytes, or why there are none. */
export type Found = { readonly bytes: Uint8Array } | { readonly bytes?: undefined; readonly reason: string };

/** One candidate for the hashes of a tile; undefined where it has none to offer. */
export type Hashes = readonly (Uint8Array | undefined)[];

export const CANNOT_BE_READ = "it cannot be read";

export const splitHashes = (bytes: Uint8Array): Uint8Array[] =>
  Array.from({ length: bytes.length / HASH_BYTES }, (_, at) => bytes.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES));

/** The files of a log, read one at a time, and what a tile's hashes should be by what lies under it. */
export interface LogFiles {
  readTile(level: number, index: number): Promise<Found>;
  readBundle(index: number): Promise<Found>;
  /** From the tiles one level below as they are, or from the entries. */
  hashesFromBelow(level: number, index: number): Promise<Hashes>;
  /** From the entries, whatever tiles lie between. */
  hashesFromEntries(level: number, index: number): Promise<Hashes>;
  tilePathOf(level: number, index: number): string;
  bundlePathOf(index: number): string;
}

async function tryRead(read: () => Promise<Uint8Array> | Uint8Array): Promise<Found> {
  try {
    return { bytes: await read() };
  } catch {
    return { reason: CANNOT_BE_READ };
  }
}

export function createLogFiles(input: { size: number; readTile: ReadTile; readEntries: ReadEntries }): LogFiles {
  const widthOf = (level: number, index: number): number => widthAt(level, index, input.size);
  const readTile = async (level: number, index: number): Promise<Found> => {
    const width = widthOf(level, index);
    const found = await tryRead(() => input.readTile({ level, index, width }));
    if (found.bytes === undefined || found.bytes.length === width * HASH_BYTES) return found;
    return { reason: `it has ${found.bytes.length} bytes instead of ${width * HASH_BYTES}` };
  };
  const readBundle = (index: number): Promise<Found> => tryRead(() => input.readEntries({ index, width: widthOf(0, index) }));

  const leavesOf = async (index: number): Promise<Hashes> => {
    const { bytes } = await readBundle(index);
    try {
      const leaves = bytes === undefined ? [] : unpackEntries(bytes).map(hashLeaf);
      return leaves.length === widthOf(0, index) ? leaves : [];
    } catch {
      return [];
    }
  };
  const rootOfTile = async (level: number, index: number): Promise<Uint8Array | undefined> => {
    const { bytes } = await readTile(level, index);
    return bytes === undefined ? undefined : hashRow(bytes, 0, TILE_WIDTH);
  };
  const rootOfEntries = async (level: number, index: number): Promise<Uint8Array | undefined> => {
    const tree = createTree();
    const bundles = TILE_WIDTH ** level;
    for (let at = index * bundles; at < (index + 1) * bundles; at += 1) {
      const leaves = await leavesOf(at);
      if (leaves.length === 0) return undefined;
      for (const leaf of leaves) if (leaf !== undefined) tree.append(leaf);
    }
    return tree.root();
  };
  const childrenOf = async (
    level: number,
    index: number,
    rootOfChild: (level: number, index: number) => Promise<Uint8Array | undefined>,
  ): Promise<Hashes> => {
    if (level === 0) return leavesOf(index);
    const hashes: (Uint8Array | undefined)[] = [];
    for (let at = 0; at < widthOf(level, index); at += 1) hashes.push(await rootOfChild(level - 1, index * TILE_WIDTH + at));
    return hashes;
  };
  return {
    readTile,
    readBundle,
    hashesFromBelow: (level, index) => childrenOf(level, index, rootOfTile),
    hashesFromEntries: (level, index) => childrenOf(level, index, rootOfEntries),
    tilePathOf: (level, index) => tilePath({ level, index, width: widthOf(level, index) }),
    bundlePathOf: (index) => entriesPath(index, widthOf(0, index)),
  };
}
