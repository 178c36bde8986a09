import type { FeedEvent, TimelinePage } from "#rooms";
import type { Pass } from "./pass.ts";

export interface Timeline extends TimelinePage {
  /** The events' client forms, joined by commas. */
  readonly text: string;
}

export interface TimelineRange {
  readonly roomId: string;
  /** exclusive */
  readonly after: number;
  /** inclusive */
  readonly until: number;
}

/** The newest visible events of the range, as many as the filter allows. @param bundles with the aggregations of their children */
export async function readTimeline(pass: Pass, range: TimelineRange, bundles = true): Promise<Timeline> {
  const page = await readPage(pass, range);
  if (!bundles) return withText(pass, page);
  return withText(pass, { ...page, events: await pass.feed.bundle(pass.actor, range.roomId, page.events, range.until) });
}

/**
 * The same for a reader who was joined all the time: they all see the same events. State events are the exception: what
 * one replaced (`unsigned`) is shown to those only who could see it.
 */
export async function readSharedTimeline(pass: Pass, range: TimelineRange): Promise<Timeline> {
  const { filter, actor } = pass;
  const key = `${range.roomId} ${range.after} ${filter.id}`;
  const shared = pass.shared.get(range.until, key, () => readPage(pass, range));
  const page = await shared.page;
  if (page.events.some(({ stateKey }) => stateKey !== undefined)) return readTimeline(pass, range, page.limited);
  // Aggregations are of what one reader may see and has done. Where nothing was left out the client has the children itself.
  const events = page.limited ? await pass.feed.bundle(actor, range.roomId, page.events, range.until) : page.events;
  if (events !== page.events || events.some(({ sender }) => sender === actor.userId)) return withText(pass, { ...page, events });
  shared.text ??= textOf(pass, page.events);
  return { ...page, text: shared.text };
}

export const emptyTimeline = (before: number): Timeline => ({ events: [], limited: false, before, text: "" });

function withText(pass: Pass, page: TimelinePage): Timeline {
  return { ...page, text: textOf(pass, page.events) };
}

export function textOf(pass: Pass, events: readonly FeedEvent[]): string {
  return events.map((event) => event.clientJson(pass.actor, "sync")).join(",");
}

async function readPage(pass: Pass, { roomId, after, until }: TimelineRange): Promise<TimelinePage> {
  const { limit, matches, allowsRoom } = pass.filter.timeline;
  if (!allowsRoom(roomId)) return { events: [], limited: false, before: until };
  // Without a limit there is still one event to ask for: whether something was left out.
  const query = { after, until, limit: Math.max(1, limit), ...(matches === undefined ? {} : { matches }) };
  const page = await pass.feed.timeline(pass.actor, roomId, query);
  return limit > 0 ? page : { events: [], limited: page.events.length > 0, before: until };
}

/**
 * Where the reader was away, state may have changed unseen. Then the timeline must not run across the gap as if it were
 * contiguous: it begins at the return, and `state` carries what changed before.
 */
export async function cutAtGap(pass: Pass, roomId: string, timeline: Timeline, joinedFrom: number): Promise<Timeline> {
  const [first] = timeline.events;
  if (first === undefined || first.position >= joinedFrom || timeline.before >= joinedFrom - 1) return timeline;
  const changed = await pass.feed.stateBetween(pass.actor, roomId, timeline.before, joinedFrom - 1);
  const seen = new Set(timeline.events.map(({ eventId }) => eventId));
  const { matches } = pass.filter.timeline;
  if (!changed.some((event) => !seen.has(event.eventId) && (matches?.(event) ?? true))) return timeline;
  const events = timeline.events.filter(({ position }) => position >= joinedFrom);
  return { events, limited: true, before: joinedFrom - 1, text: textOf(pass, events) };
}
