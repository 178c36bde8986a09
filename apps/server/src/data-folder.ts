import { chmodSync, existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import Database from "better-sqlite3-multiple-ciphers";
import { ConfigError } from "#config";
import { renameDurably, writeDraft } from "#kernel";

/** The paths inside a data folder. */
export interface DataFolder {
  readonly path: string;
  readonly store: string;
  readonly controlSocket: string;
  readonly installation: string;
  readonly isNew: boolean;
}

/** Longest path of a socket that every system takes, less the end of it. */
const LONGEST_SOCKET_PATH = 103;

/** Creates the folder if needed, and closes it to everybody else (0700). @throws ConfigError */
export function openDataFolder(path: string): DataFolder {
  const controlSocket = join(path, "control.sock");
  if (Buffer.byteLength(controlSocket) > LONGEST_SOCKET_PATH) {
    throw new ConfigError(`data_dir: ${path} is too long for the socket in it. Use a path of at most ${LONGEST_SOCKET_PATH - 13} bytes.`);
  }
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const { mode, uid } = statSync(path);
  if ((mode & 0o077) !== 0 && uid === process.getuid?.()) chmodSync(path, 0o700);
  const installation = join(path, "installation.json");
  return { path, store: join(path, "wardroom.db"), controlSocket, installation, isNew: !existsSync(installation) };
}

/** True if a server was started or initialised there. Makes nothing. @throws ConfigError if the folder may not be read */
export function hasStore(path: string): boolean {
  try {
    statSync(join(path, "installation.json"));
    return true;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR") return false;
    throw new ConfigError(`data_dir: ${path} cannot be read (${String(code)}). Run this as the account that the server runs as.`);
  }
}

/** Another process holds the data folder. */
export class DataFolderInUse extends Error {
  override readonly name = "DataFolderInUse";
  readonly path: string;

  constructor(path: string) {
    super(`${path} is in use by another Wardroom process.`);
    this.path = path;
  }
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
  } catch (error) {
    lock.close();
    if (error instanceof Database.SqliteError && !error.code.startsWith("SQLITE_BUSY"))
      throw new ConfigError(`data_dir: ${path} cannot be locked: ${error.message}`);
    throw new DataFolderInUse(folder.path);
  }
  return { release: () => lock.close() };
}

/**
 * Every user id, room and event is bound to the server's name, so another one over an existing store would make
 * all of them foreign.
 * @throws ConfigError
 */
export function checkServerName(folder: DataFolder, serverName: string): void {
  if (folder.isNew) return;
  const name = readServerName(folder.installation);
  if (name === serverName) return;
  throw new ConfigError(
    `server_name: this store belongs to "${name}" and cannot become "${serverName}". Set server_name back, or use another data_dir.`,
  );
}

/** Writes down that the house stands. The last step of a first start: from then on a missing store is a loss, not a beginning. */
export function fixServerName(folder: DataFolder, serverName: string): void {
  if (!folder.isNew) return;
  const draft = `${folder.installation}.tmp`;
  writeDraft(draft, `${JSON.stringify({ format: 1, server_name: serverName })}\n`);
  renameDurably(draft, folder.installation);
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

/** True if losing one disk loses both: then the encryption of the store protects from nobody who has the disk. */
export function keySharesDisk(folder: DataFolder, keyFile: string): boolean {
  return statSync(folder.path).dev === statSync(dirname(keyFile)).dev;
}
