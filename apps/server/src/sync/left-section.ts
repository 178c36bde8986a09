import type { FeedEvent } from "#rooms";
import type { Pass } from "./pass.ts";
import { composeState, readStateChange, type StateRange } from "./room-state.ts";
import { eventList, section, stateText, timelineText } from "./section-text.ts";
import type { LeaveVisit } from "./select-rooms.ts";
import { type Standing, wasJoinedSince } from "./standing.ts";
import { cutAtGap, emptyTimeline, readTimeline, textOf, type Timeline } from "./timeline.ts";

/**
 * The room of someone who left, was kicked or banned: up to that moment and no further, though they may no longer see
 * the room now. Who was not in it since the token learns of their own membership only.
 */
export async function leftSection(pass: Pass, visit: LeaveVisit, accountData: readonly string[]): Promise<string | undefined> {
  const { roomId, standing, forgotten } = visit;
  if (standing === undefined) return accountData.length === 0 ? undefined : dataSection(pass, accountData);
  const own = await pass.feed.membersAt(pass.actor, roomId, standing.position, [pass.actor.userId]);
  const wasJoined = !forgotten && wasJoinedSince(standing, pass.since);
  const whole = pass.initial || standing.before !== "join";
  const after = wasJoined && whole ? 0 : pass.since;
  const timeline = forgotten ? timelineOf(pass, own, standing.position) : await readLeftTimeline(pass, roomId, standing, after);
  const state = wasJoined ? await readLeftState(pass, { roomId, standing }, timeline, whole, after) : [];
  const told = withOwn(pass, roomId, state, own, timeline);
  // Of their own going they are told, whether or not they were ever in the room: that is no read of it.
  const isRead = [...told, ...timeline.events].some(({ eventId }) => !own.some((event) => event.eventId === eventId));
  if (isRead) await pass.feed.noteRead(pass.actor, roomId, "sync");
  return section([
    stateText(pass, told),
    timelineText(pass, timeline, timeline.limited || pass.afresh),
    `"account_data":${eventList(accountData.join(","))}`,
  ]);
}

/** A room left long ago, of which the person's own data changed on another device. */
function dataSection(pass: Pass, accountData: readonly string[]): string {
  return section([
    stateText(pass, []),
    timelineText(pass, emptyTimeline(pass.until), false),
    `"account_data":${eventList(accountData.join(","))}`,
  ]);
}

/**
 * `@NOTSPEC` The specification wants nothing of a forgotten room in any answer. But a room left and forgotten on one
 * device would then stay for ever on the others: they get the leave, once, and nothing else of the room.
 */
function timelineOf(pass: Pass, own: readonly FeedEvent[], position: number): Timeline {
  return { events: own, limited: false, before: position - 1, redacted: false, text: textOf(pass, own) };
}

async function readLeftTimeline(pass: Pass, roomId: string, standing: Standing, after: number): Promise<Timeline> {
  const timeline = await readTimeline(pass, { roomId, after, until: standing.position });
  const mayHaveGap = pass.stateAfterKey === undefined && standing.joinedFrom > after;
  return mayHaveGap ? cutAtGap(pass, roomId, timeline, standing.joinedFrom) : timeline;
}

async function readLeftState(
  pass: Pass,
  { roomId, standing }: { readonly roomId: string; readonly standing: Standing },
  timeline: Timeline,
  whole: boolean,
  after: number,
): Promise<readonly FeedEvent[]> {
  const until = standing.joinedTo ?? standing.position;
  const complete = pass.stateAfterKey === undefined && pass.filter.timeline.isComplete(roomId);
  const range: StateRange = { roomId, whole, after, until, timeline, complete };
  return composeState(pass, range, await readStateChange(pass, range), []);
}

/** Their own last membership is always told: a ban that follows a kick lies beyond the state that they may know. */
function withOwn(
  pass: Pass,
  roomId: string,
  state: readonly FeedEvent[],
  own: readonly FeedEvent[],
  timeline: Timeline,
): readonly FeedEvent[] {
  const { matches, allowsRoom } = pass.filter.state;
  const shown = (event: FeedEvent) => pass.stateAfterKey === undefined && timeline.events.some(({ eventId }) => eventId === event.eventId);
  const missing = own.find((event) => !shown(event) && (matches?.(event) ?? true));
  if (missing === undefined || !allowsRoom(roomId)) return state;
  return [...state.filter(({ type, stateKey }) => type !== missing.type || stateKey !== missing.stateKey), missing];
}
