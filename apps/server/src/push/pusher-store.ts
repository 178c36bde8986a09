import type { Statements, Write } from "#storage";

export interface PusherRow {
  readonly user_id: string;
  readonly app_id: string;
  readonly pushkey_hash: string;
  readonly device_id: string;
  readonly set_at: number;
  /** Sealed under the person's key. */
  readonly content: Uint8Array;
}

interface Tables {
  readonly pushers: PusherRow;
}

export type PusherKey = Pick<PusherRow, "user_id" | "app_id" | "pushkey_hash">;

export type PusherStore = ReturnType<typeof createPusherStore>;

export function createPusherStore(statements: Statements) {
  const put = statements.write<Tables, PusherRow>((db, p) =>
    db
      .insertInto("pushers")
      .values({
        user_id: p.user_id,
        app_id: p.app_id,
        pushkey_hash: p.pushkey_hash,
        device_id: p.device_id,
        set_at: p.set_at,
        content: p.content,
      })
      .onConflict((conflict) =>
        conflict
          .columns(["user_id", "app_id", "pushkey_hash"])
          .doUpdateSet({ device_id: p.device_id, set_at: p.set_at, content: p.content }),
      ),
  );
  const remove = statements.write<Tables, PusherKey>((db, p) =>
    db.deleteFrom("pushers").where("user_id", "=", p.user_id).where("app_id", "=", p.app_id).where("pushkey_hash", "=", p.pushkey_hash),
  );
  const removeOthers = statements.write<Tables, PusherKey>((db, p) =>
    db.deleteFrom("pushers").where("app_id", "=", p.app_id).where("pushkey_hash", "=", p.pushkey_hash).where("user_id", "!=", p.user_id),
  );
  const list = statements.read<Tables, Record<never, never>, PusherRow>((db) => db.selectFrom("pushers").selectAll().orderBy("set_at"), {
    long: true,
  });
  const key = ({ user_id, app_id, pushkey_hash }: PusherKey): PusherKey => ({ user_id, app_id, pushkey_hash });
  return {
    put: (row: PusherRow): Write => put({ ...row }, 1),
    remove: (row: PusherKey): Write => remove(key(row)),
    /** The same pushkey of everybody but this person. */
    removeOthers: (row: PusherKey): Write => removeOthers(key(row)),
    listAll: () => list.all({}),
  };
}

/** For the commit that removes a device: its pushers go along. */
export function pusherRemoval(statements: Statements): (userId: string, deviceId: string) => readonly Write[] {
  const remove = statements.write<Tables, Pick<PusherRow, "user_id" | "device_id">>((db, p) =>
    db.deleteFrom("pushers").where("user_id", "=", p.user_id).where("device_id", "=", p.device_id),
  );
  return (userId, deviceId) => [remove({ user_id: userId, device_id: deviceId })];
}
