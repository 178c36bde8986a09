import type { FeedEvent } from "#rooms";
import type { Pass } from "./pass.ts";
import type { Timeline } from "./timeline.ts";

export interface StateRange {
  readonly roomId: string;
  /** The client has nothing: all state, not what changed. */
  readonly whole: boolean;
  /** The client's state is as of here; exclusive. */
  readonly after: number;
  /** Last position whose state the reader may know; inclusive. */
  readonly until: number;
  readonly timeline: Timeline;
  /** Every state event after the timeline's start is in it: no filter and no gap took one out. */
  readonly complete: boolean;
}

/** State at the start and at the end of the timeline, each as far as the answer needs it. */
export interface StateChange {
  readonly atStart: readonly FeedEvent[];
  readonly atEnd: readonly FeedEvent[];
}

const isMember = ({ type, stateKey }: FeedEvent) => type === "m.room.member" && stateKey !== undefined;

const unchanged: StateChange = { atStart: [], atEnd: [] };

export async function readStateChange(pass: Pass, range: StateRange): Promise<StateChange> {
  const { feed, actor } = pass;
  const { roomId, whole, after, until, timeline, complete } = range;
  // The usual case: the timeline holds all that changed since the client's token.
  if (pass.stateAfterKey === undefined && complete && !whole && !timeline.limited) return unchanged;
  const start = startOf(range);
  const options = { withoutMembers: pass.filter.state.lazy };
  const atEnd = async () => {
    if (pass.stateAfterKey === undefined && complete) return [];
    if (whole) return feed.stateAt(actor, roomId, until, options);
    return complete && !timeline.limited ? newestPerKey(timeline.events) : feed.stateBetween(actor, roomId, after, until);
  };
  const atStart = async () => {
    if (pass.stateAfterKey !== undefined) return [];
    if (whole) return start === 0 ? [] : feed.stateAt(actor, roomId, start, options);
    return timeline.limited && start > after ? feed.stateBetween(actor, roomId, after, start) : [];
  };
  const [first, last] = await Promise.all([atStart(), atEnd()]);
  return { atStart: first, atEnd: last };
}

export function tellsOfMembers(change: StateChange, timeline: Timeline): boolean {
  return timeline.events.some(isMember) || change.atStart.some(isMember) || change.atEnd.some(isMember);
}

/**
 * What goes into `state` or `state_after`. Never an event of the timeline in `state`; and nothing is lost that a filter
 * or a gap took out of the timeline.
 */
export async function composeState(
  pass: Pass,
  range: StateRange,
  change: StateChange,
  heroes: readonly string[],
): Promise<readonly FeedEvent[]> {
  const { lazy, matches, allowsRoom } = pass.filter.state;
  const members = lazy ? await readMembers(pass, range, change, heroes) : { atStart: [], atEnd: [] };
  const keep = (event: FeedEvent) => !lazy || !range.whole || !isMember(event);
  const atStart = byKey([...change.atStart.filter(keep), ...members.atStart]);
  const atEnd = byKey([...change.atEnd.filter(keep), ...members.atEnd]);
  const events = pass.stateAfterKey === undefined ? merge(atStart, atEnd, range.timeline) : [...atEnd.values()];
  if (lazy) noteMembers(pass, range, events);
  if (!allowsRoom(range.roomId)) return [];
  return matches === undefined ? events : events.filter(matches);
}

/** Members that lazy loading wants beside those which changed. */
async function readMembers(pass: Pass, range: StateRange, change: StateChange, heroes: readonly string[]): Promise<StateChange> {
  const wanted = wantedMembers(pass, range, change, heroes);
  if (wanted.length === 0) return unchanged;
  const read = (position: number) => pass.feed.membersAt(pass.actor, range.roomId, position, wanted);
  const needsStart = pass.stateAfterKey === undefined && startOf(range) > 0;
  const needsEnd = pass.stateAfterKey !== undefined || !range.complete;
  const [atStart, atEnd] = await Promise.all([needsStart ? read(startOf(range)) : [], needsEnd ? read(range.until) : []]);
  return { atStart, atEnd };
}

function wantedMembers(pass: Pass, range: StateRange, change: StateChange, heroes: readonly string[]): readonly string[] {
  const { roomId, whole, timeline } = range;
  const wanted = new Set(heroes);
  const introduces = whole && pass.stateAfterKey !== undefined;
  for (const event of timeline.events) {
    wanted.add(event.sender);
    // With state-after the client takes no state from the timeline, so that whom it introduces must be named here.
    if (introduces && event.stateKey !== undefined && isMember(event)) wanted.add(event.stateKey);
  }
  if (whole) {
    wanted.add(pass.actor.userId);
    return [...wanted];
  }
  const delta = pass.stateAfterKey === undefined ? change.atStart : change.atEnd;
  for (const event of delta) if (event.stateKey !== undefined && isMember(event)) wanted.delete(event.stateKey);
  return pass.filter.state.redundant ? [...wanted] : [...wanted].filter((userId) => !pass.members.knows(roomId, userId));
}

function noteMembers(pass: Pass, { roomId, whole, timeline }: StateRange, events: readonly FeedEvent[]): void {
  if (whole) pass.members.forgetRoom(roomId);
  const sent: string[] = [];
  for (const event of [...events, ...timeline.events]) if (event.stateKey !== undefined && isMember(event)) sent.push(event.stateKey);
  if (sent.length > 0) pass.members.note(roomId, sent, pass.until);
}

/** The timeline may run on beyond what the reader was joined for (a ban after a kick). */
const startOf = ({ timeline, until }: StateRange) => Math.min(timeline.before, until);

const keyOf = ({ type, stateKey }: FeedEvent) => JSON.stringify([type, stateKey]);

function byKey(events: readonly FeedEvent[]): ReadonlyMap<string, FeedEvent> {
  return new Map(events.map((event) => [keyOf(event), event]));
}

/** The client applies this, then the timeline: it must arrive at the state of the end. */
function merge(atStart: ReadonlyMap<string, FeedEvent>, atEnd: ReadonlyMap<string, FeedEvent>, timeline: Timeline): readonly FeedEvent[] {
  if (atEnd.size === 0) return [...atStart.values()];
  const result = new Map(atStart);
  const shown = new Set(timeline.events.map(({ eventId }) => eventId));
  for (const [key, event] of atEnd) if (!shown.has(event.eventId)) result.set(key, event);
  return [...result.values()];
}

function newestPerKey(events: readonly FeedEvent[]): readonly FeedEvent[] {
  return [...byKey(events.filter(({ stateKey }) => stateKey !== undefined)).values()];
}
