import type { Sent } from "./gates.ts";
import { textAt } from "./json-reading.ts";
import { type Api, getMessages } from "./matrix-api.ts";
import { findMarker } from "./payload.ts";

export type HistoryLimits = {
  /** More messages than this, and the room is not the one that was filled. */
  messages: number;
  deadlineMs: number;
};

/** Pages a room back to its first event; gives this bench's messages, oldest first. Throws if it does not end within the limits. */
export async function readHistory(api: Api, roomId: string, token: string, limits: HistoryLimits): Promise<Sent[]> {
  const began = performance.now();
  const found: Sent[] = [];
  // Servers choose their own page size; five a page is less than any gives.
  const maxPages = 100 + Math.ceil(limits.messages / 5);
  let from: string | undefined;
  for (let page = 0; page < maxPages; page += 1) {
    const { events, end } = await getMessages(api, roomId, token, from);
    for (const event of events) {
      const marker = findMarker(event);
      if (marker !== undefined) found.push({ eventId: textAt(event, "event_id") ?? "", marker });
    }
    if (found.length > limits.messages) throw new Error(`the room holds more than the ${limits.messages} messages sent`);
    const isWhole = end === undefined || end === from || events.some((event) => textAt(event, "type") === "m.room.create");
    if (isWhole) return found.toReversed();
    if (performance.now() - began > limits.deadlineMs) throw new Error("reading the room back took too long");
    from = end;
  }
  throw new Error("the room's history does not end");
}
