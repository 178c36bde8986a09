import type { FeedEvent, RoomSummary } from "#rooms";
import type { Pass } from "./pass.ts";
import type { RoomUnread, Unread } from "./contract.ts";
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

/** With threads counted apart the room's count is of its main timeline; else it is of all. */
export function unreadText({ main, threads }: RoomUnread, threadsApart: boolean): string {
  if (threadsApart) {
    const each = [...threads].map(([root, count]) => `${JSON.stringify(root)}:${countText(count)}`);
    return `"unread_notifications":${countText(main)},"unread_thread_notifications":{${each.join(",")}}`;
  }
  const all = [main, ...threads.values()];
  const sum = (of: (count: Unread) => number) => all.reduce((total, count) => total + of(count), 0);
  const together = { notifications: sum(({ notifications }) => notifications), highlights: sum(({ highlights }) => highlights) };
  return `"unread_notifications":${countText(together)}`;
}

const countText = ({ notifications, highlights }: Unread): string =>
  `{"notification_count":${notifications},"highlight_count":${highlights}}`;
