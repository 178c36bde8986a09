import { type RawBuilder, sql } from "kysely";
import type { Statements, Write } from "#storage";

/** Where an entry stands, and by what it is found. */
export interface PlaceRow {
  readonly n: number;
  readonly time: number;
  readonly code: string;
  readonly outcome: string;
  /** Search tokens, base64. */
  readonly actor: string | null;
  readonly target: string | null;
  readonly room: string | null;
}

/** By what a list is led: an index of its own each. */
export type Lead = { readonly by: "actor" | "target" | "room" | "code"; readonly value: string } | { readonly by: "time" };

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
  /** Makes the rows of the entries from one number up to another, that one excluded; inside the store, for nothing of them need leave it. */
  insertRange(range: { readonly from: number; readonly to: number }): Write;
  list(lead: Lead, range: PlaceRange): Promise<readonly PlaceRow[]>;
  /** In the order of the entries, for comparing them with these. */
  listInOrder(from: number, limit: number): Promise<readonly PlaceRow[]>;
}

/** The code of what is no entry. */
export const MALFORMED = "malformed";
/** What is said to be most of a log: it has no list by its code. */
export const UNLISTED = "room.message.sent";

/** As `placeOf` reads an entry. What is no entry, because somebody wrote it past this program, is in the index under a name of its own. */
const rowsOf = ({ from, to }: { readonly from: number; readonly to: number }) =>
  sql`
    SELECT n, CAST(COALESCE(text ->> 'time', '0') AS BIGINT), COALESCE(text ->> 'code', ${sql.lit(MALFORMED)}), COALESCE(text ->> 'outcome', ''),
      text -> 'actor' ->> 'token', text -> 'target' ->> 'token', text -> 'room' ->> 'token'
    FROM (
      SELECT n, CASE WHEN json_valid(CAST(entry AS TEXT)) THEN CAST(entry AS TEXT) ELSE '{}' END AS text
      FROM audit_entries WHERE n >= ${from} AND n < ${to}
    ) AS entries`;

type Bound = { readonly time: number; readonly n: number; readonly from: number; readonly limit: number };

export function createPlaceStore(statements: Statements): PlaceStore {
  const insertRange = statements.write<Tables, { from: number; to: number }>((db, p) =>
    db
      .insertInto("audit_places")
      .columns(["n", "time", "code", "outcome", "actor", "target", "room"])
      .expression(() => rowsOf(p)),
  );
  const older = (p: Bound): RawBuilder<boolean> => sql<boolean>`(time, n) < (${p.time}, ${p.n}) AND time >= ${p.from}`;
  const ledBy = (column: "actor" | "target" | "room" | "code") =>
    statements.read<Tables, Bound & { value: string }, PlaceRow>(
      (db, p) =>
        db
          .selectFrom("audit_places")
          .selectAll()
          .where(sql<boolean>`${sql.ref(column)} = ${p.value}`)
          // Said in words, so that the index that leaves messages out may be used.
          .where(column === "code" ? sql<boolean>`code <> ${sql.lit(UNLISTED)}` : sql<boolean>`TRUE`)
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
    insertRange: ({ from, to }) => insertRange({ from, to }, to - from),
    list(lead, { before, from, limit }) {
      const bound = { ...before, from, limit };
      return lead.by === "time" ? byTime.all(bound) : led[lead.by].all({ ...bound, value: lead.value });
    },
    listInOrder: (from, limit) => inOrder.all({ from, limit }),
  };
}
