import { closeSync, constants, fstatSync, lstatSync, opendirSync, openSync, readSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Finding } from "./export-report.ts";
import type { FindingName } from "./finding.ts";

export type FoundFile =
  | { readonly bytes: Uint8Array; readonly why?: undefined }
  | { readonly bytes?: undefined; readonly why: Omit<Finding, "place"> };

/** The files of an exported folder, by their paths below it. */
export interface ExportFiles {
  /** A plain file of at most so many bytes. */
  read(path: string, most: number): FoundFile;
  /** What lies in a folder, in the order of the names. Empty if it is none; undefined if it holds more than any folder of an export. */
  list(path: string): readonly { readonly name: string; readonly isFolder: boolean }[] | undefined;
}

/** C2SP tlog-tiles puts a thousand names into a folder, each with the one of its partial tiles beside it. */
const MOST_NAMES = 4096;
const MOST_FOLDERS_KNOWN = 4096;

const not = (what: FindingName, detail?: string): FoundFile => ({ why: detail === undefined ? { what } : { what, detail } });

/** Nothing outside the folder is read, wherever a link in it leads. The folder itself may be one. */
export function openExportFolder(root: string): ExportFiles {
  const plain = new Map<string, boolean>();
  const isPlainFolder = (path: string): boolean => {
    if (path === "." || path === "") return true;
    const known = plain.get(path);
    if (known !== undefined) return known;
    if (plain.size >= MOST_FOLDERS_KNOWN) plain.clear();
    const is = isPlainFolder(dirname(path)) && lstatSync(join(root, path), { throwIfNoEntry: false })?.isDirectory() === true;
    plain.set(path, is);
    return is;
  };
  return {
    read(path, most) {
      if (!isPlainFolder(dirname(path))) return not("file-missing");
      return settle(() => readPlainFile(join(root, path), most));
    },
    list: (path) => (isPlainFolder(path) ? listFolder(join(root, path)) : []),
  };
}

function settle(read: () => FoundFile): FoundFile {
  try {
    return read();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (code === "ENOENT" || code === "ENOTDIR") return not("file-missing");
    return code === "ELOOP" ? not("file-not-plain") : not("file-unreadable", code);
  }
}

/** A link is not followed, a pipe not waited for. */
function readPlainFile(path: string, most: number): FoundFile {
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(file);
    if (!stats.isFile()) return not("file-not-plain");
    if (stats.size > most) return not("file-malformed", `it has ${stats.size} bytes, ${most} at most`);
    const bytes = Buffer.alloc(stats.size);
    let at = 0;
    for (let read = -1; read !== 0 && at < bytes.length; at += read) read = readSync(file, bytes, at, bytes.length - at, at);
    return { bytes: bytes.subarray(0, at) };
  } finally {
    closeSync(file);
  }
}

function listFolder(path: string): ReturnType<ExportFiles["list"]> {
  const names: { name: string; isFolder: boolean }[] = [];
  try {
    const folder = opendirSync(path);
    try {
      for (let entry = folder.readSync(); entry !== null; entry = folder.readSync()) {
        if (names.length >= MOST_NAMES) return undefined;
        names.push({ name: entry.name, isFolder: entry.isDirectory() });
      }
    } finally {
      folder.closeSync();
    }
  } catch {
    return [];
  }
  return names.sort((one, other) => (one.name < other.name ? -1 : 1));
}
