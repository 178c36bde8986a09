import type { Statements, Write } from "#storage";

export interface AliasRow {
  readonly alias: string;
  readonly room_id: string;
  readonly creator: string;
}

interface Tables {
  room_aliases: AliasRow;
}

export function createAliasStore(statements: Statements) {
  const insert = statements.write<Tables, AliasRow>((db, p) =>
    db.insertInto("room_aliases").values({ alias: p.alias, room_id: p.room_id, creator: p.creator }),
  );
  const remove = statements.write<Tables, Omit<AliasRow, "creator">>((db, p) =>
    db.deleteFrom("room_aliases").where("alias", "=", p.alias).where("room_id", "=", p.room_id),
  );
  const moveAll = statements.write<Tables, { from: string; to: string }>((db, p) =>
    db.updateTable("room_aliases").set({ room_id: p.to }).where("room_id", "=", p.from),
  );
  const find = statements.read<Tables, { alias: string }, AliasRow>((db, p) =>
    db.selectFrom("room_aliases").selectAll().where("alias", "=", p.alias),
  );
  const ofRoom = statements.read<Tables, { room_id: string; limit: number }, Pick<AliasRow, "alias">>((db, p) =>
    db.selectFrom("room_aliases").select("alias").where("room_id", "=", p.room_id).orderBy("alias").limit(p.limit),
  );
  return {
    /** Expects that nobody has the alias. */
    insert: (row: AliasRow): Write => insert(row, 1),
    /** Expects that it still leads there. */
    remove: (row: Pick<AliasRow, "alias" | "room_id">): Write => remove({ alias: row.alias, room_id: row.room_id }, 1),
    /** Every alias of a room that another one replaces. */
    moveAll: (from: string, to: string): Write => moveAll({ from, to }),
    findRow: (alias: string) => find.get({ alias }),
    async find(alias: string): Promise<string | undefined> {
      return (await find.get({ alias }))?.room_id;
    },
    async listOfRoom(roomId: string, limit: number): Promise<readonly string[]> {
      return (await ofRoom.all({ room_id: roomId, limit })).map(({ alias }) => alias);
    },
  };
}
