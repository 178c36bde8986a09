import { MatrixError } from "#kernel";
import type { Keys } from "#keys";
import type { Write } from "#storage";
import { openEvent } from "./event-sealing.ts";
import { annotationKey, type Relation, relationIn } from "./relation.ts";
import { aggregated, type ParentRow, type RelationStore } from "./relation-store.ts";
import type { Room } from "./room.ts";
import type { RoomEvent } from "./room-event.ts";
import type { Visibility } from "./visibility.ts";

export interface RelateDeps {
  readonly relations: RelationStore;
  readonly keys: Keys;
  readonly visibility: Pick<Visibility, "findReader">;
}

/** A child among the events of a batch whose parent is in the room. */
export interface Related {
  readonly event: RoomEvent;
  readonly offset: number;
  readonly relation: Relation;
  readonly parent: ParentRow;
  /** It goes into its parent's bundled aggregation. */
  readonly counts: boolean;
}

/**
 * Looks up what the events relate to. Called in the room's lane; events without a relation cost no read.
 * @throws MatrixError M_UNKNOWN for a thread on an event that relates to another, M_DUPLICATE_ANNOTATION for the same reaction twice
 */
export type Relate = (room: Room, events: readonly RoomEvent[]) => Promise<readonly Related[]>;

export function createRelate(deps: RelateDeps): Relate {
  const relate = async (room: Room, event: RoomEvent, relation: Relation): Promise<Omit<Related, "offset"> | undefined> => {
    const parent = await deps.relations.findParent(relation.eventId);
    // A relation to another room, or to nothing, is ignored (specification): the event stands by itself.
    if (parent?.room_id !== room.roomId) return undefined;
    if (relation.relType === "m.annotation") await refuseDuplicate(deps, room, event, parent);
    if (relation.relType === "m.thread" && parent.rel_type !== null) await refuseThread(deps, room, event, parent);
    return { event, relation, parent, counts: keepsRules(event, relation, parent) };
  };
  return async (room, events) => {
    const related: Related[] = [];
    for (const [offset, event] of events.entries()) {
      const { relation } = event;
      const found = relation === undefined ? undefined : await relate(room, event, relation);
      if (found !== undefined) related.push({ ...found, offset });
    }
    return related;
  };
}

/** The room's events that relate to another are threads of nothing ("Validation of `m.thread` relationships"). */
async function refuseThread({ visibility }: RelateDeps, room: Room, { sender }: RoomEvent, parent: ParentRow): Promise<void> {
  const reader = await visibility.findReader(sender, room.roomId);
  // What the sender may not see answers as what does not exist: such a relation is taken and ignored.
  if (reader?.sees(parent.position) !== true) return;
  throw new MatrixError("M_UNKNOWN", "A thread cannot begin at an event that relates to another one.");
}

/**
 * The same reaction by the same person twice. Called in the lane, but the lane is left before the commit: one that is still
 * on its way is waited for, and one whose redaction is on its way no longer counts.
 */
async function refuseDuplicate({ relations, keys }: RelateDeps, room: Room, event: RoomEvent, parent: ParentRow): Promise<void> {
  const key = annotationKey(event.content);
  if (key === undefined) return;
  if (room.annotating > 0) await room.lastCommitted.catch(() => {});
  for (const row of await relations.listAnnotations(parent.position, event.sender, event.type)) {
    if (room.redacting.has(row.event_id) || annotationKey(openEvent(keys, row).content) !== key) continue;
    throw new MatrixError("M_DUPLICATE_ANNOTATION", "You have reacted to this event in the same way already.");
  }
}

/** Whether the child goes into the bundle; for edits see the specification, "Validity of replacement events". */
function keepsRules(event: RoomEvent, { relType }: Relation, parent: ParentRow): boolean {
  // State events get no bundled aggregations.
  if (!aggregated.includes(relType) || parent.state_key !== null) return false;
  if (relType === "m.thread") return parent.rel_type === null;
  if (relType !== "m.replace") return true;
  const isOwn = event.sender === parent.sender && event.type === parent.type && event.stateKey === undefined;
  // What an encrypted edit says in place of the original, its readers alone can see.
  return isOwn && parent.rel_type !== "m.replace" && (event.type === "m.room.encrypted" || Object.hasOwn(event.content, "m.new_content"));
}

/** The rows of the children, and without the row of a child that is redacted. */
export function relationWrites(
  store: RelationStore,
  room: Room,
  related: readonly Related[],
  redacted: RoomEvent | undefined,
): readonly Write[] {
  const rows = related.map(({ event, offset, relation, parent, counts }) =>
    store.insertRelation(
      {
        event_id: event.eventId,
        room_id: room.roomId,
        rel_type: relation.relType,
        parent_position: parent.position,
        parent_sender: parent.sender,
        type: event.type,
        sender: event.sender,
        ts: event.originServerTs,
        counts: counts ? 1 : 0,
      },
      offset,
    ),
  );
  return redacted !== undefined && relationIn(redacted.content) !== undefined ? [...rows, store.removeRelation(redacted.position)] : rows;
}
