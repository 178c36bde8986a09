import { entriesPath, hashLeaf, packEntries, parsePath, type ReadTile, tilePath, type Tree } from "@wardroom/merkle-log";
import type { LogContents } from "./check-contents.ts";
import { type LogRow, type LogStore } from "./log-store.ts";
import { rootOfTile } from "./read-tile.ts";

const TILE_WIDTH = 256;
const HASH_BYTES = 32;

/** The partial tiles of a tree that grew with its entries, as they were once: only they know what the last entries were. */
export type EdgeTiles = ReadonlyMap<number, Uint8Array>;

const MOST_LEVELS = 8;

export function edgeOf(tree: Tree): EdgeTiles {
  return new Map(Array.from({ length: MOST_LEVELS }, (_, level) => [level, tree.partialTile(level)]));
}

/** Tiles and entries of one log as they are stored. */
export function readStored(
  store: LogStore,
  { log, first_entry: first }: LogRow,
  edge?: { readonly size: number; readonly tiles: EdgeTiles },
): LogContents {
  const missing = new Set<string>();
  // An entry that is missing is an empty one: so it is told which one it is.
  const entriesOf = async (index: number, width: number): Promise<readonly Uint8Array[]> => {
    const start = first + index * TILE_WIDTH;
    const rows = await store.listEntries(start, width);
    const found = new Map(rows.map(({ n, entry }) => [n, entry]));
    return Array.from({ length: width }, (_, at) => found.get(start + at) ?? new Uint8Array());
  };
  const full = (level: number, index: number) => store.findTile({ log, level, tile: index });
  const fromBelow: ReadTile = async ({ level, index, width }) => {
    if (level === 0) return Buffer.concat((await entriesOf(index, width)).map(hashLeaf));
    const roots: Uint8Array[] = [];
    for (let at = 0; at < width; at += 1) {
      const below = { level: level - 1, index: index * TILE_WIDTH + at, width: TILE_WIDTH };
      const stored = await full(below.level, below.index);
      roots.push(rootOfTile(stored?.length === TILE_WIDTH * HASH_BYTES ? stored : await fromBelow(below)));
    }
    return Buffer.concat(roots);
  };
  return {
    async readTile(tile) {
      const { level, index, width } = tile;
      if (width === TILE_WIDTH) {
        const stored = await full(level, index);
        if (stored !== undefined) return stored;
        missing.add(tilePath(tile));
        throw new Error("there is no such tile");
      }
      const known = edge === undefined || index !== Math.floor(edge.size / TILE_WIDTH ** (level + 1)) ? undefined : edge.tiles.get(level);
      if (known !== undefined && known.length >= width * HASH_BYTES) return known.subarray(0, width * HASH_BYTES);
      // Completed since: it is stored now.
      const stored = await full(level, index);
      return stored?.subarray(0, width * HASH_BYTES) ?? fromBelow(tile);
    },
    readEntries: async ({ index, width }) => packEntries(await entriesOf(index, width)),
    whyNot: (path) => (missing.has(path) ? { what: "file-missing" } : undefined),
    placeOfEntry: (index) => `entry ${log}/${index}`,
    placeOfFile: (path) => placeOf(log, path),
  };
}

function placeOf(log: number, path: string): string {
  const named = parsePath(path);
  if (named?.kind === "tile") return `tile ${log}/${path}`;
  if (named?.kind === "entries") return `entries ${log}/${entriesPath(named.index, named.width)}`;
  return path === "" ? `log ${log}` : `${path} ${log}`;
}
