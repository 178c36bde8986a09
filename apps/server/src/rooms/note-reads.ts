import { type Actor, actedBy } from "#kernel";
import type { ReadKind, Rooms } from "./contract.ts";
import type { Room } from "./room.ts";
import type { RoomsContext } from "./rooms-context.ts";

/** State event by which a room asks that reads of it be recorded (docs/room-labels.md). A name space of ours: the specification has no such thing. */
export const ROOM_LABEL = "org.wardroom.room.label";

/** Where a room has no label this is one look into a map: all that it costs the others. */
const asksForReads = ({ durable }: Room): boolean => durable.state.get(ROOM_LABEL, "")?.content["record_reads"] === true;

/** Records that a person was given something of the room, if its label asks for it. To be called once it is settled that they get it. */
export type NoteRead = (actor: Actor, roomId: string, how: ReadKind) => Promise<void>;

export function createNoteRead({ cache, audit }: Pick<RoomsContext, "cache" | "audit">): NoteRead {
  return async (actor, roomId, how) => {
    // Loaded again if it has left memory meanwhile: whoever drives it out by reading elsewhere must not read unseen.
    const room = cache.peek(roomId) ?? (await cache.find(roomId));
    if (room === undefined || !asksForReads(room)) return;
    audit.observed({ event: "room.read", ...actedBy(actor), roomId, outcome: "done", reason: how });
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
      await noteRead(asked[0], asked[1], how);
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
