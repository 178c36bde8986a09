import { nextTurn } from "#kernel";
import type { EventMatcher } from "./contract.ts";
import type { EventRow, EventStore } from "./event-store.ts";
import type { EventLoader } from "./load-events.ts";
import { bytesOf, type Room } from "./room.ts";
import { RoomEvent } from "./room-event.ts";
import type { Reader } from "./visibility.ts";

interface Scan {
  readonly direction: "b" | "f";
  /** exclusive */
  readonly after: number;
  /** inclusive */
  readonly until: number;
  readonly limit: number;
  readonly matches?: EventMatcher | undefined;
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
const MOST_LOOKED_AT = 2000;
/** A page of large events ends early; the reader asks for the next. */
const MOST_BYTES = 1024 * 1024;

export function createScanTimeline(stored: EventStore, loader: EventLoader): ScanTimeline {
  return async (reader, scan) => {
    const { room } = reader;
    const found = createFound(scan.limit);
    const isBackwards = scan.direction === "b";
    let range = { isBackwards, after: scan.after, until: Math.min(scan.until, room.durable.position) };
    for (let looked = 0; range.after < range.until;) {
      if (looked >= MOST_LOOKED_AT) return { events: found.events, isWhole: false, reached: isBackwards ? range.until : range.after };
      const page = await readPage(stored, room, range, scan.matches === undefined ? scan.limit + 1 : PAGE);
      if (await takePage(loader, reader, scan, page, found)) {
        return {
          events: found.events,
          isWhole: false,
          reached: edge(found.events, isBackwards) ?? (isBackwards ? scan.until : scan.after),
        };
      }
      looked += page.items.length;
      range = isBackwards ? { ...range, until: page.reached } : { ...range, after: page.reached };
      if (page.isStored) await nextTurn();
    }
    return { events: found.events, isWhole: true, reached: isBackwards ? scan.after : range.until };
  };
}

interface Found {
  readonly events: readonly RoomEvent[];
  readonly add: (event: RoomEvent) => void;
  readonly isFull: () => boolean;
}

function createFound(limit: number): Found {
  const events: RoomEvent[] = [];
  let bytes = 0;
  return {
    events,
    add(event) {
      events.push(event);
      bytes += event.parts.size;
    },
    isFull: () => events.length >= limit || bytes > MOST_BYTES,
  };
}

/**
 * Adds what the reader may see and the filter takes. Rows are judged by what stands in clear and opened last: opening costs
 * a hundred times as much. True if there was no room for one more.
 */
async function takePage(loader: EventLoader, reader: Reader, scan: Scan, page: Page, found: Found): Promise<boolean> {
  const opened: RoomEvent[] = [];
  for (const item of page.items) {
    if (!reader.sees(item.position)) continue;
    if (scan.matches?.(item instanceof RoomEvent ? item : loader.outline(item)) === false) continue;
    if (found.isFull()) return true;
    const event = item instanceof RoomEvent ? item : await loader.open(item, reader.room.version);
    opened.push(event);
    found.add(reader.showState(event));
  }
  if (page.isStored && scan.direction === "b" && opened.length === page.items.length) remember(reader.room, opened, page);
  return false;
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
  readonly items: readonly (RoomEvent | EventRow)[];
  readonly range: Range;
  /** The range up to here is done: a new `until` backwards, a new `after` forwards. */
  readonly reached: number;
  readonly isStored: boolean;
  /** Where memory began when the rows were read. */
  readonly recentFrom: number;
}

async function readPage(stored: EventStore, room: Room, range: Range, wanted: number): Promise<Page> {
  const { recentFrom } = room.durable;
  if (range.after >= recentFrom || (range.isBackwards && range.until > recentFrom)) return fromMemory(room, range);
  const limit = Math.min(PAGE, Math.max(wanted, 10));
  const query = { room_id: room.roomId, after: range.after, until: range.until, limit };
  const items = range.isBackwards ? await stored.listBackwards(query) : await stored.listForwards(query);
  const last = items.length < limit ? undefined : items.at(-1);
  const end = range.isBackwards ? range.after : range.until;
  const reached = last === undefined ? end : last.position - (range.isBackwards ? 1 : 0);
  return { items, range, reached, isStored: true, recentFrom };
}

function fromMemory(room: Room, range: Range): Page {
  const { isBackwards, after, until } = range;
  const { recent, recentFrom } = room.durable;
  const events = recent.slice(firstAfter(recent, after), firstAfter(recent, until));
  if (!isBackwards) return { items: events, range, reached: until, isStored: false, recentFrom };
  return { items: events.toReversed(), range, reached: Math.max(after, recentFrom), isStored: false, recentFrom };
}

/** Index of the first event behind the position. */
export function firstAfter(events: readonly RoomEvent[], position: number): number {
  let [low, high] = [0, events.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((events[middle]?.position ?? 0) > position) high = middle;
    else low = middle + 1;
  }
  return low;
}

const MOST_REMEMBERED = 100;

/** Keeps a page that joins the events in memory, so that the next reader needs no row. */
function remember(room: Room, newestFirst: readonly RoomEvent[], { range, reached, recentFrom }: Page): void {
  const { durable } = room;
  if (range.until < recentFrom || durable.recentFrom !== recentFrom || durable.recent.length + newestFirst.length > MOST_REMEMBERED) return;
  durable.recent.unshift(...newestFirst.toReversed());
  durable.recentBytes += bytesOf(newestFirst);
  durable.recentFrom = reached;
}
