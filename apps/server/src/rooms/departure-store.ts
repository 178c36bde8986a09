import type { Statements, Write } from "#storage";

interface Departure {
  readonly user_id: string;
  readonly erases: number;
}

interface Tables {
  departures: Departure;
}

/** Accounts on their way out. */
export function createDepartureStore(statements: Statements) {
  const put = statements.write<Tables, Departure>((db, p) =>
    db
      .insertInto("departures")
      .values({ user_id: p.user_id, erases: p.erases })
      .onConflict((conflict) => conflict.column("user_id").doUpdateSet({ erases: p.erases })),
  );
  const remove = statements.write<Tables, { user_id: string }>((db, p) => db.deleteFrom("departures").where("user_id", "=", p.user_id));
  const list = statements.read<Tables, Record<never, never>, Departure>((db) => db.selectFrom("departures").selectAll());
  return {
    begin: (userId: string, erases: boolean): Write => put({ user_id: userId, erases: erases ? 1 : 0 }, 1),
    end: (userId: string): Write => remove({ user_id: userId }),
    list: () => list.all({}),
  };
}
