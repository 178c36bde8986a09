import type { SelectQueryBuilder } from "kysely";
import { position, type Statements, type Write } from "#storage";
import type { EventRow } from "./event-store.ts";

interface StateRow {
  readonly room_id: string;
  readonly type: string;
  readonly state_key: string;
  readonly position: number;
  readonly value: string | null;
}

interface Tables {
  events: EventRow;
  room_state: StateRow;
}

export type StateStore = ReturnType<typeof createStateStore>;

/** Statements on `room_state`: per key the row with the greatest position up to P is the state at P. */
export function createStateStore(statements: Statements) {
  const insertState = statements.write<Tables, StateRow>((db, p) =>
    db.insertInto("room_state").values({ room_id: p.room_id, type: p.type, state_key: p.state_key, position: p.position, value: p.value }),
  );
  const stateAt = buildStateAt(statements, "all");
  const members = buildStateAt(statements, "members");
  const stateWithoutMembers = buildStateAt(statements, "others");
  const keyAt = statements.read<Tables, { room_id: string; type: string; state_key: string; until: number }, EventRow>((db, p) =>
    db
      .selectFrom("room_state as s")
      .innerJoin("events as e", "e.position", "s.position")
      .selectAll("e")
      .where("s.room_id", "=", p.room_id)
      .where("s.type", "=", p.type)
      .where("s.state_key", "=", p.state_key)
      .where("s.position", "<=", p.until)
      .orderBy("s.position", "desc")
      .limit(1),
  );
  const values = statements.read<Tables, { room_id: string; type: string; state_key: string }, { position: number; value: string | null }>(
    (db, p) =>
      db
        .selectFrom("room_state")
        .select(["position", "value"])
        .where("room_id", "=", p.room_id)
        .where("type", "=", p.type)
        .where("state_key", "=", p.state_key)
        .orderBy("position", "asc"),
  );
  const summary = buildSummary(statements);
  const children = buildChildren(statements);
  const memberValues = statements.read<
    Tables,
    { room_id: string; after: number; until: number },
    { state_key: string; position: number; value: string | null }
  >(
    (db, p) =>
      db
        .selectFrom("room_state")
        .select(["state_key", "position", "value"])
        .where("room_id", "=", p.room_id)
        .where("type", "=", "m.room.member")
        .where("position", ">", p.after)
        .where("position", "<=", p.until)
        .orderBy("position", "asc"),
    { long: true },
  );
  return {
    /** What is told of a room to people outside: the newest event of each of those types. */
    listSummary: (roomId: string) => summary.all({ room_id: roomId }),
    /** The newest `m.space.child` of each room, as far as the limit goes. */
    listChildren: (roomId: string, limit: number) => children.all({ room_id: roomId, limit }),
    insertState: (row: Omit<StateRow, "position">, offset: number): Write => insertState({ ...row, position: position(offset) }, 1),
    /** Newest event per state key with `after < position ≤ until`, ascending. */
    listState: (roomId: string, after: number, until: number) => stateAt.all({ room_id: roomId, after, until }),
    listMembers: (roomId: string, until: number) => members.all({ room_id: roomId, after: 0, until }),
    listStateWithoutMembers: (roomId: string, until: number) => stateWithoutMembers.all({ room_id: roomId, after: 0, until }),
    findStateAt: (roomId: string, type: string, stateKey: string, until: number) =>
      keyAt.get({ room_id: roomId, type, state_key: stateKey, until }),
    /** Every membership row with `after < position ≤ until`, ascending; no event is opened for it. */
    listMemberValues: (roomId: string, after: number, until: number) => memberValues.all({ room_id: roomId, after, until }),
    /** Every value that this key ever had, ascending. */
    listValues: (roomId: string, type: string, stateKey: string) => values.all({ room_id: roomId, type, state_key: stateKey }),
  };
}

function buildStateAt(statements: Statements, which: "all" | "members" | "others") {
  return statements.read<Tables, { room_id: string; after: number; until: number }, EventRow>(
    (db, p) =>
      newestOnly(
        db
          .selectFrom("room_state as s")
          .innerJoin("events as e", "e.position", "s.position")
          .selectAll("e")
          .where("s.room_id", "=", p.room_id)
          .where("s.position", ">", p.after)
          .where("s.position", "<=", p.until)
          .$if(which !== "all", (query) => query.where("s.type", which === "members" ? "=" : "!=", "m.room.member")),
        p.until,
      ).orderBy("s.position", "asc"),
    { long: true },
  );
}

/** Types whose state with an empty key says what a room is to people outside. */
export const SUMMARY_TYPES = [
  "m.room.create",
  "m.room.name",
  "m.room.topic",
  "m.room.avatar",
  "m.room.canonical_alias",
  "m.room.join_rules",
  "m.room.guest_access",
  "m.room.history_visibility",
  "m.room.encryption",
] as const;

type Filtered = SelectQueryBuilder<Tables & { s: StateRow; e: EventRow }, "s" | "e", EventRow>;

/** Per key only the row with no later one, up to the position if one is given. */
const newestOnly = (query: Filtered, until?: number): Filtered =>
  query.where((row) => {
    const later = row
      .selectFrom("room_state as later")
      .select("later.position")
      .whereRef("later.room_id", "=", "s.room_id")
      .whereRef("later.type", "=", "s.type")
      .whereRef("later.state_key", "=", "s.state_key")
      .whereRef("later.position", ">", "s.position");
    return row.not(row.exists(until === undefined ? later : later.where("later.position", "<=", until)));
  });

function buildSummary(statements: Statements) {
  return statements.read<Tables, { room_id: string }, EventRow>(
    (db, p) =>
      newestOnly(
        db
          .selectFrom("room_state as s")
          .innerJoin("events as e", "e.position", "s.position")
          .selectAll("e")
          .where("s.room_id", "=", p.room_id)
          .where("s.type", "in", SUMMARY_TYPES)
          .where("s.state_key", "=", ""),
      ),
    { long: true },
  );
}

function buildChildren(statements: Statements) {
  return statements.read<Tables, { room_id: string; limit: number }, EventRow>(
    (db, p) =>
      newestOnly(
        db
          .selectFrom("room_state as s")
          .innerJoin("events as e", "e.position", "s.position")
          .selectAll("e")
          .where("s.room_id", "=", p.room_id)
          .where("s.type", "=", "m.space.child"),
      )
        .orderBy("s.state_key")
        .limit(p.limit),
    { long: true },
  );
}
