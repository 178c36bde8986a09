import { position, type Statements, type Write } from "#storage";

/** A row of `events`, sealed. */
export interface EventRow {
  readonly position: number;
  readonly event_id: string;
  readonly room_id: string;
  readonly type: string;
  readonly sender: string;
  readonly state_key: string | null;
  readonly counts: number;
  readonly kept: Uint8Array;
  readonly removed: Uint8Array | null;
  readonly replaces: string | null;
  readonly redacted_by: string | null;
  readonly device_id: string | null;
  readonly txn: string | null;
}

interface RoomRow {
  readonly room_id: string;
  readonly version: string;
  readonly head: string;
  readonly depth: number;
  readonly position: number;
  readonly epoch: number;
  readonly is_public: number;
}

interface StateRow {
  readonly room_id: string;
  readonly type: string;
  readonly state_key: string;
  readonly position: number;
  readonly value: string | null;
}

interface Tables {
  events: EventRow;
  rooms: RoomRow;
  room_state: StateRow;
}

/** What the choke point hands over for one event; its place in the feed is the batch's `offset`-th. */
type NewEventRow = Omit<EventRow, "position" | "redacted_by"> & { readonly offset: number; readonly value: string | null };

export type EventStore = ReturnType<typeof createEventStore>;

/** Statements on `rooms`, `events` and `room_state`. */
export function createEventStore(statements: Statements) {
  return {
    ...roomWrites(statements),
    ...eventWrites(statements),
    ...pointReads(statements),
    ...pageReads(statements),
    ...stateReads(statements),
  };
}

function roomWrites(statements: Statements) {
  const insertRoom = statements.write<Tables, RoomRow>((db, p) =>
    db.insertInto("rooms").values({
      room_id: p.room_id,
      version: p.version,
      head: p.head,
      depth: p.depth,
      position: p.position,
      epoch: p.epoch,
      is_public: p.is_public,
    }),
  );
  const moveHead = statements.write<
    Tables,
    { head: string; depth: number; position: number; room_id: string; previous: string; epoch: number }
  >((db, p) =>
    db
      .updateTable("rooms")
      .set({ head: p.head, depth: p.depth, position: p.position })
      .where("room_id", "=", p.room_id)
      .where("head", "=", p.previous)
      .where("epoch", "=", p.epoch),
  );
  return {
    /** Expects a room id that is new. */
    insertRoom: (row: Omit<RoomRow, "position">, offset: number): Write => insertRoom({ ...row, position: position(offset) }, 1),
    /** Expects that the head is still the one that was decided upon: it fences the writer of the room (design D4). */
    moveHead: (move: { head: string; depth: number; roomId: string; previous: string; epoch: number }, offset: number): Write =>
      moveHead(
        {
          head: move.head,
          depth: move.depth,
          room_id: move.roomId,
          previous: move.previous,
          epoch: move.epoch,
          position: position(offset),
        },
        1,
      ),
  };
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
      counts: p.counts,
      kept: p.kept,
      removed: p.removed,
      replaces: p.replaces,
      redacted_by: null,
      device_id: p.device_id,
      txn: p.txn,
    }),
  );
  const insertState = statements.write<Tables, StateRow>((db, p) =>
    db.insertInto("room_state").values({ room_id: p.room_id, type: p.type, state_key: p.state_key, position: p.position, value: p.value }),
  );
  const pruneEvent = statements.write<Tables, { event_id: string; redacted_by: string }>((db, p) =>
    db
      .updateTable("events")
      .set({ removed: null, counts: 0, redacted_by: p.redacted_by })
      .where("event_id", "=", p.event_id)
      .where("redacted_by", "is", null),
  );
  return {
    insertEvent({ offset, value, ...row }: NewEventRow): readonly Write[] {
      const event = insertEvent({ ...row, position: position(offset) }, 1);
      if (row.state_key === null) return [event];
      return [event, insertState({ room_id: row.room_id, type: row.type, state_key: row.state_key, position: position(offset), value }, 1)];
    },
    /** Takes the words away for good: a redacted event is unreadable on disk too. Expects that it is not redacted yet. */
    pruneEvent: (eventId: string, redactedBy: string): Write => pruneEvent({ event_id: eventId, redacted_by: redactedBy }, 1),
  };
}

