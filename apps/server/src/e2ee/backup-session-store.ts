import { type Keys, personScope } from "#keys";
import type { Statements, Write } from "#storage";

interface StoredSession {
  readonly user_id: string;
  readonly version: number;
  readonly room_id: string;
  readonly session_id: string;
  readonly first_message_index: number;
  readonly forwarded_count: number;
  readonly is_verified: number;
  readonly size: number;
  readonly session_data: Uint8Array;
}

interface Tables {
  readonly key_backup_sessions: StoredSession;
}

/** Which backup. */
export interface BackupKey {
  readonly userId: string;
  readonly version: number;
}

/** By what the server tells a better key from a worse one. */
export interface Quality {
  readonly firstMessageIndex: number;
  readonly forwardedCount: number;
  readonly isVerified: boolean;
}

export interface SessionName {
  readonly roomId: string;
  readonly sessionId: string;
}

/** A key as clients put it; `data` is JSON text. */
export interface SessionKey extends SessionName, Quality {
  readonly data: string;
}

export interface BackupSessionStore {
  /** Quality of the stored key, and the bytes that it takes. */
  quality(backup: BackupKey, name: SessionName): Promise<(Quality & { readonly size: number }) | undefined>;
  /** The person's key must exist. */
  put(backup: BackupKey, key: SessionKey): { readonly write: Write; readonly size: number };
  get(backup: BackupKey, name: SessionName): Promise<SessionKey | undefined>;
  /** In order of room and session, beyond `after`. `scanned`: where to go on; what an erased person left is not among the keys. */
  list(
    backup: BackupKey,
    after: SessionName,
    limit: number,
  ): Promise<{ readonly keys: readonly SessionKey[]; readonly last: SessionName | undefined }>;
  sizes(backup: BackupKey, after: SessionName, limit: number): Promise<readonly (SessionName & { readonly size: number })[]>;
  /** All with `after < name ≤ last`; expects so many. */
  remove(backup: BackupKey, after: SessionName, last: SessionName, expect: number): Write;
  /** Expects it to be there. */
  removeOne(backup: BackupKey, name: SessionName): Write;
}

const associated = ({ userId, version }: BackupKey, { roomId, sessionId }: SessionName): string =>
  ["key_backup_sessions", userId, String(version), roomId, sessionId, "session_data"].join("\u0000");

export function createBackupSessionStore(statements: Statements, keys: Keys): BackupSessionStore {
  const reads = createReads(statements);
  const writes = createWrites(statements);
  const open = (row: StoredSession): SessionKey | undefined => {
    const [backup, name] = [{ userId: row.user_id, version: row.version }, nameOf(row)];
    const data = keys.open(personScope(row.user_id), associated(backup, name), row.session_data);
    return data === undefined ? undefined : { ...name, ...qualityOf(row), data: Buffer.from(data).toString() };
  };
  return {
    async quality(backup, name) {
      const row = await reads.quality.get({ ...backup, ...name });
      return row === undefined ? undefined : { ...qualityOf(row), size: row.size };
    },
    put(backup, { data, isVerified, ...key }) {
      const sessionData = keys.seal(personScope(backup.userId), associated(backup, key), data);
      const size = sessionData.length;
      return { write: writes.put({ ...backup, ...key, isVerified: isVerified ? 1 : 0, size, sessionData }, 1), size };
    },
    async get(backup, name) {
      const row = await reads.get.get({ ...backup, ...name });
      return row === undefined ? undefined : open(row);
    },
    async list(backup, after, limit) {
      const rows = await reads.list.all({ ...backup, ...after, limit });
      const keysOf = rows.flatMap((row) => open(row) ?? []);
      const last = rows.at(-1);
      return { keys: keysOf, last: last === undefined ? undefined : nameOf(last) };
    },
    sizes: async (backup, after, limit) =>
      (await reads.sizes.all({ ...backup, ...after, limit })).map((row) => ({ ...nameOf(row), size: row.size })),
    remove: (backup, after, last, expect) =>
      writes.remove({ ...backup, ...after, lastRoom: last.roomId, lastSession: last.sessionId }, expect),
    removeOne: (backup, name) => writes.removeOne({ ...backup, ...name }, 1),
  };
}

