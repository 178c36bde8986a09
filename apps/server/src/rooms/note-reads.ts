import { type Actor, actedBy } from "#kernel";
import type { ReadKind, Rooms } from "./contract.ts";
import type { Room } from "./room.ts";
import type { RoomEvent } from "./room-event.ts";
import { labelValue, READS, ROOM_LABEL } from "./room-label.ts";
import type { RoomsContext } from "./rooms-context.ts";
import type { StateStore } from "./state-store.ts";

/**
 * Records that a person was given something of the room, if its label asks for it. To be called once it is settled that they get it.
 * Undefined where nothing has to be waited for, which is nearly always: sync asks for every room of every answer.
 */
export type NoteRead = (actor: Actor, roomId: string, how: ReadKind) => Promise<void> | undefined;

export function createNoteRead({ cache, audit, states }: Pick<RoomsContext, "cache" | "audit" | "states">): NoteRead {
  const asksForReads = createAsksForReads(states);
  const observe = (actor: Actor, roomId: string, how: ReadKind): void =>
    audit.observed({ event: "room.read", ...actedBy(actor), roomId, outcome: "done", reason: how });
  const askAndObserve = async (actor: Actor, roomId: string, how: ReadKind): Promise<void> => {
    const room = await cache.find(roomId);
    if (room !== undefined && (await asksForReads(room))) observe(actor, roomId, how);
  };
  return (actor, roomId, how) => {
    const room = cache.peek(roomId);
    const asks = room === undefined ? undefined : asksForReads(room);
    if (asks === true) observe(actor, roomId, how);
    if (typeof asks === "boolean") return undefined;
    // Loaded again if it has left memory meanwhile: whoever drives it out by reading elsewhere must not read unseen.
    return askAndObserve(actor, roomId, how);
  };
}

/** Whether the room's label asks that reads be recorded. Where a room has no label this is one look into a map: all that it costs the others. */
type AsksForReads = (room: Room) => boolean | Promise<boolean>;

function createAsksForReads(states: Pick<StateStore, "listValues">): AsksForReads {
  const emptied = new WeakMap<RoomEvent, boolean>();
  /**
   * `{}` is a label that was taken away, and also what is left of one when the person who set it is erased: nobody's erasure must
   * stop the record. The row still says which of them it is.
   */
  const readRow = async (room: Room, label: RoomEvent): Promise<boolean> => {
    const rows = await states.listValues(room.roomId, ROOM_LABEL, "");
    const asks = rows.find(({ position }) => position === label.position)?.value === READS;
    emptied.set(label, asks);
    return asks;
  };
  return (room) => {
    const label = room.durable.state.get(ROOM_LABEL, "");
    if (label === undefined || label.isRedacted) return false;
    if (Object.keys(label.content).length > 0) return labelValue(label.content) !== null;
    return emptied.get(label) ?? readRow(room, label);
  };
}

type Recorded =
  | "getEvent"
  | "listState"
  | "getState"
  | "listMembers"
  | "joinedMembers"
  | "listMessages"
  | "listRelations"
  | "listThreads"
  | "getContext"
  | "findByTime"
  | "searchEvents";

/**
 * The doors by which a person is given what is in a room, each with its name in the audit. Sync, notifications, files and pushed words
 * go past `RoomFeed.noteRead`. Not in `visibility.ts`, although every read passes there: so do sending, receipts, typing and
 * counts, which give nothing, and what is refused afterwards.
 */
export function recordReads(reads: Pick<Rooms, Recorded>, noteRead: NoteRead): Pick<Rooms, Recorded> {
  const recorded =
    <Asked extends readonly [actor: Actor, roomId: string, ...rest: unknown[]], Given>(
      how: ReadKind,
      read: (...asked: Asked) => Promise<Given>,
    ) =>
    async (...asked: Asked): Promise<Given> => {
      const given = await read(...asked);
      const noted = noteRead(asked[0], asked[1], how);
      if (noted !== undefined) await noted;
      return given;
    };
  return {
    getEvent: recorded("event", reads.getEvent),
    listState: recorded("state", reads.listState),
    getState: recorded("state", reads.getState),
    listMembers: recorded("members", reads.listMembers),
    joinedMembers: recorded("members", reads.joinedMembers),
    listMessages: recorded("messages", reads.listMessages),
    listRelations: recorded("relations", reads.listRelations),
    listThreads: recorded("threads", reads.listThreads),
    getContext: recorded("context", reads.getContext),
    findByTime: recorded("time", reads.findByTime),
    async searchEvents(actor, query) {
      const page = await reads.searchEvents(actor, query);
      // Rooms without a hit were looked at by the server only.
      for (const roomId of new Set(page.results.map((result) => result.roomId))) await noteRead(actor, roomId, "search");
      return page;
    },
  };
}
