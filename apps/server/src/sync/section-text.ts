import type { FeedEvent, RoomSummary } from "#rooms";
import type { Pass } from "./pass.ts";
import { textOf, type Timeline } from "./timeline.ts";

/** `{…}` of the parts that are there. Answers are joined from texts: a stored event is never parsed again. */
export const section = (parts: readonly (string | undefined)[]): string => `{${parts.filter((part) => part !== undefined).join(",")}}`;

export const eventList = (text: string): string => `{"events":[${text}]}`;

/** The key is there even when the list is empty: by it the client knows which of the two kinds of state it got. */
export const stateText = (pass: Pass, events: readonly FeedEvent[]): string =>
  `"${pass.stateAfterKey ?? "state"}":${eventList(textOf(pass, events))}`;

export const timelineText = (pass: Pass, { text, before }: Timeline, limited: boolean): string =>
  `"timeline":{"events":[${text}],"limited":${limited},"prev_batch":"${pass.prevBatch(before)}"}`;

export const summaryText = ({ heroes, joined, invited }: RoomSummary): string =>
  `"summary":{"m.heroes":${JSON.stringify(heroes)},"m.joined_member_count":${joined},"m.invited_member_count":${invited}}`;
