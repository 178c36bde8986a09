import { type RawBuilder, sql } from "kysely";
import type { Statements, Write } from "#storage";

/** Where an entry stands, and by what it is found. */
export interface PlaceRow {
  readonly n: number;
  readonly time: number;
  readonly code: string;
  readonly outcome: string;
  readonly actor: Uint8Array | null;
  readonly target: Uint8Array | null;
  readonly room: Uint8Array | null;
}

/** By what a list is led: an index of its own each. */
export type Lead =
  | { readonly by: "actor" | "target" | "room"; readonly value: Uint8Array }
  | { readonly by: "code"; readonly value: string }
  | { readonly by: "time" };

/** Rows older than `before`, none older than `from`; newest first. */
interface PlaceRange {
  readonly before: { readonly time: number; readonly n: number };
  readonly from: number;
  readonly limit: number;
}

interface Tables {
  audit_places: PlaceRow;
}

/** The index of the log. Rebuildable from the entries. */
export interface PlaceStore {
  insert(row: PlaceRow): Write;
  list(lead: Lead, range: PlaceRange): Promise<readonly PlaceRow[]>;
  /** In the order of the entries, for comparing them with these. */
  listInOrder(from: number, limit: number): Promise<readonly PlaceRow[]>;
}

type Bound = { readonly time: number; readonly n: number; readonly from: number; readonly limit: number };

export function createPlaceStore(statements: Statements): PlaceStore {
  const insert = statements.write<Tables, PlaceRow>((db, p) =>
    db
      .insertInto("audit_places")
      .values({ n: p.n, time: p.time, code: p.code, outcome: p.outcome, actor: p.actor, target: p.target, room: p.room }),
  );
  const older = (p: Bound): RawBuilder<boolean> => sql<boolean>`(time, n) < (${p.time}, ${p.n}) AND time >= ${p.from}`;
  const ledBy = (column: "actor" | "target" | "room" | "code") =>
    statements.read<Tables, Bound & { value: Uint8Array | string }, PlaceRow>(
      (db, p) =>
        db
          .selectFrom("audit_places")
          .selectAll()
          .where(sql<boolean>`${sql.ref(column)} = ${p.value}`)
          .where(older(p))
          .orderBy("time", "desc")
          .orderBy("n", "desc")
          .limit(p.limit),
      { long: true },
    );
  const byTime = statements.read<Tables, Bound, PlaceRow>(
    (db, p) => db.selectFrom("audit_places").selectAll().where(older(p)).orderBy("time", "desc").orderBy("n", "desc").limit(p.limit),
    { long: true },
  );
  const inOrder = statements.read<Tables, { from: number; limit: number }, PlaceRow>(
    (db, p) => db.selectFrom("audit_places").selectAll().where("n", ">=", p.from).orderBy("n").limit(p.limit),
    { long: true },
  );
  const led = { actor: ledBy("actor"), target: ledBy("target"), room: ledBy("room"), code: ledBy("code") };
  return {
    insert: (row) => insert({ ...row }, 1),
    list(lead, { before, from, limit }) {
      const bound = { ...before, from, limit };
      return lead.by === "time" ? byTime.all(bound) : led[lead.by].all({ ...bound, value: lead.value });
    },
    listInOrder: (from, limit) => inOrder.all({ from, limit }),
  };
}
