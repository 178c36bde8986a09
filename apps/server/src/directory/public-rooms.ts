import { foldText, foldWords, nextTurn } from "#kernel";
import type { KnownRooms, RoomFacts } from "#rooms";
import type { Directory, PublicRoomsQuery } from "./contract.ts";
import { brokenToken, formatPageToken, parsePageToken } from "./page-token.ts";

interface Entry {
  readonly facts: RoomFacts;
  /** What is searched, folded. */
  readonly text: string;
}

const DEFAULT_PAGE = 50;
const MOST_ON_PAGE = 100;
const AT_A_TIME = 50;

/** The published rooms. What changed since the last question is read anew at the next one, and nothing else. */
export function createPublicRooms(known: KnownRooms): Directory["listPublicRooms"] {
  const list = createSortedRooms(known);
  return async (query) => {
    const matching = (await list()).filter(matcherOf(query));
    const { start, end } = pageOf(matching, query);
    const chunk = matching.slice(start, end).map(({ facts }) => facts);
    const [first, last] = [chunk[0], chunk.at(-1)];
    return {
      chunk,
      nextBatch: last !== undefined && end < matching.length ? tokenOf("after", last) : undefined,
      previousBatch: first !== undefined && start > 0 ? tokenOf("before", first) : undefined,
      total: matching.length,
    };
  };
}

function createSortedRooms(known: KnownRooms): () => Promise<readonly Entry[]> {
  const entries = new Map<string, Entry>();
  const stale = new Set(known.published());
  let sorted: readonly Entry[] | undefined;
  let running: Promise<void> = Promise.resolve();
  known.onChange((roomId) => {
    if (entries.has(roomId) || known.published().has(roomId)) stale.add(roomId);
  });
  const refresh = async (): Promise<void> => {
    let read = 0;
    // What becomes stale meanwhile is for the next question: a busy room must not keep this one waiting.
    const asked = Array.from(stale);
    for (const roomId of asked) {
      // First taken out, then read: a change in between puts it back.
      stale.delete(roomId);
      const facts = await known.findPublished(roomId).catch((error: unknown) => {
        stale.add(roomId);
        throw error;
      });
      // A room that everybody has left is nothing to find.
      if (facts === undefined || facts.joined === 0 || !known.published().has(roomId)) entries.delete(roomId);
      else entries.set(roomId, { facts, text: foldText([facts.name, facts.topic, facts.canonicalAlias].join("\n")) });
      sorted = undefined;
      if ((read += 1) % AT_A_TIME === 0) await nextTurn();
    }
  };
  return async () => {
    running = running.then(refresh, refresh);
    await running;
    sorted ??= [...entries.values()].sort(({ facts: one }, { facts: other }) => compare(one, other));
    return sorted;
  };
}

type Place = Pick<RoomFacts, "joined" | "roomId">;

/** Largest first; the id makes the order whole, so that a place in it can be found again. */
function compare(one: Place, other: Place): number {
  return other.joined - one.joined || (one.roomId < other.roomId ? -1 : one.roomId > other.roomId ? 1 : 0);
}

function matcherOf({ term, roomTypes }: PublicRoomsQuery): (entry: Entry) => boolean {
  const words = foldWords(term ?? "");
  const types = roomTypes === undefined ? undefined : new Set(roomTypes);
  return ({ facts, text }) => (types === undefined || types.has(facts.roomType ?? null)) && words.every((word) => text.includes(word));
}

const tokenOf = (side: "after" | "before", { joined, roomId }: RoomFacts): string => formatPageToken({ side, joined, roomId });

/** A token names the room at the edge of the page, so that rooms that come and go shift nothing. */
function pageOf(entries: readonly Entry[], { since, limit = 0 }: PublicRoomsQuery): { readonly start: number; readonly end: number } {
  const size = Math.min(limit <= 0 ? DEFAULT_PAGE : limit, MOST_ON_PAGE);
  if (since === undefined) return { start: 0, end: Math.min(size, entries.length) };
  const { side, joined, roomId } = parsePageToken(since);
  if (typeof joined !== "number" || typeof roomId !== "string" || (side !== "after" && side !== "before")) throw brokenToken();
  const edge = { joined, roomId };
  const found = entries.findIndex(({ facts }) => (side === "after" ? compare(facts, edge) > 0 : compare(facts, edge) >= 0));
  const at = found < 0 ? entries.length : found;
  return side === "after" ? { start: at, end: Math.min(at + size, entries.length) } : { start: Math.max(0, at - size), end: at };
}
