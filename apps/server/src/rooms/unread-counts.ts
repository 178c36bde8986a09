import type { EventMatcher, RoomFeed } from "./contract.ts";
import { countsAsUnread } from "./counts-as-unread.ts";
import type { UnreadCount } from "./room.ts";
import type { RoomEvent } from "./room-event.ts";
import type { RoomsContext } from "./rooms-context.ts";
import type { Receipts } from "./send-receipt.ts";
import type { Reader } from "./visibility.ts";

const MOST_READERS = 10_000;
const MOST_HIGHLIGHTS = 100;

/**
 * Unread messages of others since the person's receipt or joining, and those among them that mention the person. A count
 * goes on from the last one, so that an unread backlog costs nothing per message.
 */
export function createUnreadCounts({ visibility, store, scanTimeline }: RoomsContext, receipts: Receipts): RoomFeed["unreadCounts"] {
  async function count(reader: Reader, after: number, until: number): Promise<UnreadCount> {
    const { room, userId } = reader;
    const { recent, recentFrom } = room.durable;
    if (after >= recentFrom) return { after, until, ...countIn(newest(recent, after, until), userId) };
    const notifications = await store.countFromOthers(room.roomId, userId, after, until);
    if (notifications === 0) return { after, until, notifications, highlights: 0 };
    const matches: EventMatcher = (event) => event.sender !== userId && mentions(event, userId);
    const { events } = await scanTimeline(reader, { direction: "b", after, until, limit: MOST_HIGHLIGHTS, matches });
    return { after, until, notifications, highlights: events.length };
  }
  return async (actor, roomId, until) => {
    const reader = await visibility.findReader(actor.userId, roomId);
    if (reader?.membership?.membership !== "join") return { notifications: 0, highlights: 0 };
    const rows = await visibility.membershipRows(reader.room, actor.userId);
    const before = rows.findLastIndex(({ membership }) => membership !== "join");
    const after = Math.max(await receipts.readUntil(actor.userId, roomId), rows[before + 1]?.position ?? 0);
    const { unread } = reader.room.durable;
    const known = unread.get(actor.userId);
    const goesOn = known !== undefined && known.after === after && known.until <= until;
    const more = await count(reader, goesOn ? known.until : after, until);
    const total = goesOn
      ? { ...more, after, notifications: known.notifications + more.notifications, highlights: known.highlights + more.highlights }
      : more;
    if (unread.size >= MOST_READERS) unread.clear();
    unread.set(actor.userId, total);
    return { notifications: total.notifications, highlights: total.highlights };
  };
}

/** `after < position ≤ until`; walks back from the newest, for what is asked for is mostly the last few. */
function newest(recent: readonly RoomEvent[], after: number, until: number): readonly RoomEvent[] {
  let start = recent.length;
  while (start > 0 && (recent[start - 1]?.position ?? 0) > after) start -= 1;
  return recent.slice(start).filter(({ position }) => position <= until);
}

function countIn(events: readonly RoomEvent[], userId: string): { readonly notifications: number; readonly highlights: number } {
  const unread = events.filter((event) => event.sender !== userId && countsAsUnread(event));
  return { notifications: unread.length, highlights: unread.filter((event) => mentions(event, userId)).length };
}

/** Intentional mentions: only what the sender meant counts, not what the words contain (v1.7). */
function mentions(event: Pick<RoomEvent, "content">, userId: string): boolean {
  const named = event.content["m.mentions"];
  if (typeof named !== "object" || named === null || !("user_ids" in named)) return false;
  const ids: unknown = named["user_ids"];
  return Array.isArray(ids) && ids.includes(userId);
}
