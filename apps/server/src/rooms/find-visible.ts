import type { EventStore } from "./event-store.ts";
import type { EventLoader } from "./load-events.ts";
import type { RoomEvent } from "./room-event.ts";
import type { Reader } from "./visibility.ts";

/** One event by its id, if it is of this room and the reader may see it. One answer for what is not there and what may not be seen: the difference would tell. */
export type FindVisible = (reader: Reader, eventId: string) => Promise<RoomEvent | undefined>;

export function createFindVisible(events: EventStore, loader: EventLoader): FindVisible {
  return async (reader, eventId) => {
    const row = await events.findEvent(eventId);
    if (row?.room_id !== reader.room.roomId || !reader.sees(row.position)) return undefined;
    return reader.show(await loader.open(row, reader.room.version));
  };
}
