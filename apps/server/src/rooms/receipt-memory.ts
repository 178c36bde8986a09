import type { ReceiptRow, ReceiptStore } from "./receipt-store.ts";
import type { RoomActivity } from "./room-activity.ts";

/** Rooms' receipts in memory, each room's in the order of positions. */
export interface ReceiptMemory {
  of(roomId: string): Promise<ReadonlyMap<string, ReceiptRow>>;
  /** Called from the commit, in its order. */
  note(row: ReceiptRow, dropped: ReceiptRow | undefined): void;
}

const MOST_ROOMS = 2000;

/** There is one receipt per person, type and thread. */
export const keyOf = ({ user_id, type, thread_id }: Pick<ReceiptRow, "user_id" | "type" | "thread_id">): string =>
  JSON.stringify([user_id, type, thread_id]);

export function createReceiptMemory(store: ReceiptStore, activity: RoomActivity): ReceiptMemory {
  const rooms = new Map<string, Map<string, ReceiptRow>>();
  async function of(roomId: string): Promise<ReadonlyMap<string, ReceiptRow>> {
    const known = rooms.get(roomId);
    if (known !== undefined) return known;
    const before = activity.lastReceipt(roomId);
    const rows = await store.list(roomId);
    if (activity.lastReceipt(roomId) !== before) return of(roomId);
    if (rooms.size >= MOST_ROOMS) rooms.clear();
    const byKey = new Map(rows.map((row) => [keyOf(row), row]));
    rooms.set(roomId, byKey);
    return byKey;
  }
  return {
    of,
    note(row, dropped) {
      const rows = rooms.get(row.room_id);
      // Taken out and put in again, so that the map stays in the order of positions.
      rows?.delete(keyOf(row));
      if (dropped !== undefined) rows?.delete(keyOf(dropped));
      rows?.set(keyOf(row), row);
      activity.noteReceipt(row.room_id, row.position);
    },
  };
}
