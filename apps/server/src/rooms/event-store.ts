import { position, type Statements, type Write } from "#storage";

/** A row of `events`, sealed. */
export interface EventRow {
  readonly position: number;
  readonly event_id: string;
  readonly room_id: string;
  readonly type: string;
  readonly sender: string;
  readonly state_key: string | null;
  readonly kept: Uint8Array;
  readonly removed: Uint8Array | null;
  readonly replaces: string | null;
  readonly redacted_by: string | null;
  readonly device_id: string | null;
  readonly txn: string | null;
}

interface Tables {
  events: EventRow;
}

export type EventStore = ReturnType<typeof createEventStore>;

/** Statements on `events`. */
export function createEventStore(statements: Statements) {
  return { ...eventWrites(statements), ...pointReads(statements), ...pageReads(statements), ...searchReads(statements) };
}

function eventWrites(statements: Statements) {
  const insertEvent = statements.write<Tables, Omit<EventRow, "redacted_by">>((db, p) =>
    db.insertInto("events").values({
      position: p.position,
      event_id: p.event_id,
      room_id: p.room_id,
      type: p.type,
      sender: p.sender,
      state_key: p.state_key,
      kept: p.kept,
      removed: p.removed,
      replaces: p.replaces,
      redacted_by: null,
      device_id: p.device_id,
      txn: p.txn,
    }),
  );
  const pruneEvent = statements.write<Tables, { event_id: string; redacted_by: string }>((db, p) =>
    db
      .updateTable("events")
      .set({ removed: null, redacted_by: p.redacted_by })
      .where("event_id", "=", p.event_id)
      .where("redacted_by", "is", null),
  );
  return {
    /** At the batch's `offset`-th place in the feed. */
    insertEvent: (row: Omit<EventRow, "position" | "redacted_by">, offset: number): Write =>
      insertEvent({ ...row, position: position(offset) }, 1),
    /** Takes the words away for good: a redacted event is unreadable on disk too. Expects that it is not redacted yet. */
    pruneEvent: (eventId: string, redactedBy: string): Write => pruneEvent({ event_id: eventId, redacted_by: redactedBy }, 1),
  };
}

function pointReads(statements: Statements) {
  const event = statements.read<Tables, { event_id: string }, EventRow>((db, p) =>
    db.selectFrom("events").selectAll().where("event_id", "=", p.event_id),
  );
  const byTxn = statements.read<Tables, { sender: string; device_id: string; room_id: string; txn: string }, { event_id: string }>(
    (db, p) =>
      db
        .selectFrom("events")
        .select("event_id")
        .where("sender", "=", p.sender)
        .where("device_id", "=", p.device_id)
        .where("room_id", "=", p.room_id)
        .where("txn", "=", p.txn),
  );
  return {
    findEvent: (eventId: string) => event.get({ event_id: eventId }),
    findByTransaction: (key: { sender: string; device_id: string; room_id: string; txn: string }) => byTxn.get(key),
  };
}

function searchReads(statements: Statements) {
  type Range = { room_id: string; until: number; limit: number };
  // Redacted ones have no words left and are not even read.
  const searchable = statements.read<Tables, Range, EventRow>(
    (db, p) =>
      db
        .selectFrom("events")
        .selectAll()
        .where("room_id", "=", p.room_id)
        .where("position", "<=", p.until)
        .where("type", "in", ["m.room.message", "m.room.name", "m.room.topic"])
        .where("removed", "is not", null)
        .orderBy("position", "desc")
        .limit(p.limit),
    { long: true },
  );
  return {
    /** Events with words to search, newest first. */
    listSearchable: (roomId: string, until: number, limit: number) => searchable.all({ room_id: roomId, until, limit }),
  };
}

function pageReads(statements: Statements) {
  type Range = { room_id: string; after: number; until: number; limit: number };
  const backwards = statements.read<Tables, Range, EventRow>((db, p) =>
    db
      .selectFrom("events")
      .selectAll()
      .where("room_id", "=", p.room_id)
      .where("position", ">", p.after)
      .where("position", "<=", p.until)
      .orderBy("position", "desc")
      .limit(p.limit),
  );
  const forwards = statements.read<Tables, Range, EventRow>((db, p) =>
    db
      .selectFrom("events")
      .selectAll()
      .where("room_id", "=", p.room_id)
      .where("position", ">", p.after)
      .where("position", "<=", p.until)
      .orderBy("position", "asc")
      .limit(p.limit),
  );
  return {
    /** `after < position ≤ until`, newest first. */
    listBackwards: (range: Range) => backwards.all(range),
    /** `after < position ≤ until`, oldest first. */
    listForwards: (range: Range) => forwards.all(range),
  };
}
