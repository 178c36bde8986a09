import { type Lanes, MatrixError } from "#kernel";
import { Conflict, retryConflicts } from "#storage";
import type { Submitted } from "./append-events.ts";
import type { Room } from "./room.ts";
import type { RoomCache } from "./room-cache.ts";
import type { RoomEvent } from "./room-event.ts";

/** Decides in the room's lane and resolves, after the commit, with the events. */
export type InRoom = (roomId: string, decide: (room: Room) => Promise<Submitted>) => Promise<readonly RoomEvent[]>;

/** Nothing to write: what was asked for is so already, and is acknowledged once it is durable. */
export const nothingToDo = ({ lastCommitted }: Room): Submitted => ({ events: [], committed: lastCommitted });

export function createInRoom(lanes: Lanes, cache: RoomCache): InRoom {
  return async (roomId, decide) => {
    const decideOnce = async () => {
      const { events, committed } = await lanes.run(roomId, async () => {
        const submitted = await decide(await cache.get(roomId));
        submitted.committed.catch(() => {}); // it is awaited below, perhaps after it has failed
        return submitted;
      });
      await committed;
      return events;
    };
    try {
      return await retryConflicts(decideOnce);
    } catch (error) {
      throw error instanceof Conflict ? new MatrixError("M_LIMIT_EXCEEDED", "The room is busy. Try again.", { retryAfterMs: 500 }) : error;
    }
  };
}
