import { closeSync, openSync, statSync } from "node:fs";
import Database from "better-sqlite3-multiple-ciphers";
import { StoreMissing, StoreUnreadable } from "./errors.ts";

export type Cipher = "aegis" | "sqlcipher";

export interface DatabaseFile {
  readonly path: string;
  /** Raw 32-byte key. */
  readonly key: Uint8Array;
  readonly cipher: Cipher;
  /** Marks whose file it is; another mark is refused. */
  readonly applicationId: number;
  readonly readonly?: boolean;
  /** The file was written before: a missing or emptied one is a loss, never to be covered with a new one. */
  readonly mustExist?: boolean;
}

const KEY_BYTES = 32;
// With this prefix the 32 bytes are the key itself and no password derivation runs.
const RAW_KEY = Buffer.from("raw:");

/**
 * Opens or creates an encrypted SQLite file, 0600, with full durability.
 * @throws StoreUnreadable for a wrong key or cipher, a damaged first page or a file of another kind; StoreMissing with `mustExist`.
 */
export function openDatabase(file: DatabaseFile): Database {
  if (file.key.length !== KEY_BYTES) throw new RangeError(`a page key has ${KEY_BYTES} bytes`);
  prepareFile(file);
  const db = new Database(file.path, { readonly: file.readonly ?? false, fileMustExist: true, timeout: 5000 });
  try {
    unlock(db, file);
    configure(db, file);
    return db;
  } catch (error) {
    db.close();
    throw error instanceof Database.SqliteError && error.code === "SQLITE_NOTADB"
      ? new StoreUnreadable(
          `${file.path} does not open with this key: the key is another store's, store_cipher was changed, or the file is damaged. Put the right key back, set store_cipher back, or restore a backup.`,
        )
      : error;
  }
}

function prepareFile({ path, readonly, mustExist }: DatabaseFile): void {
  if (mustExist === true) {
    if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) === 0) throw new StoreMissing(path);
  } else if (readonly !== true) closeSync(openSync(path, "a", 0o600));
}

function unlock(db: Database, { key, cipher }: DatabaseFile): void {
  db.pragma(`cipher = '${cipher}'`);
  const secret = Buffer.concat([RAW_KEY, key]);
  db.key(secret);
  secret.fill(0);
  db.pragma("schema_version"); // the first read of a page: a wrong key shows here
}

function configure(db: Database, { path, applicationId, readonly, mustExist }: DatabaseFile): void {
  const found = db.pragma("application_id", { simple: true });
  if (mustExist === true && found === 0) throw new StoreMissing(path);
  if (found !== applicationId && (found !== 0 || db.pragma("schema_version", { simple: true }) !== 0)) {
    throw new StoreUnreadable(`${path} is not the file that is expected there. Check data_dir.`);
  }
  db.pragma("temp_store = MEMORY"); // a temporary file would hold rows in clear
  db.pragma("foreign_keys = ON");
  if (readonly === true) {
    db.pragma("query_only = ON");
    return;
  }
  if (found === 0) db.pragma(`application_id = ${applicationId}`);
  db.pragma("journal_mode = WAL");
  db.pragma("synchronous = FULL");
  db.pragma("secure_delete = ON");
}
