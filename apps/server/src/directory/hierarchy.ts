import { type Actor, MatrixError, nextTurn } from "#kernel";
import type { KnownRoom, KnownRooms, SpaceChild } from "#rooms";
import type { Directory, HierarchyPage, HierarchyQuery, HierarchyRoom } from "./contract.ts";
import { brokenToken, formatPageToken, parsePageToken } from "./page-token.ts";

const DEFAULT_PAGE = 50;
const MOST_ON_PAGE = 100;
const MOST_DEPTH = 20;
/** Rooms looked at for one answer, those that are left out included: loops and trees without end are cut here. */
const MOST_LOOKED_AT = 2000;
const AT_A_TIME = 50;
const SPACES_AT_A_TIME = 5;
/** On one page, over all its rooms. */
const MOST_CHILDREN = 2000;

interface Step {
  readonly roomId: string;
  readonly depth: number;
}

interface Walk {
  readonly find: (roomId: string) => Promise<KnownRoom | undefined>;
  readonly isSuggestedOnly: boolean;
  readonly maxDepth: number;
}

/**
 * `GET …/rooms/{roomId}/hierarchy`: depth first, each room once. A token holds only how many rooms were told: every page walks
 * from the root, so that what the person may know of is judged anew for each.
 */
export function createHierarchy(known: KnownRooms): Directory["getHierarchy"] {
  return async (actor, roomId, query) => {
    const maxDepth = Math.min(query.maxDepth ?? MOST_DEPTH, MOST_DEPTH);
    const told = toldBefore(query, maxDepth);
    const walk = { find: lookUp(known, actor), isSuggestedOnly: query.isSuggestedOnly, maxDepth };
    if ((await walk.find(roomId)) === undefined) throw new MatrixError("M_FORBIDDEN", "You may not see this room.");
    const { rooms, hasMore } = await readPage(walk, roomId, told, Math.min(query.limit ?? DEFAULT_PAGE, MOST_ON_PAGE));
    const token = { told: told + rooms.length, maxDepth, suggested: query.isSuggestedOnly };
    return { rooms, nextBatch: hasMore ? formatPageToken(token) : undefined };
  };
}

function toldBefore({ from, isSuggestedOnly }: HierarchyQuery, maxDepth: number): number {
  if (from === undefined) return 0;
  const token = parsePageToken(from);
  if (typeof token["told"] !== "number" || token["told"] < 1) throw brokenToken();
  if (token["maxDepth"] !== maxDepth || token["suggested"] !== isSuggestedOnly)
    throw new MatrixError("M_INVALID_PARAM", "suggested_only and max_depth cannot change between pages.");
  return token["told"];
}

/** Asks for each room once, and for a bounded number of them. */
function lookUp(known: KnownRooms, actor: Actor): Walk["find"] {
  const asked = new Map<string, KnownRoom | undefined>();
  return async (roomId) => {
    if (asked.has(roomId)) return asked.get(roomId);
    if (asked.size >= MOST_LOOKED_AT) return undefined;
    // Rooms in memory answer without a pause, and so would two thousand of them together.
    if (asked.size % AT_A_TIME === AT_A_TIME - 1) await nextTurn();
    const found = await known.find(actor, roomId);
    asked.set(roomId, found);
    return found;
  };
}

async function readPage(
  walk: Walk,
  root: string,
  told: number,
  limit: number,
): Promise<{ readonly rooms: HierarchyPage["rooms"]; readonly hasMore: boolean }> {
  const rooms: HierarchyRoom[] = [];
  const seen = new Set<string>();
  const ahead: Step[] = [{ roomId: root, depth: 0 }];
  let passed = 0;
  let children = 0;
  for (let step = ahead.pop(); step !== undefined; step = ahead.pop()) {
    const room = seen.has(step.roomId) ? undefined : await walk.find(step.roomId);
    seen.add(step.roomId);
    if (room === undefined) continue;
    const isToldBefore = (passed += 1) <= told;
    if (!isToldBefore && (rooms.length === limit || children > MOST_CHILDREN)) return { rooms, hasMore: true };
    // Those of a space are put in order for each page: a thousand take a millisecond.
    if (passed % SPACES_AT_A_TIME === 0) await nextTurn();
    const named = (await room.children()).filter(({ isSuggested }) => isSuggested || !walk.isSuggestedOnly);
    if (!isToldBefore) {
      const shown = await shownChildren(walk, room, named);
      children += shown.length;
      rooms.push({ facts: room.facts, children: shown });
    }
    if (step.depth < walk.maxDepth)
      for (const { roomId } of named.toReversed()) if (!seen.has(roomId)) ahead.push({ roomId, depth: step.depth + 1 });
  }
  return { rooms, hasMore: false };
}

/**
 * @NOTSPEC members of a space, and readers of a world-readable one, have its state and get all of it. Others get only children
 * that they may know of: the ids of private rooms are no stranger's business.
 */
async function shownChildren(
  { find }: Walk,
  { facts, membership }: KnownRoom,
  named: readonly SpaceChild[],
): Promise<readonly SpaceChild[]> {
  if (membership === "join" || facts.isWorldReadable) return named;
  const shown: SpaceChild[] = [];
  for (const child of named) if ((await find(child.roomId)) !== undefined) shown.push(child);
  return shown;
}
