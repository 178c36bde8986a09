import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import Database from "better-sqlite3-multiple-ciphers";
import { ConfigError } from "#config";

/** The paths inside a data folder. */
export interface DataFolder {
  readonly path: string;
  readonly store: string;
  readonly controlSocket: string;
  readonly installation: string;
  readonly isNew: boolean;
}

/** Creates the folder (0700) if needed. */
export function openDataFolder(path: string): DataFolder {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const installation = join(path, "installation.json");
  return {
    path,
    store: join(path, "wardroom.db"),
    controlSocket: join(path, "control.sock"),
    installation,
    isNew: !existsSync(installation),
  };
}

/** True if a server was started or initialised there. Makes nothing. */
export function hasStore(path: string): boolean {
  return existsSync(join(path, "installation.json"));
}

/** Another process holds the data folder. */
export class DataFolderInUse extends Error {
  override readonly name = "DataFolderInUse";
}

/**
 * Takes the folder for this process alone. The lock is SQLite's own lock of the operating system, so it
 * ends with the process, however that ends; a file with a process id would outlive a crash.
 * @throws DataFolderInUse
 */
export function lockDataFolder(folder: DataFolder): { release(): void } {
  const path = join(folder.path, "lock");
  const lock = new Database(path, { timeout: 0 });
  try {
    chmodSync(path, 0o600);
    lock.pragma("locking_mode = EXCLUSIVE");
    lock.exec("BEGIN EXCLUSIVE");
  } catch {
    lock.close();
    throw new DataFolderInUse(`${folder.path} is in use by another Wardroom process.`);
  }
  return { release: () => lock.close() };
}

/**
 * Fixes the server name at first start. Every user id, room and event is bound to it, so another one over
 * an existing store would make all of them foreign.
 * @throws ConfigError
 */
export function fixServerName(folder: DataFolder, serverName: string): void {
  if (folder.isNew) {
    writeDurably(folder.installation, `${JSON.stringify({ format: 1, server_name: serverName })}\n`);
    return;
  }
  const name = readServerName(folder.installation);
  if (name !== serverName) {
    throw new ConfigError(
      `server_name: this store belongs to "${name}" and cannot become "${serverName}". Set server_name back, or use another data_dir.`,
    );
  }
}

function readServerName(path: string): string {
  try {
    const known: unknown = JSON.parse(readFileSync(path, "utf8"));
    if (typeof known === "object" && known !== null && "format" in known && "server_name" in known) {
      if (known.format === 1 && typeof known.server_name === "string") return known.server_name;
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new ConfigError(
    `${path} is damaged. Write {"format":1,"server_name":"…"} into it, with the name under which this store was made, or put it back from a backup.`,
  );
}

/** Whole or absent, whatever happens in between: the rename puts a file in place whose bytes are on the disk already. */
function writeDurably(path: string, text: string): void {
  const draft = `${path}.tmp`;
  rmSync(draft, { force: true }); // a crash may have left one, with whatever rights
  const file = openSync(draft, "wx", 0o600);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(draft, path);
  const folder = openSync(dirname(path), "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** True if losing one disk loses both: then the encryption of the store protects from nobody who has the disk. */
export function keySharesDisk(folder: DataFolder, keyFile: string): boolean {
  return statSync(folder.path).dev === statSync(dirname(keyFile)).dev;
}
