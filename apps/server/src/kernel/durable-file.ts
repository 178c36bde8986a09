import { closeSync, fsyncSync, linkSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** A draft beside the file that it is for, 0600, on the disk when this returns. Takes the place of an older draft; a failure leaves none. */
export function writeDraft(path: string, content: string | Uint8Array): void {
  rmSync(path, { force: true });
  const file = openSync(path, "wx", 0o600);
  try {
    writeFileSync(file, content);
    fsyncSync(file);
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
}

/** A new file, 0600, whole or absent whatever fails, on the disk when this returns. @throws EEXIST if it exists. */
export function createDurably(path: string, content: string | Uint8Array): void {
  const draft = `${path}.new`;
  writeDraft(draft, content);
  try {
    linkSync(draft, path); // unlike a rename it never takes the place of a file
  } finally {
    rmSync(draft, { force: true });
  }
  flushFolder(dirname(path));
}

/** A rename or removal lasts only when the folder itself is flushed. */
export function flushFolder(path: string): void {
  const folder = openSync(path, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** Whole under the old name or whole under the new one, whenever the power fails. */
export function renameDurably(from: string, to: string): void {
  renameSync(from, to);
  flushFolder(dirname(to));
}
