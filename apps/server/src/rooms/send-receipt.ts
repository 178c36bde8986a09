import { type Actor, createLanes, MatrixError } from "#kernel";
import { openEvent } from "./event-sealing.ts";
import type { EventRow } from "./event-store.ts";
import type { ReadMarks, Receipt, Rooms } from "./contract.ts";
import { createReceiptMemory, keyOf } from "./receipt-memory.ts";
import type { ReceiptRow } from "./receipt-store.ts";
import { relationIn } from "./relation.ts";
import type { RoomsContext } from "./rooms-context.ts";
import type { Reader } from "./visibility.ts";

export interface Receipts {
  readonly send: Rooms["sendReceipt"];
  marksOf(userId: string, roomId: string): Promise<ReadMarks>;
  between(actor: Actor, roomId: string, after: number, until: number): Promise<readonly Receipt[]>;
}

/** Threads that a person is remembered to have read, per room: the oldest gives way. */
const MOST_THREADS = 100;

/** Receipts: one per person, room, type and thread; the newest in the room's order wins. */
export function createReceipts(context: RoomsContext, onChange: (roomId: string) => void): Receipts {
  const { storage, receiptStore, events, visibility, activity, clock, keys, threads } = context;
  const lanes = createLanes();
  const memory = createReceiptMemory(receiptStore, activity);

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
    const rows = (await memory.of(input.roomId)).byKey;
    const before = rows.get(keyOf(row));
    // A receipt never moves backwards: a second device that lags must not make read messages unread.
    if (before !== undefined && before.event_position >= position) return;
    const dropped = before === undefined && row.thread_id !== "" ? oldestThread(rows, row) : undefined;
    const writes = [receiptStore.put(row), ...(dropped === undefined ? [] : [receiptStore.remove(dropped)])];
    await storage.commit({ writes, positions: 1 }, ({ first }) => {
      memory.note({ ...row, position: first }, dropped);
      onChange(input.roomId);
    });
  }
  /** A receipt counts in the thread of its event, and nowhere else; anything else would be room for as many rows as somebody can invent. */
  async function checkThread(reader: Reader, threadId: string | undefined, event: EventRow): Promise<void> {
    if (threadId === undefined) return;
    // A root is in the main timeline, and is what there is to have read of a thread that is opened.
    const isRoot = threadId === event.event_id;
    const thread = isRoot ? undefined : await threads.threadOf(event.room_id, { relation: relationIn(openEvent(keys, event).content) });
    if (isRoot || threadId === (thread ?? "main")) return;
    // `@NOTSPEC` A redacted event is in no thread any more; but the client had it in one, and may be about to say that it was read.
    const root = event.redacted_by === null || threadId === "main" ? undefined : await events.findEvent(threadId);
    if (root?.room_id !== reader.room.roomId || !reader.sees(root.position))
      throw new MatrixError("M_INVALID_PARAM", "thread_id: the event is not in this thread.");
  }
  return {
    async send(actor, input) {
      const reader = await visibility.reader(actor.userId, input.roomId);
      if (reader.membership?.membership !== "join") throw new MatrixError("M_FORBIDDEN", "You are not in this room.");
      const event = await events.findEvent(input.eventId);
      if (event?.room_id !== input.roomId || !reader.sees(event.position))
        throw new MatrixError("M_NOT_FOUND", "There is no such event in this room.");
      await checkThread(reader, input.threadId, event);
      await lanes.run(`${input.roomId} ${actor.userId}`, () => write(actor, input, event.position));
    },
    async between(actor, roomId, after, until) {
      const rows = (await memory.of(roomId)).between(after, until);
      const told = rows.filter(({ type, user_id }) => type !== "m.read.private" || user_id === actor.userId);
      if (told.length === 0) return [];
      // What somebody read names an event: to who may not see that, it would tell that there is one, and when it was read.
      const reader = await visibility.findReader(actor.userId, roomId);
      return told.filter((row) => reader?.sees(row.event_position) === true).map(present);
    },
    marksOf: async (userId, roomId) => (await memory.of(roomId)).marksOf(userId),
  };
}

function oldestThread(
  rows: ReadonlyMap<string, ReceiptRow>,
  { user_id, type }: Pick<ReceiptRow, "user_id" | "type">,
): ReceiptRow | undefined {
  let oldest: ReceiptRow | undefined;
  let threads = 0;
  for (const row of rows.values()) {
    if (row.user_id !== user_id || row.type !== type || row.thread_id === "") continue;
    oldest ??= row;
    threads += 1;
  }
  return threads >= MOST_THREADS ? oldest : undefined;
}

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
