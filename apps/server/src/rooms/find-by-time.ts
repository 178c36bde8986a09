import { MatrixError } from "#kernel";
import type { Rooms } from "./contract.ts";
import type { RoomEvent } from "./room-event.ts";
import type { RoomsContext } from "./rooms-context.ts";
import type { Reader } from "./visibility.ts";

/** Around the place that was found: where the server's clock was set back, times do not quite follow the order of events. */
const NEARBY = 20;

/**
 * `GET …/timestamp_to_event`. Times are sealed with their events and the room is a chain in the order of time, so that the place
 * is found by halving: some twenty events are opened in a room of a million.
 */
export function createFindByTime(context: RoomsContext): Rooms["findByTime"] {
  const { visibility, scanTimeline } = context;
  return async (actor, roomId, { ts, direction }) => {
    const reader = await visibility.reader(actor.userId, roomId);
    const place = await firstSince(context, reader, direction === "f" ? ts : ts + 1);
    const scan =
      direction === "f"
        ? { direction, after: place - 1, until: reader.room.durable.position, limit: NEARBY }
        : { direction, after: 0, until: place - 1, limit: NEARBY };
    const { events } = await scanTimeline(reader, scan);
    const fits = ({ originServerTs }: RoomEvent) => (direction === "f" ? originServerTs >= ts : originServerTs <= ts);
    const found = events.find(fits);
    if (found === undefined) throw new MatrixError("M_NOT_FOUND", "There is no event in that direction.");
    return { eventId: found.eventId, originServerTs: found.originServerTs };
  };
}

/** Position of the room's first event of that time or later; behind the last if there is none. Judges nothing: tells the caller only. */
async function firstSince({ events, loader }: RoomsContext, { room }: Reader, ts: number): Promise<number> {
  let [low, high] = [0, room.durable.position + 1];
  // Invariant: events at or before `low` are earlier, events at or behind `high` are not.
  while (low + 1 < high) {
    const middle = Math.floor((low + high) / 2);
    const [row] = await events.listForwards({ room_id: room.roomId, after: middle - 1, until: high - 1, limit: 1 });
    if (row === undefined || (await loader.open(row, room.version)).originServerTs >= ts) high = middle;
    else low = row.position;
  }
  return high;
}
