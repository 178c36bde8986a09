import type { Statements, Write } from "#storage";

interface StoredSession {
  readonly session_hash: string;
  readonly owner: string;
  readonly binding: string;
  readonly completed: string;
  readonly created_at: number;
  readonly expires_at: number;
}

interface Tables {
  readonly uia_sessions: StoredSession;
}

export interface UiaSession {
  readonly sessionHash: string;
  /** User id, or empty for who is not signed in. */
  readonly owner: string;
  /** Keyed hash of endpoint, user, device and body. */
  readonly binding: string;
  /** Stages, in the order in which they were completed. */
  readonly completed: readonly string[];
}

export interface UiaSessionStore {
  find(sessionHash: string, now: number): Promise<UiaSession | undefined>;
  insert(session: UiaSession, createdAt: number, expiresAt: number): Write;
  /** Expects that no other request completed a stage of it meanwhile. */
  complete(session: UiaSession, completed: readonly string[]): Write;
  /** Expects the session to be there as it was read: it is used up once. */
  consume(session: UiaSession): Write;
  deleteExpired(now: number): Write;
  /** Deletes the owner's oldest sessions beyond `keep`, some hundred at a time. */
  deleteOldest(owner: string, keep: number): Write;
}

const DELETED_AT_A_TIME = 500;
// Names of stages hold no spaces.
const join = (stages: readonly string[]) => stages.join(" ");
const split = (stages: string) => (stages === "" ? [] : stages.split(" "));

export function createUiaSessionStore(statements: Statements): UiaSessionStore {
  const find = statements.read<Tables, { sessionHash: string; now: number }, StoredSession>((db, p) =>
    db.selectFrom("uia_sessions").selectAll().where("session_hash", "=", p.sessionHash).where("expires_at", ">", p.now),
  );
  const writes = createWrites(statements);
  return {
    async find(sessionHash, now) {
      const row = await find.get({ sessionHash, now });
      return row === undefined
        ? undefined
        : { sessionHash: row.session_hash, owner: row.owner, binding: row.binding, completed: split(row.completed) };
    },
    insert: ({ completed, ...session }, createdAt, expiresAt) =>
      writes.insert({ ...session, completed: join(completed), createdAt, expiresAt }, 1),
    complete: (session, completed) =>
      writes.complete({ sessionHash: session.sessionHash, before: join(session.completed), completed: join(completed) }, 1),
    consume: (session) => writes.consume({ sessionHash: session.sessionHash, completed: join(session.completed) }, 1),
    deleteExpired: (now) => writes.deleteExpired({ now }),
    deleteOldest: (owner, keep) => writes.deleteOldest({ owner, keep, atATime: DELETED_AT_A_TIME }),
  };
}

function createWrites(statements: Statements) {
  return {
    insert: statements.write<
      Tables,
      { sessionHash: string; owner: string; binding: string; completed: string; createdAt: number; expiresAt: number }
    >((db, p) =>
      db.insertInto("uia_sessions").values({
        session_hash: p.sessionHash,
        owner: p.owner,
        binding: p.binding,
        completed: p.completed,
        created_at: p.createdAt,
        expires_at: p.expiresAt,
      }),
    ),
    complete: statements.write<Tables, { sessionHash: string; before: string; completed: string }>((db, p) =>
      db
        .updateTable("uia_sessions")
        .set({ completed: p.completed })
        .where("session_hash", "=", p.sessionHash)
        .where("completed", "=", p.before),
    ),
    consume: statements.write<Tables, { sessionHash: string; completed: string }>((db, p) =>
      db.deleteFrom("uia_sessions").where("session_hash", "=", p.sessionHash).where("completed", "=", p.completed),
    ),
    deleteExpired: statements.write<Tables, { now: number }>((db, p) => db.deleteFrom("uia_sessions").where("expires_at", "<=", p.now)),
    deleteOldest: statements.write<Tables, { owner: string; keep: number; atATime: number }>((db, p) =>
      db
        .deleteFrom("uia_sessions")
        .where(
          "session_hash",
          "in",
          db
            .selectFrom("uia_sessions")
            .select("session_hash")
            .where("owner", "=", p.owner)
            .orderBy("created_at", "desc")
            .limit(p.atATime)
            .offset(p.keep),
        ),
    ),
  };
}
