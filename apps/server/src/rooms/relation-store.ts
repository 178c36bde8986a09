import { position, type Statements, type Write } from "#storage";
import type { EventRow } from "./event-store.ts";

/** A child and its parent. Its words are where they were, in the child: here stand ids and what `m.relates_to` says in clear. */
export interface RelationRow {
  /** Of the child. */
  readonly position: number;
  readonly event_id: string;
  readonly room_id: string;
  readonly rel_type: string;
  readonly parent_position: number;
  readonly parent_sender: string;
  readonly type: string;
  readonly sender: string;
  readonly ts: number;
  /** 1 if it goes into the bundled aggregation of its parent: the relation is one of those, and keeps its rules. */
  readonly counts: number;
}

interface Tables {
  event_relations: RelationRow;
  events: EventRow;
}

export type RelationStore = ReturnType<typeof createRelationStore>;

/** Relations that are bundled with their parent; annotations are not (Client-Server API, "Avoiding duplicate annotations"). */
export const aggregated: readonly string[] = ["m.thread", "m.replace", "m.reference"];

/** Statements on `event_relations`. */
export function createRelationStore(statements: Statements) {
  return { ...relationWrites(statements), ...pointReads(statements) };
}

function relationWrites(statements: Statements) {
  const insert = statements.write<Tables, RelationRow>((db, p) =>
    db.insertInto("event_relations").values({
      position: p.position,
      event_id: p.event_id,
      room_id: p.room_id,
      rel_type: p.rel_type,
      parent_position: p.parent_position,
      parent_sender: p.parent_sender,
      type: p.type,
      sender: p.sender,
      ts: p.ts,
      counts: p.counts,
    }),
  );
  const remove = statements.write<Tables, { position: number }>((db, p) =>
    db.deleteFrom("event_relations").where("position", "=", p.position),
  );
  const removeOf = statements.write<Tables, { room_id: string; sender: string }>((db, p) =>
    db.deleteFrom("event_relations").where("room_id", "=", p.room_id).where("sender", "=", p.sender),
  );
  return {
    /** At the batch's `offset`-th place in the feed. */
    insertRelation: (row: Omit<RelationRow, "position">, offset: number): Write => insert({ ...row, position: position(offset) }, 1),
    /** A redacted child relates to nothing any more. */
    removeRelation: (at: number): Write => remove({ position: at }),
    removeRelationsOf: (roomId: string, sender: string): Write => removeOf({ room_id: roomId, sender }),
  };
}

/** What a relation needs to know of the event that it names. `rel_type` is the parent's own. */
export interface ParentRow extends Pick<EventRow, "position" | "room_id" | "type" | "sender" | "state_key"> {
  readonly rel_type: string | null;
}

/** Each is opened to be compared. Nobody who means it reacts to one event in more ways. */
const MOST_ANNOTATIONS = 25;

function pointReads(statements: Statements) {
  const parent = statements.read<Tables, { event_id: string }, ParentRow>((db, p) =>
    db
      .selectFrom("events as e")
      .leftJoin("event_relations as r", "r.position", "e.position")
      .select(["e.position", "e.room_id", "e.type", "e.sender", "e.state_key", "r.rel_type"])
      .where("e.event_id", "=", p.event_id),
  );
  const above = statements.read<Tables, { position: number }, { rel_type: string; parent_position: number; event_id: string }>((db, p) =>
    db
      .selectFrom("event_relations as r")
      .innerJoin("events as e", "e.position", "r.parent_position")
      .select(["r.rel_type", "r.parent_position", "e.event_id"])
      .where("r.position", "=", p.position),
  );
  const annotations = statements.read<Tables, { parent_position: number; sender: string; type: string }, EventRow>((db, p) =>
    db
      .selectFrom("event_relations as r")
      .innerJoin("events as e", "e.position", "r.position")
      .selectAll("e")
      .where("r.parent_position", "=", p.parent_position)
      .where("r.rel_type", "=", "m.annotation")
      .where("r.sender", "=", p.sender)
      .where("r.type", "=", p.type)
      .orderBy("r.position", "desc")
      .limit(MOST_ANNOTATIONS),
  );
  const last = statements.read<Tables, { room_id: string; rel_type: string }, { position: number }>((db, p) =>
    db
      .selectFrom("event_relations")
      .select("position")
      .where("room_id", "=", p.room_id)
      .where("rel_type", "=", p.rel_type)
      .orderBy("position", "desc")
      .limit(1),
  );
  return {
    findParent: (eventId: string) => parent.get({ event_id: eventId }),
    /** The relation of the child at this position, and the id of its parent. */
    findAbove: (at: number) => above.get({ position: at }),
    /** One person's annotations of one event, newest first. */
    listAnnotations: (parentPosition: number, sender: string, type: string) =>
      annotations.all({ parent_position: parentPosition, sender, type }),
    /** Position of the room's newest child that may be bundled, or 0: nothing after it is a parent. */
    async lastRelation(roomId: string): Promise<number> {
      const rows = await Promise.all(aggregated.map((rel_type) => last.get({ room_id: roomId, rel_type })));
      return Math.max(...rows.map((row) => row?.position ?? 0));
    },
  };
}
