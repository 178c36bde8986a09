import { inTransaction, openDatabase } from "#storage";

/** A data key as it lies in the file. A destroyed one keeps its id and place, not its bytes. */
export interface KeyRow {
  readonly id: Uint8Array;
  readonly place: KeyPlace;
  readonly version: number;
  /** Milliseconds since the Unix epoch. */
  readonly createdAt: number;
  /** undefined: destroyed */
  readonly wrapped: Uint8Array | undefined;
}

/** Whose words a key seals. Fields that a kind does not have are empty. */
export interface KeyPlace {
  readonly kind: string;
  readonly roomId: string;
  readonly userId: string;
}

/** Kinds from `first` to `last`, in the order of their bytes, of one room, person or, with both empty, the server itself. */
interface KindRange {
  readonly roomId: string;
  readonly userId: string;
  readonly first: string;
  readonly last: string;
}

/** The file of room, person and audit keys. */
export interface KeyStore {
  /** One commit: all are on the disk when this returns, or none. */
  insert(rows: Iterable<KeyRow>): void;
  findNewest(place: KeyPlace): KeyRow | undefined;
  findById(id: Uint8Array): KeyRow | undefined;
  listOfPerson(userId: string): readonly KeyRow[];
  /** Last kind first. */
  listByKind(range: KindRange, limit: number): readonly KeyRow[];
  /** Keys of those kinds, of no room, that belong to persons of whom some key was destroyed. */
  listOfErased(kinds: Pick<KindRange, "first" | "last">): readonly KeyRow[];
  all(): Iterable<KeyRow>;
  close(): void;
}

/** "WDRK" */
const APPLICATION_ID = 0x57_44_52_4b;
const SCHEMA = `CREATE TABLE IF NOT EXISTS data_key (
  id BLOB PRIMARY KEY, kind TEXT NOT NULL, room_id TEXT NOT NULL, user_id TEXT NOT NULL,
  version INTEGER NOT NULL, created_at INTEGER NOT NULL, wrapped BLOB, UNIQUE (user_id, room_id, kind, version));
CREATE INDEX IF NOT EXISTS data_key_destroyed ON data_key (user_id) WHERE wrapped IS NULL;`;
const COLUMNS = "id, kind, room_id, user_id, version, created_at, wrapped";

/** Opens the file, or creates it unless it `mustExist`. @throws StoreUnreadable if it was written under another file key, StoreMissing. */
export function openKeyStore(path: string, fileKey: Uint8Array, { mustExist }: { readonly mustExist: boolean }): KeyStore {
  // Always aegis: small, read at random, and no customer's auditor opens this file with a tool of their own.
  const db = openDatabase({ path, key: fileKey, cipher: "aegis", applicationId: APPLICATION_ID, mustExist });
  db.exec(SCHEMA);
  const insertRow = db.prepare(`INSERT INTO data_key (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)`);
  const newest = db.prepare(`SELECT ${COLUMNS} FROM data_key WHERE user_id = ? AND room_id = ? AND kind = ? ORDER BY version DESC LIMIT 1`);
  const byId = db.prepare(`SELECT ${COLUMNS} FROM data_key WHERE id = ?`);
  const ofPerson = db.prepare(`SELECT ${COLUMNS} FROM data_key WHERE user_id = ?`);
  const byKind = db.prepare(
    `SELECT ${COLUMNS} FROM data_key WHERE user_id = ? AND room_id = ? AND kind BETWEEN ? AND ? ORDER BY kind DESC LIMIT ?`,
  );
  const ofErased = db.prepare(
    `SELECT ${COLUMNS} FROM data_key WHERE user_id IN (SELECT user_id FROM data_key WHERE wrapped IS NULL) AND room_id = '' AND kind BETWEEN ? AND ?`,
  );
  const every = db.prepare(`SELECT ${COLUMNS} FROM data_key`);
  return {
    insert(rows) {
      inTransaction(db, () => {
        for (const { id, place, version, createdAt, wrapped } of rows) {
          insertRow.run(id, place.kind, place.roomId, place.userId, version, createdAt, wrapped ?? null);
        }
      });
    },
    findNewest: ({ kind, roomId, userId }) => toRow(newest.get(userId, roomId, kind)),
    findById: (id) => toRow(byId.get(id)),
    listOfPerson: (userId) => ofPerson.all(userId).flatMap((row) => toRow(row) ?? []),
    listByKind: ({ userId, roomId, first, last }, limit) =>
      byKind.all(userId, roomId, first, last, limit).flatMap((row) => toRow(row) ?? []),
    listOfErased: ({ first, last }) => ofErased.all(first, last).flatMap((row) => toRow(row) ?? []),
    *all() {
      for (const row of every.iterate()) {
        const found = toRow(row);
        if (found !== undefined) yield found;
      }
    },
    close: () => void db.close(),
  };
}

/** The columns of `data_key`, whose types the table states. */
interface StoredRow {
  readonly id: Uint8Array;
  readonly kind: string;
  readonly room_id: string;
  readonly user_id: string;
  readonly version: number;
  readonly created_at: number;
  readonly wrapped: Uint8Array | null;
}

function toRow(found: unknown): KeyRow | undefined {
  if (found === undefined) return undefined;
  const row = found as StoredRow; // SQLite gives the columns that were asked for
  const place = { kind: row.kind, roomId: row.room_id, userId: row.user_id };
  return { id: row.id, place, version: row.version, createdAt: row.created_at, wrapped: row.wrapped ?? undefined };
}
