import type { Statements, Write } from "#storage";

interface Tables {
  room_aliases: { alias: string; room_id: string; creator: string };
}

export function createAliasStore(statements: Statements) {
  const insert = statements.write<Tables, { alias: string; room_id: string; creator: string }>((db, p) =>
    db.insertInto("room_aliases").values({ alias: p.alias, room_id: p.room_id, creator: p.creator }),
  );
  const moveAll = statements.write<Tables, { from: string; to: string }>((db, p) =>
    db.updateTable("room_aliases").set({ room_id: p.to }).where("room_id", "=", p.from),
  );
  const find = statements.read<Tables, { alias: string }, { room_id: string }>((db, p) =>
    db.selectFrom("room_aliases").select("room_id").where("alias", "=", p.alias),
  );
  return {
    /** Expects that nobody has the alias. */
    insert: (row: { alias: string; room_id: string; creator: string }): Write => insert(row, 1),
    /** Every alias of a room that another one replaces. */
    moveAll: (from: string, to: string): Write => moveAll({ from, to }),
    async find(alias: string): Promise<string | undefined> {
      return (await find.get({ alias }))?.room_id;
    },
  };
}
