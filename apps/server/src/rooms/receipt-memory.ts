import { createBoundedCache } from "#kernel";
import type { ReadMarks } from "./contract.ts";
import type { ReceiptRow, ReceiptStore } from "./receipt-store.ts";
import type { RoomActivity } from "./room-activity.ts";

/** One room's receipts in memory. */
interface RoomReceipts {
  readonly byKey: ReadonlyMap<string, ReceiptRow>;
  /** With `after < position ≤ until`, ascending. Walks back from the newest: a reader mostly asks for the last few. */
  between(after: number, until: number): readonly ReceiptRow[];
  marksOf(userId: string): ReadMarks;
}

export interface ReceiptMemory {
  of(roomId: string): Promise<RoomReceipts>;
  /** Called from the commit, in its order. */
  note(row: ReceiptRow, dropped: ReceiptRow | undefined): void;
}

const MOST_ROOMS = 2000;

/** There is one receipt per person, type and thread. */
export const keyOf = ({ user_id, type, thread_id }: Pick<ReceiptRow, "user_id" | "type" | "thread_id">): string =>
  JSON.stringify([user_id, type, thread_id]);

export function createReceiptMemory(store: ReceiptStore, activity: RoomActivity): ReceiptMemory {
  const rooms = createBoundedCache<string, ReturnType<typeof createRoomReceipts>>({ entries: MOST_ROOMS });
  async function of(roomId: string): Promise<RoomReceipts> {
    const known = rooms.get(roomId);
    if (known !== undefined) return known;
    const before = activity.lastReceipt(roomId);
    const rows = await store.list(roomId);
    if (activity.lastReceipt(roomId) !== before) return of(roomId);
    const loaded = createRoomReceipts(rows);
    rooms.set(roomId, loaded);
    return loaded;
  }
  return {
    of,
    note(row, dropped) {
      rooms.get(row.room_id)?.put(row, dropped);
      activity.noteReceipt(row.room_id, row.position);
    },
  };
}

/** @param rows ascending by position */
function createRoomReceipts(rows: readonly ReceiptRow[]) {
  const byKey = new Map(rows.map((row) => [keyOf(row), row]));
  // Outdated rows stay in the list until half of it is outdated.
  let ordered = [...rows];
  const marks = new Map<string, ReadMarks>();
  for (const row of rows) marks.set(row.user_id, advance(marks.get(row.user_id), row));
  return {
    byKey,
    marksOf: (userId: string): ReadMarks => marks.get(userId) ?? unread,
    between(after: number, until: number): readonly ReceiptRow[] {
      const found: ReceiptRow[] = [];
      for (let index = ordered.length - 1; index >= 0; index -= 1) {
        const row = ordered[index];
        if (row === undefined || row.position <= after) break;
        if (row.position <= until && byKey.get(keyOf(row)) === row) found.push(row);
      }
      return found.toReversed();
    },
    put(row: ReceiptRow, dropped: ReceiptRow | undefined): void {
      if (dropped !== undefined) byKey.delete(keyOf(dropped));
      byKey.delete(keyOf(row));
      byKey.set(keyOf(row), row);
      const own = dropped === undefined ? [row] : [...byKey.values()].filter(({ user_id }) => user_id === row.user_id);
      const before = dropped === undefined ? marks.get(row.user_id) : undefined;
      marks.set(row.user_id, own.reduce<ReadMarks>(advance, before ?? unread));
      ordered.push(row);
      if (ordered.length > 2 * byKey.size + 16) ordered = [...byKey.values()];
    },
  };
}

const unread: ReadMarks = { everywhere: 0, threads: new Map() };

/** Receipts only ever move forward, and the greater of the public and the private one counts. */
function advance(marks: ReadMarks | undefined, { thread_id, event_position }: ReceiptRow): ReadMarks {
  const { everywhere, threads } = marks ?? unread;
  if (thread_id === "") return { everywhere: Math.max(everywhere, event_position), threads };
  return { everywhere, threads: new Map(threads).set(thread_id, Math.max(threads.get(thread_id) ?? 0, event_position)) };
}
