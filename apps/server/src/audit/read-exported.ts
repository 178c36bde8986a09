import { entriesPath, packEntries, parsePath, tilePath, unpackEntries } from "@wardroom/merkle-log";
import type { LogContents } from "./check-contents.ts";
import type { ExportFiles, FoundFile } from "./export-files.ts";
import type { Finding } from "./export-report.ts";
import { finding } from "./finding.ts";
import { countFiles } from "./list-files.ts";

const TILE_WIDTH = 256;
const HASH_BYTES = 32;
const MOST_TILE_BYTES = TILE_WIDTH * HASH_BYTES;
/** 256 entries of the longest that the format has. */
const MOST_BUNDLE_BYTES = TILE_WIDTH * (2 + 65_535);
/** Why a file could not be read is kept for so many; the check is given up long before. */
const MOST_REASONS = 4096;

export const folderOf = (log: number): string => `logs/${log}`;

/** Tiles and entries of one log of a folder. Where it was exported larger than it is asked for, a wider file is cut. */
export function readExported(files: ExportFiles, log: number): LogContents {
  const folder = folderOf(log);
  const reasons = new Map<string, Omit<Finding, "place">>();
  const read = (path: string, width: number, most: number, cut: (bytes: Uint8Array) => Uint8Array): Uint8Array => {
    const found = files.read(`${folder}/${path}`, most);
    if (found.bytes !== undefined) return found.bytes;
    const wider = width < TILE_WIDTH && found.why.what === "file-missing" ? readWider(files, `${folder}/${path}`, width, most) : undefined;
    if (wider !== undefined) return cut(wider);
    if (reasons.size < MOST_REASONS) reasons.set(path, found.why);
    throw new Error(found.why.what);
  };
  return {
    readTile: (tile) => read(tilePath(tile), tile.width, MOST_TILE_BYTES, (bytes) => bytes.subarray(0, tile.width * HASH_BYTES)),
    readEntries: ({ index, width }) =>
      read(entriesPath(index, width), width, MOST_BUNDLE_BYTES, (bytes) => packEntries(unpackEntries(bytes).slice(0, width))),
    whyNot: (path) => reasons.get(path),
    placeOfEntry: (index) => `${log}/${index}`,
    placeOfFile: (path) => (path === "" ? folder : `${folder}/${path}`),
  };
}

/** The narrowest of the partial files beside it that is wide enough, or the full one. @param path ends with `.p/WIDTH` */
function readWider(files: ExportFiles, path: string, width: number, most: number): Uint8Array | undefined {
  const partials = path.slice(0, path.lastIndexOf("/"));
  const widths = (files.list(partials) ?? []).flatMap(({ name }) =>
    /^[1-9]\d{0,2}$/.test(name) && Number(name) > width ? [Number(name)] : [],
  );
  const paths = [...widths.sort((one, other) => one - other).map((each) => `${partials}/${each}`), partials.slice(0, -2)];
  for (const each of paths) {
    const found: FoundFile = files.read(each, most);
    if (found.bytes !== undefined) return found.bytes;
  }
  return undefined;
}

const MOST_STRAYS = 100;
const MOST_FOLDERS = 1000;

/** What lies in a log's folder and belongs to no log of this size. Folders that nothing belongs into are not entered. */
export function findStrays(files: ExportFiles, log: number, size: number): readonly Finding[] {
  const strays: Finding[] = [];
  const add = (path: string, detail?: string): void => {
    if (strays.length < MOST_STRAYS) strays.push(finding(`${folderOf(log)}/${path}`, "file-unexpected", detail));
  };
  // Empty folders by the million would keep the check from ending.
  let folders = MOST_FOLDERS + countFiles(size);
  const visit = (folder: string): void => {
    folders -= 1;
    if (folders < 0) return add(folder.slice(1), "more folders than a log of this size has");
    const entries = files.list(`${folderOf(log)}${folder}`);
    if (entries === undefined) return add(folder.slice(1), "more files than any folder of an export holds");
    for (const { name, isFolder } of entries) {
      if (strays.length >= MOST_STRAYS) return;
      const path = `${folder}/${name}`.slice(1);
      if (isFolder ? canHold(path) : belongs(path, size)) {
        if (isFolder) visit(`${folder}/${name}`);
      } else {
        add(path);
      }
    }
  };
  visit("");
  return strays;
}

/** The folders of C2SP tlog-tiles; six groups of three digits are more than any index has. */
const canHold = (path: string): boolean => /^tile(?:\/(?:entries|\d{1,2})(?:\/x\d{3}){0,5}(?:\/\d{3}\.p)?)?$/.test(path);

function belongs(path: string, size: number): boolean {
  if (path === "vkey") return true;
  const named = parsePath(path);
  if (named === undefined || named.kind === "checkpoint") return named !== undefined;
  const { level, index, width } = named.kind === "tile" ? named.tile : { level: 0, index: named.index, width: named.width };
  const hashes = Math.floor(size / TILE_WIDTH ** level);
  return width === Math.min(TILE_WIDTH, hashes - index * TILE_WIDTH);
}
