import type { RoomEvent } from "./room-event.ts";

const counting = new Set(["m.room.message", "m.room.encrypted", "m.sticker", "m.poll.start", "m.call.invite"]);

/**
 * Message-like events that count as unread in their room. Edits do not: the default push rules suppress them. Nor do words in
 * threads, which are read thread by thread, and nor does what was redacted.
 */
export function countsAsUnread(event: RoomEvent): boolean {
  if (event.stateKey !== undefined || !counting.has(event.type) || event.parts.redaction !== undefined) return false;
  const relates = event.content["m.relates_to"];
  if (typeof relates !== "object" || relates === null || !("rel_type" in relates)) return true;
  return relates["rel_type"] !== "m.replace" && relates["rel_type"] !== "m.thread";
}

/** Intentional mentions: only what the sender meant counts, not what the words contain (v1.7). */
export function mentions(event: Pick<RoomEvent, "content">, userId: string): boolean {
  const named = event.content["m.mentions"];
  if (typeof named !== "object" || named === null || !("user_ids" in named)) return false;
  const ids: unknown = named["user_ids"];
  return Array.isArray(ids) && ids.includes(userId);
}
