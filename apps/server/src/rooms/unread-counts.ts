import type { Actor } from "#kernel";
import type { RoomFeed } from "./contract.ts";
import { countsAsUnread } from "./counts-as-unread.ts";
import type { RoomEvent } from "./room-event.ts";
import type { RoomsContext } from "./rooms-context.ts";
import type { Receipts } from "./send-receipt.ts";

/** Unread messages of others since the person's receipt or joining, and those among them that mention the person. */
export function createUnreadCounts({ visibility, store, scanTimeline }: RoomsContext, receipts: Receipts): RoomFeed["unreadCounts"] {
  async function readUntil(actor: Actor, roomId: string): Promise<number> {
    const rows = await receipts.of(roomId);
    return rows.reduce(
      (position, row) =>
        row.user_id === actor.userId && (row.thread_id === "" || row.thread_id === "main")
          ? Math.max(position, row.event_position)
          : position,
      0,
    );
  }
  return async (actor, roomId, until) => {
    const reader = await visibility.findReader(actor.userId, roomId);
    if (reader?.membership?.membership !== "join") return { notifications: 0, highlights: 0 };
    const rows = await visibility.membershipRows(reader.room, actor.userId);
    const before = rows.findLastIndex(({ membership }) => membership !== "join");
    const after = Math.max(await readUntil(actor, roomId), rows[before + 1]?.position ?? 0);
    const { recent, recentFrom } = reader.room.durable;
    if (after >= recentFrom) {
      const unread = recent.filter(
        (event) => event.position > after && event.position <= until && event.sender !== actor.userId && countsAsUnread(event),
      );
      return { notifications: unread.length, highlights: unread.filter((event) => mentions(event, actor.userId)).length };
    }
    const notifications = await store.countFromOthers(roomId, actor.userId, after, until);
    if (notifications === 0) return { notifications, highlights: 0 };
    const matches = (event: RoomEvent) => event.sender !== actor.userId && mentions(event, actor.userId);
    const { events } = await scanTimeline(reader, { direction: "b", after, until, limit: 100, matches });
    return { notifications, highlights: events.length };
  };
}

/** Intentional mentions: only what the sender meant counts, not what the words contain (v1.7). */
function mentions(event: RoomEvent, userId: string): boolean {
  const named = event.content["m.mentions"];
  if (typeof named !== "object" || named === null || !("user_ids" in named)) return false;
  const ids: unknown = named["user_ids"];
  return Array.isArray(ids) && ids.includes(userId);
}
