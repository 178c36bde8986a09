import { type Keys, personScope } from "#keys";
import type { Statements, Write } from "#storage";

interface StoredBackup {
  readonly user_id: string;
  readonly version: number;
  readonly algorithm: string;
  readonly auth_data: Uint8Array;
  readonly etag: number;
  readonly sessions: number;
  readonly bytes: number;
  readonly ending: number;
}

interface Tables {
  readonly key_backups: StoredBackup;
  readonly key_backup_numbers: { readonly user_id: string; readonly newest: number };
}

/** A backup without its keys. */
export interface Backup {
  readonly userId: string;
  readonly version: number;
  readonly algorithm: string;
  readonly etag: number;
  /** How many keys it has, and the bytes that they take in the store. */
  readonly sessions: number;
  readonly bytes: number;
  readonly isEnding: boolean;
}

export interface BackupStore {
  /** Oldest first; few. Those that are ending too. */
  list(userId: string): Promise<readonly Backup[]>;
  /** JSON text; undefined if there is none, or the person was erased. */
  authData(userId: string, version: number): Promise<string | undefined>;
  /** The number last given to a backup of this person; 0 if none was. */
  newestNumber(userId: string): Promise<number>;
  /** Expects that `newest` is still the last number. */
  takeNumber(userId: string, newest: number): Write;
  /** The person's key must exist. */
  insert(userId: string, version: number, algorithm: string, authData: string): Write;
  /** Expects the backup to be there. The person's key must exist. */
  replaceAuthData(userId: string, version: number, authData: string): Write;
  /** Expects that its keys are as they were when `backup` was read. */
  change(backup: Backup, now: { readonly sessions: number; readonly bytes: number }): Write;
  /** Expects it to be there and not to be ending yet. */
  end(userId: string, version: number): Write;
  remove(userId: string, version: number): Write;
}

const associated = (userId: string, version: number): string => ["key_backups", userId, String(version), "auth_data"].join("\u0000");

export function createBackupStore(statements: Statements, keys: Keys): BackupStore {
  const reads = createReads(statements);
  const writes = createWrites(statements);
  const numbers = createNumberWrites(statements);
  const seal = (userId: string, version: number, text: string) => keys.seal(personScope(userId), associated(userId, version), text);
  return {
    list: async (userId) =>
      (await reads.list.all({ userId })).map(({ user_id, ending, ...row }) => ({ ...row, userId: user_id, isEnding: ending !== 0 })),
    async authData(userId, version) {
      const row = await reads.authData.get({ userId, version });
      const text = row === undefined ? undefined : keys.open(personScope(userId), associated(userId, version), row.auth_data);
      return text === undefined ? undefined : Buffer.from(text).toString();
    },
    newestNumber: async (userId) => (await reads.newest.get({ userId }))?.newest ?? 0,
    takeNumber: (userId, newest) =>
      newest === 0 ? numbers.first({ userId, next: 1 }, 1) : numbers.next({ userId, newest, next: newest + 1 }, 1),
    insert: (userId, version, algorithm, authData) =>
      writes.insert({ userId, version, algorithm, authData: seal(userId, version, authData) }, 1),
    replaceAuthData: (userId, version, authData) => writes.authData({ userId, version, authData: seal(userId, version, authData) }, 1),
    change: ({ userId, version, etag }, { sessions, bytes }) =>
      writes.change({ userId, version, etag, next: etag + 1, sessions, bytes }, 1),
    end: (userId, version) => writes.end({ userId, version }, 1),
    remove: (userId, version) => writes.remove({ userId, version }),
  };
}

function createReads(statements: Statements) {
  return {
    list: statements.read<Tables, { userId: string }, Omit<StoredBackup, "auth_data">>((db, p) =>
      db
        .selectFrom("key_backups")
        .select(["user_id", "version", "algorithm", "etag", "sessions", "bytes", "ending"])
        .where("user_id", "=", p.userId)
        .orderBy("version"),
    ),
    authData: statements.read<Tables, { userId: string; version: number }, Pick<StoredBackup, "auth_data">>((db, p) =>
      db.selectFrom("key_backups").select("auth_data").where("user_id", "=", p.userId).where("version", "=", p.version),
    ),
    newest: statements.read<Tables, { userId: string }, { readonly newest: number }>((db, p) =>
      db.selectFrom("key_backup_numbers").select("newest").where("user_id", "=", p.userId),
    ),
  };
}

function createNumberWrites(statements: Statements) {
  return {
    first: statements.write<Tables, { userId: string; next: number }>((db, p) =>
      db
        .insertInto("key_backup_numbers")
        .values({ user_id: p.userId, newest: p.next })
        .onConflict((conflict) => conflict.doNothing()),
    ),
    next: statements.write<Tables, { userId: string; newest: number; next: number }>((db, p) =>
      db.updateTable("key_backup_numbers").set({ newest: p.next }).where("user_id", "=", p.userId).where("newest", "=", p.newest),
    ),
  };
}

function createWrites(statements: Statements) {
  type Key = { userId: string; version: number };
  return {
    insert: statements.write<Tables, Key & { algorithm: string; authData: Uint8Array }>((db, p) =>
      db.insertInto("key_backups").values({
        user_id: p.userId,
        version: p.version,
        algorithm: p.algorithm,
        auth_data: p.authData,
        etag: 0,
        sessions: 0,
        bytes: 0,
        ending: 0,
      }),
    ),
    authData: statements.write<Tables, Key & { authData: Uint8Array }>((db, p) =>
      db
        .updateTable("key_backups")
        .set({ auth_data: p.authData })
        .where("user_id", "=", p.userId)
        .where("version", "=", p.version)
        .where("ending", "=", 0),
    ),
    change: statements.write<Tables, Key & { etag: number; next: number; sessions: number; bytes: number }>((db, p) =>
      db
        .updateTable("key_backups")
        .set({ etag: p.next, sessions: p.sessions, bytes: p.bytes })
        .where("user_id", "=", p.userId)
        .where("version", "=", p.version)
        .where("etag", "=", p.etag)
        .where("ending", "=", 0),
    ),
    end: statements.write<Tables, Key>((db, p) =>
      db
        .updateTable("key_backups")
        .set({ ending: 1 })
        .where("user_id", "=", p.userId)
        .where("version", "=", p.version)
        .where("ending", "=", 0),
    ),
    remove: statements.write<Tables, Key>((db, p) =>
      db.deleteFrom("key_backups").where("user_id", "=", p.userId).where("version", "=", p.version),
    ),
  };
}
