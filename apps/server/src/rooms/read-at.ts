import { type AggregateStore, SLOTS } from "./aggregate-store.ts";
import type { EventRow } from "./event-store.ts";
import type { EventLoader } from "./load-events.ts";
import { bytesOf, type Room } from "./room.ts";
import type { RoomEvent } from "./room-event.ts";

/**
 * The room's events at these positions, in no order; from memory what is there. What the reader may see of them is not judged here.
 * @param mostBytes when it has as much as this, it leaves out the rest, the oldest first
 */
export async function readAt(
  store: AggregateStore,
  loader: EventLoader,
  { durable, version, roomId }: Room,
  positions: readonly number[],
  mostBytes = Infinity,
): Promise<readonly RoomEvent[]> {
  const wanted = new Set(positions);
  const found: RoomEvent[] = [];
  if (positions.some((position) => position > durable.recentFrom)) {
    for (const event of durable.recent) if (wanted.delete(event.position)) found.push(event);
  }
  const missing = [...wanted].toSorted((a, b) => b - a);
  let bytes = bytesOf(found);
  for (let from = 0; from < missing.length && bytes < mostBytes; from += SLOTS) {
    const rows = await store.listEvents(missing.slice(from, from + SLOTS));
    const fitting: EventRow[] = [];
    for (const row of rows) {
      bytes += row.kept.length + (row.removed?.length ?? 0);
      if (row.room_id === roomId && bytes < mostBytes) fitting.push(row);
    }
    found.push(...(await loader.openAll(fitting, version)));
  }
  return found;
}
