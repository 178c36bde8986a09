import type { EventStore } from "./event-store.ts";
import type { EventLoader } from "./load-events.ts";
import type { Room } from "./room.ts";
import type { RoomEvent } from "./room-event.ts";
import type { Reader } from "./visibility.ts";

interface Scan {
  readonly direction: "b" | "f";
  /** exclusive */
  readonly after: number;
  /** inclusive */
  readonly until: number;
  readonly limit: number;
  readonly matches?: ((event: RoomEvent) => boolean) | undefined;
}

interface Scanned {
  /** In the order of the direction, only what the reader may see. */
  readonly events: readonly RoomEvent[];
  /** False if the scan stopped before the end of its range. */
  readonly isWhole: boolean;
  /** How far it looked: everything in range on this side of it was seen. */
  readonly reached: number;
}

/** Walks a room's events past the reader's visibility. */
export type ScanTimeline = (reader: Reader, scan: Scan) => Promise<Scanned>;

const PAGE = 60;
/** A filter that matches nothing must not make one request read a whole room. */
const MOST_LOOKED_AT = 5000;

export function createScanTimeline(store: EventStore, loader: EventLoader): ScanTimeline {
  return async (reader, scan) => {
    const { room } = reader;
    const isBackwards = scan.direction === "b";
    const found: RoomEvent[] = [];
    let range = { isBackwards, after: scan.after, until: Math.min(scan.until, room.durable.position) };
    for (let looked = 0; range.after < range.until;) {
      if (looked >= MOST_LOOKED_AT) return { events: found, isWhole: false, reached: isBackwards ? range.until : range.after };
      const page = await readPage(store, loader, room, range);
      for (const event of page.events) {
        const shown = reader.show(event);
        if (shown === undefined || scan.matches?.(shown) === false) continue;
        if (found.length >= scan.limit)
          return { events: found, isWhole: false, reached: edge(found, isBackwards) ?? (isBackwards ? scan.until : scan.after) };
        found.push(shown);
      }
      looked += page.events.length;
      range = isBackwards ? { ...range, until: page.reached } : { ...range, after: page.reached };
    }
    return { events: found, isWhole: true, reached: isBackwards ? scan.after : range.until };
  };
}

function edge(found: readonly RoomEvent[], isBackwards: boolean): number | undefined {
  const last = found.at(-1);
  return last === undefined ? undefined : last.position - (isBackwards ? 1 : 0);
}

interface Range {
  readonly isBackwards: boolean;
  readonly after: number;
  readonly until: number;
}

interface Page {
  readonly events: readonly RoomEvent[];
  /** The range up to here is done: a new `until` backwards, a new `after` forwards. */
  readonly reached: number;
}

async function readPage(store: EventStore, loader: EventLoader, room: Room, range: Range): Promise<Page> {
  const { durable } = room;
  if (range.after >= durable.recentFrom || (range.isBackwards && range.until > durable.recentFrom)) return fromMemory(room, range);
  const query = { room_id: room.roomId, after: range.after, until: range.until, limit: PAGE };
  const rows = range.isBackwards ? await store.listBackwards(query) : await store.listForwards(query);
  const wasFrom = durable.recentFrom;
  const events = await loader.openAll(rows, room.version);
  const last = events.at(-1);
  if (last === undefined || rows.length < PAGE) {
    if (range.isBackwards) remember(room, wasFrom, events, range);
    return { events, reached: range.isBackwards ? range.after : range.until };
  }
  if (range.isBackwards) remember(room, wasFrom, events, { ...range, after: last.position - 1 });
  return { events, reached: range.isBackwards ? last.position - 1 : last.position };
}

function fromMemory(room: Room, { isBackwards, after, until }: Range): Page {
  const { recent, recentFrom } = room.durable;
  const events = recent.slice(firstAfter(recent, after), firstAfter(recent, until));
  if (!isBackwards) return { events, reached: until };
  return { events: events.toReversed(), reached: Math.max(after, recentFrom) };
}

/** Index of the first event behind the position. */
function firstAfter(events: readonly RoomEvent[], position: number): number {
  let [low, high] = [0, events.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((events[middle]?.position ?? 0) > position) high = middle;
    else low = middle + 1;
  }
  return low;
}

const MOST_REMEMBERED = 100;

/** Keeps a page that joins the events in memory, so that the next reader needs no row. `wasFrom`: where memory began when the rows were read. */
function remember(room: Room, wasFrom: number, newestFirst: readonly RoomEvent[], { after, until }: Range): void {
  const { durable } = room;
  if (until < wasFrom || durable.recentFrom !== wasFrom || durable.recent.length + newestFirst.length > MOST_REMEMBERED) return;
  durable.recent.unshift(...newestFirst.toReversed());
  durable.recentFrom = after;
}
