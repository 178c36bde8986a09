import { findRoomVersion, type RoomVersion } from "@wardroom/matrix-core";
import { nextTurn } from "#kernel";
import type { Keys } from "#keys";
import { openEvent } from "./event-sealing.ts";
import type { EventRow, EventStore } from "./event-store.ts";
import { nobody, type Redaction, type Replaced, RoomEvent, type SentBy } from "./room-event.ts";

/** Turns stored rows into events, with what clients get beside them (`prev_content`, `redacted_because`). */
export interface EventLoader {
  /** What a filter may ask of a row: the content is opened when it is asked for. */
  outline(row: EventRow): Pick<RoomEvent, "type" | "sender" | "content">;
  open(row: EventRow, version: RoomVersion): Promise<RoomEvent>;
  /** State for a room's memory: without `prev_content`, which would open as many old events again; `readReplaced` adds it at need. */
  openState(rows: readonly EventRow[], version: RoomVersion): Promise<RoomEvent[]>;
  openAll(rows: readonly EventRow[], version: RoomVersion): Promise<RoomEvent[]>;
  /** What the event replaced, read; the event itself if nothing is missing. */
  readReplaced(event: RoomEvent): Promise<RoomEvent>;
}

/** A transaction id with the request that used it: the same id may serve another type or room. */
export function encodeTransaction(request: "send" | "redact", scope: string, transactionId: string): string {
  return JSON.stringify([request, scope, transactionId]);
}

function sentBy(row: EventRow): SentBy | undefined {
  if (row.device_id === null || row.txn === null) return undefined;
  const parts: unknown = JSON.parse(row.txn); // written by encodeTransaction only
  return { userId: row.sender, deviceId: row.device_id, transactionId: Array.isArray(parts) ? String(parts[2]) : "" };
}

const unread = ({ replaces }: EventRow): Replaced | undefined =>
  replaces === null ? undefined : { eventId: replaces, content: undefined, place: { position: 0 } };

/** About two milliseconds' worth: one person's long read must not keep everybody else waiting. */
const OPENED_AT_A_TIME = 50;

export function createEventLoader(events: EventStore, keys: Keys): EventLoader {
  async function replaced(eventId: string | null): Promise<Replaced | undefined> {
    if (eventId === null) return undefined;
    const before = await events.findEvent(eventId);
    return before === undefined
      ? undefined
      : { eventId: before.event_id, content: openEvent(keys, before).content, place: { position: before.position } };
  }
  async function redactionOf(row: EventRow, version: RoomVersion): Promise<Redaction | undefined> {
    if (row.redacted_by === null) return undefined;
    const redaction = await events.findEvent(row.redacted_by);
    if (redaction === undefined) return undefined;
    const event = new RoomEvent({ ...plain(redaction, version), replaced: undefined, redaction: undefined });
    return { eventId: event.eventId, place: event.parts.place, text: event.clientJson(nobody, "room") };
  }
  const plain = (row: EventRow, version: RoomVersion) => ({
    roomId: row.room_id,
    eventId: row.event_id,
    version,
    pdu: openEvent(keys, row),
    place: { position: row.position },
    sentBy: sentBy(row),
    size: row.kept.length + (row.removed?.length ?? 0),
  });
  const loader: EventLoader = {
    outline: (row) => ({
      type: row.type,
      sender: row.sender,
      get content() {
        return openEvent(keys, row).content;
      },
    }),
    async open(row, version) {
      return new RoomEvent({ ...plain(row, version), replaced: await replaced(row.replaces), redaction: await redactionOf(row, version) });
    },
    openState: (rows, version) =>
      inTurns(
        rows,
        async (row) => new RoomEvent({ ...plain(row, version), replaced: unread(row), redaction: await redactionOf(row, version) }),
      ),
    openAll: (rows, version) => inTurns(rows, (row) => loader.open(row, version)),
    async readReplaced(event) {
      const known = event.parts.replaced;
      if (known === undefined || known.content !== undefined) return event;
      return new RoomEvent({ ...event.parts, replaced: await replaced(known.eventId) });
    },
  };
  return loader;
}

export async function inTurns<T>(rows: readonly T[], open: (row: T) => Promise<RoomEvent>): Promise<RoomEvent[]> {
  const opened: RoomEvent[] = [];
  for (const row of rows) {
    opened.push(await open(row));
    if (opened.length % OPENED_AT_A_TIME === 0) await nextTurn();
  }
  return opened;
}

/** @throws Error for a version that this program does not know: then the store is from a newer one. */
export function versionOf(id: string): RoomVersion {
  const version = findRoomVersion(id);
  if (version === undefined) throw new Error(`the store holds a room of version ${id}, which this program does not know`);
  return version;
}
