import { lstatSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Messages } from "../messages/en.ts";
import { Refused } from "../refused.ts";
import { UsageError } from "../usage-error.ts";

/**
 * Makes a folder that is there whole or not at all: it is filled under another name and gets its own at the end, so that nobody
 * takes a broken export for one.
 * @throws UsageError if something is there already
 */
export async function makeFolder<T>(out: string, t: Messages, fill: (folder: string) => Promise<T>): Promise<T> {
  const folder = resolve(out);
  requireFree(folder, t);
  const part = `${folder}.part`;
  claim(part, t);
  try {
    const made = await fill(part);
    renameSync(part, folder);
    return made;
  } catch (error) {
    rmSync(part, { recursive: true, force: true });
    throw error;
  }
}

function requireFree(folder: string, { folder: t }: Messages): void {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  if (found === undefined) return;
  // An empty folder is replaced by the new one. A link, or the root of another disk, cannot be, and hours later is late to say so.
  const isPlain = found.isDirectory() && found.dev === lstatSync(dirname(folder)).dev;
  if (!isPlain || readdirSync(folder).length > 0) throw new UsageError(t.taken(folder));
}

/** Another process may be filling it, so it is not swept away. */
function claim(part: string, { folder: t }: Messages): void {
  try {
    mkdirSync(part, { mode: 0o700 });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "EEXIST") throw new Refused(t.partTaken(part));
    if (code === "ENOENT") throw new UsageError(t.parentMissing(dirname(part)));
    throw error;
  }
}
