import { type PositionOffset, position, type Statements, type Write } from "#storage";

export interface ListChange {
  readonly user_id: string;
  readonly position: number;
}

interface Tables {
  device_list_changes: ListChange;
  own_signature_changes: { signer_user_id: string; target_user_id: string; position: number };
  device_keys: { user_id: string; device_id: string };
}

type Window = { after: number; until: number };

export type ListChangeStore = ReturnType<typeof createListChangeStore>;

/** When a person's devices or keys last changed for others to see, and when a person last signed another's key for themselves. */
export function createListChangeStore(statements: Statements) {
  const put = statements.write<Tables, { user_id: string; position: number }>((db, p) =>
    db
      .insertInto("device_list_changes")
      .values({ user_id: p.user_id, position: p.position })
      .onConflict((conflict) => conflict.column("user_id").doUpdateSet((excluded) => ({ position: excluded.ref("excluded.position") }))),
  );
  const list = statements.read<Tables, Window, ListChange>((db, p) =>
    db
      .selectFrom("device_list_changes")
      .select(["user_id", "position"])
      .where("position", ">", p.after)
      .where("position", "<=", p.until)
      .orderBy("position", "asc"),
  );
  const listOwn = statements.read<Tables, Window & { signer: string }, { target_user_id: string }>((db, p) =>
    db
      .selectFrom("own_signature_changes")
      .select("target_user_id")
      .where("signer_user_id", "=", p.signer)
      .where("position", ">", p.after)
      .where("position", "<=", p.until),
  );
  const last = statements.read<Tables, Record<never, never>, { last: number | null }>((db) =>
    db.selectFrom("device_list_changes").select((row) => row.fn.max<number | null>("position").as("last")),
  );
  return {
    put: (userId: string, at: PositionOffset = position()): Write => put({ user_id: userId, position: at }, 1),
    ...createSecondaryChanges(statements),
    /** Those of each user's last changes that are in the window. */
    list: (window: Window) => list.all(window),
    /** Others whose keys this person signed in the window. */
    listSigned: async (signer: string, window: Window) => (await listOwn.all({ ...window, signer })).map((row) => row.target_user_id),
    last: async () => (await last.get({}))?.last ?? 0,
  };
}

function createSecondaryChanges(statements: Statements) {
  const putOwn = statements.write<Tables, { signer: string; target: string; position: number }>((db, p) =>
    db
      .insertInto("own_signature_changes")
      .values({ signer_user_id: p.signer, target_user_id: p.target, position: p.position })
      .onConflict((conflict) =>
        conflict.columns(["signer_user_id", "target_user_id"]).doUpdateSet((excluded) => ({ position: excluded.ref("excluded.position") })),
      ),
  );
  // A device without keys is in nobody's list: that it goes is no change of one, and wakes nobody.
  const putIfListed = statements.write<Tables, { user_id: string; device_id: string; position: number }>((db, p) =>
    db
      .insertInto("device_list_changes")
      .columns(["user_id", "position"])
      .expression((build) =>
        build
          .selectFrom("device_keys")
          .select((row) => [row.ref("device_keys.user_id").as("user_id"), row.val(p.position).as("position")])
          .where("device_keys.user_id", "=", p.user_id)
          .where("device_keys.device_id", "=", p.device_id),
      )
      .onConflict((conflict) => conflict.column("user_id").doUpdateSet((excluded) => ({ position: excluded.ref("excluded.position") }))),
  );
  return {
    putSigned: (signer: string, target: string): Write => putOwn({ signer, target, position: position() }, 1),
    putIfListed: (userId: string, deviceId: string, at: PositionOffset): Write =>
      putIfListed({ user_id: userId, device_id: deviceId, position: at }),
  };
}