function pointReads(statements: Statements) {
  const room = statements.read<Tables, { room_id: string }, RoomRow>((db, p) =>
    db.selectFrom("rooms").selectAll().where("room_id", "=", p.room_id),
  );
  const rooms = statements.read<Tables, Record<never, never>, { room_id: string; position: number }>((db) =>
    db.selectFrom("rooms").select(["room_id", "position"]),
  );
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
    findRoom: (roomId: string) => room.get({ room_id: roomId }),
    listRoomPositions: () => rooms.all({}),
    findEvent: (eventId: string) => event.get({ event_id: eventId }),
    findByTransaction: (key: { sender: string; device_id: string; room_id: string; txn: string }) => byTxn.get(key),
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
  const counted = statements.read<Tables, { room_id: string; after: number; until: number; sender: string }, { count: number }>(
    (db, p) =>
      db
        .selectFrom("events")
        .select((row) => row.fn.countAll<number>().as("count"))
        .where("room_id", "=", p.room_id)
        .where("position", ">", p.after)
        .where("position", "<=", p.until)
        .where("counts", "=", 1)
        .where("sender", "!=", p.sender),
    { long: true },
  );
  const lastFrom = statements.read<Tables, { room_id: string; after: number; until: number; sender: string }, { position: number }>(
    (db, p) =>
      db
        .selectFrom("events")
        .select("position")
        .where("room_id", "=", p.room_id)
        .where("position", ">", p.after)
        .where("position", "<=", p.until)
        .where("sender", "=", p.sender)
        .orderBy("position", "desc")
        .limit(1),
    { long: true },
  );
  return {
    /** `after < position ≤ until`, newest first. */
    listBackwards: (range: Range) => backwards.all(range),
    /** `after < position ≤ until`, oldest first. */
    listForwards: (range: Range) => forwards.all(range),
    async lastFrom(roomId: string, userId: string, after: number, until: number): Promise<number | undefined> {
      return (await lastFrom.get({ room_id: roomId, after, until, sender: userId }))?.position;
    },
    async countFromOthers(roomId: string, userId: string, after: number, until: number): Promise<number> {
      return (await counted.get({ room_id: roomId, after, until, sender: userId }))?.count ?? 0;
    },
  };
}

function stateReads(statements: Statements) {
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
  return {
    /** Newest event per state key with `after < position ≤ until`, ascending. */
    listState: (roomId: string, after: number, until: number) => stateAt.all({ room_id: roomId, after, until }),
    listMembers: (roomId: string, until: number) => members.all({ room_id: roomId, after: 0, until }),
    listStateWithoutMembers: (roomId: string, until: number) => stateWithoutMembers.all({ room_id: roomId, after: 0, until }),
    findStateAt: (roomId: string, type: string, stateKey: string, until: number) =>
      keyAt.get({ room_id: roomId, type, state_key: stateKey, until }),
    /** Every value that this key ever had, ascending. */
    listValues: (roomId: string, type: string, stateKey: string) => values.all({ room_id: roomId, type, state_key: stateKey }),
  };
}

/** Per key only the row with no later one up to the position. */
function buildStateAt(statements: Statements, which: "all" | "members" | "others") {
  return statements.read<Tables, { room_id: string; after: number; until: number }, EventRow>(
    (db, p) =>
      db
        .selectFrom("room_state as s")
        .innerJoin("events as e", "e.position", "s.position")
        .selectAll("e")
        .where("s.room_id", "=", p.room_id)
        .where("s.position", ">", p.after)
        .where("s.position", "<=", p.until)
        .$if(which !== "all", (query) => query.where("s.type", which === "members" ? "=" : "!=", "m.room.member"))
        .where((row) =>
          row.not(
            row.exists(
              row
                .selectFrom("room_state as later")
                .select("later.position")
                .whereRef("later.room_id", "=", "s.room_id")
                .whereRef("later.type", "=", "s.type")
                .whereRef("later.state_key", "=", "s.state_key")
                .whereRef("later.position", ">", "s.position")
                .where("later.position", "<=", p.until),
            ),
          ),
        )
        .orderBy("s.position", "asc"),
    { long: true },
  );
}
