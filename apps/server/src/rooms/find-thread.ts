import type { RoomFeed } from "./contract.ts";
import type { RelationStore } from "./relation-store.ts";

/** How far a chain of relations is followed up to a thread (Client-Server API, "Threaded read receipts"). */
const MOST_HOPS = 3;

export interface ThreadFinder {
  /** The root of the thread that the event belongs to; undefined: the main timeline, roots included. */
  readonly threadOf: RoomFeed["threadOf"];
}

/**
 * An event is in a thread if it says so, or if what it relates to is. What relates to a root in another way, a reaction to it, is
 * in the main timeline, as the root is.
 */
export function createThreadFinder({ findAbove, findParent }: Pick<RelationStore, "findAbove" | "findParent">): ThreadFinder {
  const climb = async (position: number, hops: number): Promise<string | undefined> => {
    const above = await findAbove(position);
    if (above === undefined || above.rel_type === "m.thread") return above?.event_id;
    return hops <= 1 ? undefined : climb(above.parent_position, hops - 1);
  };
  return {
    async threadOf(roomId, { relation }) {
      if (relation === undefined || relation.relType === "m.thread") return relation?.eventId;
      const parent = await findParent(relation.eventId);
      return parent?.room_id === roomId ? climb(parent.position, MOST_HOPS - 1) : undefined;
    },
  };
}
