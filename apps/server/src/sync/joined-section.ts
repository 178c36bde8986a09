import { readEphemeral } from "./ephemeral.ts";
import type { Pass } from "./pass.ts";
import { composeState, readStateChange, type StateRange, tellsOfMembers } from "./room-state.ts";
import { eventList, section, stateText, summaryText, timelineText, unreadText } from "./section-text.ts";
import type { JoinVisit } from "./select-rooms.ts";
import { cutAtGap, emptyTimeline, readSharedTimeline, readTimeline, type Timeline } from "./timeline.ts";

/** A joined room's part of the answer; undefined if there is nothing to say. */
export async function joinedSection(pass: Pass, visit: JoinVisit, accountData: readonly string[]): Promise<string | undefined> {
  const { feed, actor, until } = pass;
  const { roomId, fresh } = visit;
  const whole = fresh || pass.fullState;
  const after = fresh ? 0 : pass.since;
  const hasEvents = whole || feed.lastEventPosition(roomId) > after;
  const events = hasEvents ? await readEvents(pass, visit, whole, after) : noEvents(until);
  const ephemeral = await readEphemeral(pass, roomId, after, fresh);
  const limited = events.timeline.limited || pass.afresh || visit.returned;
  const lists = [events.timeline.events, events.state, ephemeral.events, accountData];
  const isNews = whole || limited || events.summary !== undefined || ephemeral.ownReceipt || lists.some(({ length }) => length > 0);
  // A filter may hide that something was redacted, but what is unread has changed by it.
  if (!isNews && !events.timeline.redacted) return undefined;
  const isRead = events.summary !== undefined || events.state.length > 0 || events.timeline.events.length > 0;
  const noted = isRead ? feed.noteRead(actor, roomId, "sync") : undefined;
  if (noted !== undefined) await noted;
  const counts = hasEvents || ephemeral.ownReceipt ? await pass.unread(actor, roomId, until) : undefined;
  return section([
    events.summary && summaryText(events.summary),
    stateText(pass, events.state),
    timelineText(pass, events.timeline, limited),
    `"ephemeral":${eventList(ephemeral.events.join(","))}`,
    `"account_data":${eventList(accountData.join(","))}`,
    counts && unreadText(counts, pass.filter.threadsApart),
  ]);
}

const noEvents = (until: number) => ({ timeline: emptyTimeline(until), state: [], summary: undefined });

async function readEvents(pass: Pass, visit: JoinVisit, whole: boolean, after: number) {
  const { roomId, fresh, joinedFrom } = visit;
  const { feed, actor, until, filter, stateAfterKey } = pass;
  const throughout = !fresh && joinedFrom <= after;
  const timeline = await readJoinedTimeline(pass, visit, { roomId, after, until }, throughout);
  // In the first spelling a gap is cut out of the timeline, so that what is left of it is complete.
  const complete = filter.timeline.isComplete(roomId) && (throughout || stateAfterKey === undefined);
  const range: StateRange = { roomId, whole, after, until, timeline, complete };
  const change = await readStateChange(pass, range);
  const summary = whole || tellsOfMembers(change, timeline) ? await feed.summaryAt(roomId, actor.userId, until) : undefined;
  return { timeline, summary, state: await composeState(pass, range, change, summary?.heroes ?? []) };
}

async function readJoinedTimeline(
  pass: Pass,
  { roomId, joinedFrom }: JoinVisit,
  range: { readonly roomId: string; readonly after: number; readonly until: number },
  throughout: boolean,
): Promise<Timeline> {
  if (throughout) return readSharedTimeline(pass, range);
  const timeline = await readTimeline(pass, range);
  return pass.stateAfterKey === undefined ? cutAtGap(pass, roomId, timeline, joinedFrom) : timeline;
}