const nameOf = (row: Pick<StoredSession, "room_id" | "session_id">): SessionName => ({ roomId: row.room_id, sessionId: row.session_id });
const qualityOf = (row: Pick<StoredSession, "first_message_index" | "forwarded_count" | "is_verified">): Quality => ({
  firstMessageIndex: row.first_message_index,
  forwardedCount: row.forwarded_count,
  isVerified: row.is_verified !== 0,
});

type One = { userId: string; version: number; roomId: string; sessionId: string };

function createReads(statements: Statements) {
  return {
    quality: statements.read<Tables, One, Omit<StoredSession, "session_data">>((db, p) =>
      db
        .selectFrom("key_backup_sessions")
        .select(["user_id", "version", "room_id", "session_id", "first_message_index", "forwarded_count", "is_verified", "size"])
        .where("user_id", "=", p.userId)
        .where("version", "=", p.version)
        .where("room_id", "=", p.roomId)
        .where("session_id", "=", p.sessionId),
    ),
    get: statements.read<Tables, One, StoredSession>((db, p) =>
      db
        .selectFrom("key_backup_sessions")
        .selectAll()
        .where("user_id", "=", p.userId)
        .where("version", "=", p.version)
        .where("room_id", "=", p.roomId)
        .where("session_id", "=", p.sessionId),
    ),
    list: statements.read<Tables, One & { limit: number }, StoredSession>(
      (db, p) =>
        db
          .selectFrom("key_backup_sessions")
          .selectAll()
          .where("user_id", "=", p.userId)
          .where("version", "=", p.version)
          .where((is) => is(is.refTuple("room_id", "session_id"), ">", is.tuple(p.roomId, p.sessionId)))
          .orderBy("room_id")
          .orderBy("session_id")
          .limit(p.limit),
      { long: true },
    ),
    sizes: statements.read<Tables, One & { limit: number }, Pick<StoredSession, "room_id" | "session_id" | "size">>((db, p) =>
      db
        .selectFrom("key_backup_sessions")
        .select(["room_id", "session_id", "size"])
        .where("user_id", "=", p.userId)
        .where("version", "=", p.version)
        .where((is) => is(is.refTuple("room_id", "session_id"), ">", is.tuple(p.roomId, p.sessionId)))
        .orderBy("room_id")
        .orderBy("session_id")
        .limit(p.limit),
    ),
  };
}

function createWrites(statements: Statements) {
  type Put = One & { firstMessageIndex: number; forwardedCount: number; isVerified: number; size: number; sessionData: Uint8Array };
  return {
    put: statements.write<Tables, Put>((db, p) => {
      const value = {
        first_message_index: p.firstMessageIndex,
        forwarded_count: p.forwardedCount,
        is_verified: p.isVerified,
        size: p.size,
        session_data: p.sessionData,
      };
      return db
        .insertInto("key_backup_sessions")
        .values({ user_id: p.userId, version: p.version, room_id: p.roomId, session_id: p.sessionId, ...value })
        .onConflict((conflict) => conflict.columns(["user_id", "version", "room_id", "session_id"]).doUpdateSet(value));
    }),
    removeOne: statements.write<Tables, One>((db, p) =>
      db
        .deleteFrom("key_backup_sessions")
        .where("user_id", "=", p.userId)
        .where("version", "=", p.version)
        .where("room_id", "=", p.roomId)
        .where("session_id", "=", p.sessionId),
    ),
    remove: statements.write<Tables, One & { lastRoom: string; lastSession: string }>((db, p) =>
      db
        .deleteFrom("key_backup_sessions")
        .where("user_id", "=", p.userId)
        .where("version", "=", p.version)
        .where((is) => is(is.refTuple("room_id", "session_id"), ">", is.tuple(p.roomId, p.sessionId)))
        .where((is) => is(is.refTuple("room_id", "session_id"), "<=", is.tuple(p.lastRoom, p.lastSession))),
    ),
  };
}
