import { type AggregateStore, SLOTS } from "./aggregate-store.ts";
import type { EventLoader } from "./load-events.ts";
import type { Room } from "./room.ts";
import type { RoomEvent } from "./room-event.ts";

/** The room's events at these positions, in no order; from memory what is there. What the reader may see of them is not judged here. */
export async function readAt(
  store: AggregateStore,
  loader: EventLoader,
  { durable, version, roomId }: Room,
  positions: readonly number[],
): Promise<readonly RoomEvent[]> {
  const wanted = new Set(positions);
  const found: RoomEvent[] = [];
  if (positions.some((position) => position > durable.recentFrom)) {
    for (const event of durable.recent) if (wanted.delete(event.position)) found.push(event);
  }
  const missing = [...wanted];
  for (let from = 0; from < missing.length; from += SLOTS) {
    const rows = await store.listEvents(missing.slice(from, from + SLOTS));
    found.push(
      ...(await loader.openAll(
        rows.filter(({ room_id }) => room_id === roomId),
        version,
      )),
    );
  }
  return found;
}
