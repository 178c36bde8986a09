import type { Actor } from "#kernel";
import { nextTurn } from "#kernel";
import type { SearchQuery } from "./search-contract.ts";
import type { EventRow } from "./event-store.ts";
import type { RoomEvent } from "./room-event.ts";
import type { RoomsContext } from "./rooms-context.ts";
import { rankOf, searchedTypes, textsOf, wordsOf } from "./search-text.ts";
import type { Reader } from "./visibility.ts";

export interface Hit {
  readonly event: RoomEvent;
  readonly reader: Reader;
  readonly rank: number;
}

export interface Walked {
  readonly hits: readonly Hit[];
  readonly next: number | undefined;
}

/** One room, and how far up its events have been looked at. */
interface Source {
  readonly roomId: string;
  /** Nothing above it is left. */
  until: number;
  reader: Reader | undefined;
  rows: EventRow[];
}

const PAGE = 50;
/**
 * What one request may spend, in rows read: about a tenth of a second. The next page goes on from there, so that nothing is
 * lost. Opening costs more than reading, and loading a room costs most.
 */
const BUDGET = 3000;
const OPENED = 2;
const LOADED = 20;
/** Folding and comparing cost by the length of the text: one of 64 KiB, full of ligatures, took 14 ms. */
const BYTES_FOR_ONE = 320;
/** About two milliseconds' worth: nobody's search must keep everybody else waiting. */
const SPENT_AT_A_TIME = 60;
const PASSED_AT_A_TIME = 20;

/** Looks at everybody's rooms at once in the order of the feed, newest first: a single position says where to go on. */
export function createSearchWalk(context: RoomsContext): (actor: Actor, query: SearchQuery) => Promise<Walked> {
  return async (actor, query) => {
    const words = wordsOf(query.term);
    if (words.length === 0 || query.limit <= 0) return { hits: [], next: undefined };
    const sources = await sourcesOf(context, actor, query);
    const types = new Set(query.keys.map((key) => searchedTypes[key]));
    const hits: Hit[] = [];
    let [spent, turned, passed] = [0, 0, 0];
    for (;;) {
      const source = sources.shift();
      if (source === undefined) return { hits, next: undefined };
      if (spent >= BUDGET || hits.length >= query.limit) return { hits, next: source.until > 0 ? source.until : undefined };
      const cost = await fill(context, actor, source);
      spent += cost;
      const row = source.rows[0];
      // Each was looked at, if only to see that there is nothing: that has its time, too.
      if (source.reader === undefined || row === undefined) {
        if ((passed += 1) % PASSED_AT_A_TIME === 0) await nextTurn();
        continue;
      }
      // The page may begin further down than thought: then it is another room's turn.
      if (cost === 0) {
        source.rows.shift();
        source.until = row.position - 1;
        const hit = types.has(row.type) ? await judge(context, { row, reader: source.reader, words, matches: query.matches }) : undefined;
        if (hit !== undefined) hits.push(hit);
        spent += OPENED + Math.ceil((row.kept.length + (row.removed?.length ?? 0)) / BYTES_FOR_ONE);
      }
      if (spent - turned >= SPENT_AT_A_TIME) {
        turned = spent;
        await nextTurn();
      }
      source.until = source.rows[0]?.position ?? source.until;
      putBack(sources, source);
    }
  };
}

async function sourcesOf({ memberships, activity }: RoomsContext, { userId }: Actor, { until, matchesRoom }: SearchQuery) {
  const own = [...(await memberships.of(userId)).values()].filter(({ roomId, forgotten }) => !forgotten && matchesRoom?.(roomId) !== false);
  return own
    .map(({ roomId }): Source => ({
      roomId,
      until: Math.min(activity.lastEvent(roomId), until ?? Number.MAX_SAFE_INTEGER),
      reader: undefined,
      rows: [],
    }))
    .sort((a, b) => b.until - a.until);
}

function putBack(sources: Source[], source: Source): void {
  const place = sources.findIndex(({ until }) => until <= source.until);
  sources.splice(place < 0 ? sources.length : place, 0, source);
}

/** Opens the room and reads its next page, where that is to be done. @returns what it cost; rows stay empty where nothing is left */
async function fill({ visibility, cache, events }: RoomsContext, { userId }: Actor, source: Source): Promise<number> {
  let cost = 0;
  if (source.reader === undefined) {
    if (cache.peek(source.roomId) === undefined) cost += LOADED;
    const reader = await visibility.findReader(userId, source.roomId);
    if (reader?.stateUntil === undefined || isEncrypted(reader)) return cost;
    source.reader = reader;
  }
  if (source.rows.length > 0) return cost;
  source.rows = await events.listSearchable(source.roomId, source.until, PAGE);
  return cost + 1 + source.rows.length;
}

/** What was said in clear before is left out as well: the specification leaves out the room. */
const isEncrypted = ({ room }: Reader): boolean => room.durable.state.get("m.room.encryption", "") !== undefined;

interface Judged {
  readonly row: EventRow;
  readonly reader: Reader;
  readonly words: readonly string[];
  readonly matches: SearchQuery["matches"];
}

async function judge({ loader }: RoomsContext, { row, reader, words, matches }: Judged): Promise<Hit | undefined> {
  if (!reader.sees(row.position)) return undefined;
  const outline = loader.outline(row);
  if (matches?.(outline) === false) return undefined;
  const rank = Math.max(0, ...textsOf(row.type, outline.content).map((text) => rankOf(text, words)));
  if (rank === 0) return undefined;
  const event = reader.show(await loader.open(row, reader.room.version));
  return event === undefined ? undefined : { event, reader, rank };
}
