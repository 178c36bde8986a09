import { isJsonObject } from "@wardroom/matrix-core";
import type { Rooms } from "./contract.ts";
import type { RoomsContext } from "./rooms-context.ts";

/** Both rooms must say so: anybody can name any room as the predecessor of theirs. */
export function createFindPredecessor({ cache, memberships }: RoomsContext): Rooms["predecessorOf"] {
  return async ({ userId }, roomId) => {
    const room = await cache.find(roomId);
    const predecessor = room?.durable.state.get("m.room.create", "")?.content["predecessor"];
    const named = isJsonObject(predecessor) ? predecessor["room_id"] : undefined;
    if (typeof named !== "string" || (await memberships.find(userId, named)) === undefined) return undefined;
    const tombstone = (await cache.find(named))?.durable.state.get("m.room.tombstone", "");
    return tombstone?.content["replacement_room"] === roomId ? named : undefined;
  };
}
