import type { RoomEvent } from "./room-event.ts";

const counting = new Set(["m.room.message", "m.room.encrypted", "m.sticker", "m.poll.start", "m.call.invite"]);

/** Message-like events that count as unread. Edits do not: the default push rules suppress them. */
export function countsAsUnread(event: RoomEvent): boolean {
  if (event.stateKey !== undefined || !counting.has(event.type)) return false;
  const relates = event.content["m.relates_to"];
  return !(typeof relates === "object" && relates !== null && "rel_type" in relates && relates["rel_type"] === "m.replace");
}
