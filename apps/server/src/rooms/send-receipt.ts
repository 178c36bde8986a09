import { type Actor, createLanes, MatrixError } from "#kernel";
import type { Receipt, Rooms } from "./contract.ts";
import type { ReceiptRow } from "./receipt-store.ts";
import type { RoomsContext } from "./rooms-context.ts";

export interface Receipts {
  readonly send: Rooms["sendReceipt"];
  /** All of a room, ascending by position; kept in memory while the room is in use. */
  of(roomId: string): Promise<readonly ReceiptRow[]>;
  between(actor: Actor, roomId: string, after: number, until: number): Promise<readonly Receipt[]>;
}

const MOST_ROOMS = 2000;

/** Receipts: one per person, room, type and thread; the newest in the room's order wins. */
export function createReceipts(context: RoomsContext, onChange: (roomId: string) => void): Receipts {
  const { storage, receipts: store, store: events, visibility, activity, clock } = context;
  const lanes = createLanes();
  const rooms = new Map<string, ReceiptRow[]>();

  async function of(roomId: string): Promise<readonly ReceiptRow[]> {
    const known = rooms.get(roomId);
    if (known !== undefined) return known;
    const before = activity.lastReceipt(roomId);
    const rows = await store.list(roomId);
    if (activity.lastReceipt(roomId) !== before) return of(roomId);
    if (rooms.size >= MOST_ROOMS) rooms.clear();
    rooms.set(roomId, rows);
    return rows;
  }
  function note(row: ReceiptRow): void {
    const rows = rooms.get(row.room_id);
    if (rows !== undefined) {
      const older = rows.findIndex((other) => isSame(other, row));
      if (older >= 0) rows.splice(older, 1);
      rows.push(row);
    }
    activity.noteReceipt(row.room_id, row.position);
    onChange(row.room_id);
  }
  async function write(actor: Actor, input: Parameters<Rooms["sendReceipt"]>[1], position: number): Promise<void> {
    const row = {
      room_id: input.roomId,
      user_id: actor.userId,
      type: input.type,
      thread_id: input.threadId ?? "",
      event_id: input.eventId,
      event_position: position,
      ts: clock.now(),
    };
    const before = (await of(input.roomId)).find((other) => isSame(other, row));
    // A receipt never moves backwards: a second device that lags must not make read messages unread.
    if (before !== undefined && before.event_position >= position) return;
    await storage.commit({ writes: [store.put(row)], positions: 1 }, ({ first }) => note({ ...row, position: first }));
  }
  return {
    of,
    async send(actor, input) {
      const reader = await visibility.reader(actor.userId, input.roomId);
      if (reader.membership?.membership !== "join") throw new MatrixError("M_FORBIDDEN", "You are not in this room.");
      const event = await events.findEvent(input.eventId);
      if (event?.room_id !== input.roomId || !reader.sees(event.position))
        throw new MatrixError("M_NOT_FOUND", "There is no such event in this room.");
      await lanes.run(`${input.roomId} ${actor.userId}`, () => write(actor, input, event.position));
    },
    async between(actor, roomId, after, until) {
      const rows = await of(roomId);
      return rows
        .filter((row) => row.position > after && row.position <= until && (row.type !== "m.read.private" || row.user_id === actor.userId))
        .map(present);
    },
  };
}

const isSame = (one: Omit<ReceiptRow, "position">, other: Omit<ReceiptRow, "position">): boolean =>
  one.user_id === other.user_id && one.type === other.type && one.thread_id === other.thread_id;

function present(row: ReceiptRow): Receipt {
  return {
    userId: row.user_id,
    eventId: row.event_id,
    type: row.type === "m.read" ? "m.read" : "m.read.private",
    threadId: row.thread_id === "" ? undefined : row.thread_id,
    ts: row.ts,
    position: row.position,
  };
}
