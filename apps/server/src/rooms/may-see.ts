import type { Rooms } from "./contract.ts";
import type { RoomsContext } from "./rooms-context.ts";

/**
 * Whether a person may see an event: as something that happened, as part of the state that they know, or as what is
 * shown of a room to those invited into it. A redacted event counts as it stood. Tells nothing of rooms and events that do not exist.
 */
export function createMaySee({ visibility, events, stateReads, memberships }: RoomsContext): Rooms["maySee"] {
  return async (userId, roomId, eventId) => {
    const row = await events.findEvent(eventId);
    if (row?.room_id !== roomId) return false;
    const reader = await visibility.findReader(userId, roomId);
    if (reader === undefined) return false;
    if (reader.sees(row.position)) return true;
    const { type, state_key: stateKey } = row;
    if (stateKey === null) return false;
    const isCurrent = async (until: number) => (await stateReads.one(reader.room, type, stateKey, until))?.eventId === eventId;
    if (reader.stateUntil !== undefined && (await isCurrent(reader.stateUntil))) return true;
    // The picture of the room is in the stripped state (sync/stripped-section.ts), as it was when they were invited.
    const own = await memberships.find(userId, roomId);
    const isAsked = own?.membership === "invite" || own?.membership === "knock";
    return isAsked && type === "m.room.avatar" && stateKey === "" && isCurrent(own.position);
  };
}
