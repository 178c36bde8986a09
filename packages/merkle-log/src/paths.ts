import { isCount, type Tile, TILE_WIDTH } from "./tiles.ts";

const MAX_LEVEL = 63;

export type LogPath =
  | { readonly kind: "tile"; readonly tile: Tile }
  | { readonly kind: "entries"; readonly index: number; readonly width: number }
  | { readonly kind: "checkpoint" };

const isLevel = (level: number): boolean => isCount(level) && level <= MAX_LEVEL;
const isWidth = (width: number): boolean => isCount(width) && width > 0 && width <= TILE_WIDTH;

// 1234067 is x001/x234/067: no folder of the file system then holds more than a thousand files, and no name is both file and folder.
function place(index: number, width: number): string {
  if (!isCount(index)) throw new RangeError("an index is an integer from 0 to 2^53 - 1");
  if (!isWidth(width)) throw new RangeError(`a width is an integer from 1 to ${TILE_WIDTH}`);
  const digits = String(index);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, "0").match(/\d{3}/g) ?? [];
  const path = groups.map((group, at) => (at === groups.length - 1 ? group : `x${group}`)).join("/");
  return width === TILE_WIDTH ? path : `${path}.p/${width}`;
}

/** `tile/0/x001/234`, of a partial tile `tile/0/x001/234.p/5`. @throws RangeError */
export function tilePath({ level, index, width }: Tile): string {
  if (!isLevel(level)) throw new RangeError(`a level is an integer from 0 to ${MAX_LEVEL}`);
  return `tile/${level}/${place(index, width)}`;
}

/** `tile/entries/000`, of a partial bundle `tile/entries/000.p/5`. @throws RangeError */
export function entriesPath(index: number, width: number): string {
  return `tile/entries/${place(index, width)}`;
}

// Anchored, in ASCII digits, bounded: "..", an absolute path or a line feed at the end cannot get through.
const TILE_PATH = /^tile\/(entries|\d{1,2})\/((?:x\d{3}\/){0,5}\d{3})(?:\.p\/(\d{1,3}))?$/;

/** What lies at a path below the log's prefix; undefined for every other spelling, so that a tile has one name only. */
export function parsePath(path: string): LogPath | undefined {
  if (path === "checkpoint") return { kind: "checkpoint" };
  const [, level, place, partial] = TILE_PATH.exec(path) ?? [];
  if (level === undefined || place === undefined) return undefined;
  const index = Number(place.replaceAll(/[x/]/g, ""));
  const width = partial === undefined ? TILE_WIDTH : Number(partial);
  if (!isCount(index) || !isWidth(width)) return undefined;
  const tile = { level: Number(level), index, width };
  const isEntries = level === "entries";
  if (!isEntries && !isLevel(tile.level)) return undefined;
  if (path !== (isEntries ? entriesPath(index, width) : tilePath(tile))) return undefined;
  return isEntries ? { kind: "entries", index, width } : { kind: "tile", tile };
}
