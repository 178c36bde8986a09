import type { Statements, Write } from "#storage";

export interface PersonRow {
  readonly user_id: string;
  readonly secret: Uint8Array;
  readonly bytes: number;
}

interface Tables {
  media_people: PersonRow;
}

/**
 * Counted for each row and file beside its bytes, about what they take on the disk: by bytes alone somebody could store millions of
 * files with nothing in them.
 */
export const OVERHEAD_BYTES = 4096;

export type PeopleStore = ReturnType<typeof createPeopleStore>;

/** What each person's files take, and the secret that keys their digests. */
export function createPeopleStore(statements: Statements) {
  const find = statements.read<Tables, { user_id: string }, PersonRow>((db, p) =>
    db.selectFrom("media_people").selectAll().where("user_id", "=", p.user_id),
  );
  const insert = statements.write<Tables, { user_id: string; secret: Uint8Array }>((db, p) =>
    db.insertInto("media_people").values({ user_id: p.user_id, secret: p.secret, bytes: 0 }),
  );
  const renew = statements.write<Tables, { user_id: string; secret: Uint8Array; before: Uint8Array }>((db, p) =>
    db.updateTable("media_people").set({ secret: p.secret }).where("user_id", "=", p.user_id).where("secret", "=", p.before),
  );
  const add = statements.write<Tables, { user_id: string; size: number; room: number }>((db, p) =>
    db
      .updateTable("media_people")
      .set((row) => ({ bytes: row("bytes", "+", p.size) }))
      .where("user_id", "=", p.user_id)
      .where("bytes", "<=", p.room),
  );
  const remove = statements.write<Tables, { user_id: string }>((db, p) => db.deleteFrom("media_people").where("user_id", "=", p.user_id));
  return {
    remove: (userId: string): Write => remove({ user_id: userId }),
    find: (userId: string) => find.get({ user_id: userId }),
    /** Expects that the person has none yet. */
    insert: (userId: string, secret: Uint8Array): Write => insert({ user_id: userId, secret }, 1),
    renew: (userId: string, secret: Uint8Array, before: Uint8Array): Write => renew({ user_id: userId, secret, before }, 1),
    /** Expects that all together then take no more than `quota`. */
    addBytes: (userId: string, size: number, quota: number): Write => add({ user_id: userId, size, room: quota - size }, 1),
  };
}
