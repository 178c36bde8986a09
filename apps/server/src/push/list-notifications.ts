import { type Actor, MatrixError } from "#kernel";
import type { FeedEvent, MemberView, RoomFeed } from "#rooms";
import type { CompiledRules, Outcome } from "./compile-rules.ts";
import type { Push } from "./contract.ts";
import { threadOf } from "./thread-of.ts";

export interface ListDeps {
  readonly feed: RoomFeed;
  readonly rulesOf: (userId: string) => Promise<CompiledRules>;
}

/** One joined room on the way back. */
interface Walk {
  readonly roomId: string;
  readonly view: MemberView;
  /** Newest last; taken from the end. */
  readonly page: FeedEvent[];
  /** Nothing newer than this is left. */
  reached: number;
  isDone: boolean;
}

const MOST_LIMIT = 100;
/** Of all rooms together in one request; the token leads on from there. */
const MOST_LOOKED_AT = 1000;
const PAGE = 20;

/**
 * What the person was or would have been notified of, found at the time of asking: by today's rules, in the rooms where they are,
 * since they joined, past the one visibility check.
 */
export function createListNotifications(deps: ListDeps): Push["listNotifications"] {
  return async (actor, query) => {
    const { rooms, ...page } = await listPage(deps, actor, query);
    for (const roomId of rooms) await deps.feed.noteRead(actor, roomId, "notifications");
    return page;
  };
}

type Query = Parameters<Push["listNotifications"]>[1];

/** `rooms`: from which something is on the page. */
async function listPage({ feed, rulesOf }: ListDeps, actor: Actor, { from, limit, onlyHighlights }: Query) {
  const rules = await rulesOf(actor.userId);
  const walks = await startWalks(feed, actor.userId, from === undefined ? Number.MAX_SAFE_INTEGER : positionIn(from));
  const found: string[] = [];
  const rooms = new Set<string>();
  const most = Math.min(Math.max(limit, 1), MOST_LIMIT);
  for (let looked = 0; looked < MOST_LOOKED_AT; looked += 1) {
    const next = await takeNewest(feed, actor, walks);
    if (next === undefined) return { rooms, notifications: found, next: undefined };
    const { walk, event } = next;
    const outcome = judged(rules, actor, event, walk.view);
    if (outcome !== undefined && (outcome.highlight || !onlyHighlights)) {
      found.push(textOf(actor, event, walk, outcome));
      rooms.add(walk.roomId);
    }
    if (found.length >= most) return { rooms, notifications: found, next: tokenOf(event.position - 1) };
  }
  const reached = newestOf(walks)?.reached;
  return { rooms, notifications: found, next: reached === undefined ? undefined : tokenOf(reached) };
}

async function startWalks(feed: RoomFeed, userId: string, until: number): Promise<Walk[]> {
  const walks: Walk[] = [];
  for (const { roomId, membership } of (await feed.membershipsOf(userId)).values()) {
    if (membership !== "join") continue;
    const view = await feed.memberView(userId, roomId);
    if (view === undefined) continue;
    walks.push({ roomId, view, page: [], reached: Math.min(until, view.position), isDone: false });
  }
  return walks;
}

/** The newest event that is left in any of the rooms. Only the room that may hold it is read. */
async function takeNewest(feed: RoomFeed, actor: Actor, walks: readonly Walk[]): Promise<{ walk: Walk; event: FeedEvent } | undefined> {
  for (;;) {
    const walk = newestOf(walks);
    if (walk === undefined) return undefined;
    const event = walk.page.at(-1);
    if (event?.position === walk.reached) {
      walk.page.pop();
      walk.reached -= 1;
      return { walk, event };
    }
    if (event !== undefined) walk.reached = event.position;
    else await readOn(feed, actor, walk);
  }
}

function newestOf(walks: readonly Walk[]): Walk | undefined {
  let newest: Walk | undefined;
  for (const walk of walks) {
    if (!walk.isDone && (newest === undefined || walk.reached > newest.reached)) newest = walk;
  }
  return newest;
}

async function readOn(feed: RoomFeed, actor: Actor, walk: Walk): Promise<void> {
  const { roomId, view, reached } = walk;
  const page = await feed.timeline(actor, roomId, { after: view.joinedFrom, until: reached, limit: PAGE });
  walk.page.push(...page.events);
  const newest = page.events.at(-1);
  if (newest !== undefined) walk.reached = newest.position;
  else if (page.limited && page.before < reached) walk.reached = page.before;
  else walk.isDone = true;
}

function judged(rules: CompiledRules, { userId }: Actor, event: FeedEvent, { facts }: MemberView): Outcome | undefined {
  const outcome = event.sender === userId || event.isRedacted ? undefined : rules.judge(event, facts);
  return outcome?.notify === true ? outcome : undefined;
}

function textOf(actor: Actor, event: FeedEvent, { roomId, view }: Walk, { actions }: Outcome): string {
  const { everywhere, threads } = view.marks;
  const read = event.position <= Math.max(everywhere, threads.get(threadOf(event, view.facts.findRecent)) ?? 0);
  const rest = JSON.stringify({ actions, read, room_id: roomId, ts: event.originServerTs });
  return `${rest.slice(0, -1)},"event":${event.clientJson(actor, "room")}}`;
}

const tokenOf = (position: number): string => `n${position.toString(36)}`;

function positionIn(token: string): number {
  const position = /^n[0-9a-z]{1,11}$/.test(token) ? Number.parseInt(token.slice(1), 36) : Number.NaN;
  if (!Number.isSafeInteger(position)) throw new MatrixError("M_INVALID_PARAM", "from: this is no token of this endpoint.");
  return position;
}
