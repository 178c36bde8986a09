import type { Statements, Write } from "#storage";

interface Tables {
  profiles: { user_id: string; field: string; value: Uint8Array };
}

export type ProfileStore = ReturnType<typeof createProfileStore>;

export function createProfileStore(statements: Statements) {
  const put = statements.write<Tables, { user_id: string; field: string; value: Uint8Array }>((db, p) =>
    db
      .insertInto("profiles")
      .values({ user_id: p.user_id, field: p.field, value: p.value })
      .onConflict((conflict) =>
        conflict.columns(["user_id", "field"]).doUpdateSet((excluded) => ({ value: excluded.ref("excluded.value") })),
      ),
  );
  const remove = statements.write<Tables, { user_id: string; field: string }>((db, p) =>
    db.deleteFrom("profiles").where("user_id", "=", p.user_id).where("field", "=", p.field),
  );
  const removeAll = statements.write<Tables, { user_id: string }>((db, p) => db.deleteFrom("profiles").where("user_id", "=", p.user_id));
  const list = statements.read<Tables, { user_id: string }, { field: string; value: Uint8Array }>((db, p) =>
    db.selectFrom("profiles").select(["field", "value"]).where("user_id", "=", p.user_id),
  );
  const names = statements.read<Tables, { user_id: string; limit: number }, { user_id: string; value: Uint8Array }>(
    (db, p) =>
      db
        .selectFrom("profiles")
        .select(["user_id", "value"])
        .where("field", "=", "displayname")
        .where("user_id", ">", p.user_id)
        .orderBy("user_id")
        .limit(p.limit),
    { long: true },
  );
  return {
    /** Sealed display names, a page at a time. */
    listNames: (after: string, limit: number) => names.all({ user_id: after, limit }),
    put: (userId: string, field: string, value: Uint8Array): Write => put({ user_id: userId, field, value }, 1),
    removeAll: (userId: string): Write => removeAll({ user_id: userId }),
    remove: (userId: string, field: string): Write => remove({ user_id: userId, field }),
    list: (userId: string) => list.all({ user_id: userId }),
  };
}
