import type { EventMatcher, RoomFeed } from "./contract.ts";
import { countsAsUnread, mentions } from "./counts-as-unread.ts";
import type { Room, UnreadCount } from "./room.ts";
import type { RoomEvent } from "./room-event.ts";
import type { RoomsContext } from "./rooms-context.ts";
import type { Receipts } from "./send-receipt.ts";
import type { Reader } from "./visibility.ts";

const MOST_READERS = 10_000;
const MOST_HIGHLIGHTS = 100;

interface Counted {
  readonly notifications: number;
  readonly highlights: number;
  /** The person sent something themselves: that marks all before it as read (Client-Server API, "Receiving notifications"). */
  readonly spoke: boolean;
}

/**
 * Unread messages of others since the person's receipt, own last word or joining, and those among them that mention the person.
 * A count goes on from the last one, so that an unread backlog costs nothing per message.
 */
export function createUnreadCounts(
  { visibility, events: stored, scanTimeline }: RoomsContext,
  receipts: Receipts,
): RoomFeed["unreadCounts"] {
  async function countStored(reader: Reader, from: number, until: number): Promise<Counted> {
    const { room, userId } = reader;
    const own = await stored.lastFrom(room.roomId, userId, from, until);
    const after = own ?? from;
    const notifications = await stored.countFromOthers(room.roomId, userId, after, until);
    const matches: EventMatcher = (event) => event.sender !== userId && mentions(event, userId);
    const { events } =
      notifications === 0 ? { events: [] } : await scanTimeline(reader, { direction: "b", after, until, limit: MOST_HIGHLIGHTS, matches });
    return { notifications, highlights: events.filter(countsAsUnread).length, spoke: own !== undefined };
  }
  /** Where the person has read until, as far as receipts and joining tell. */
  async function readUntil(room: Room, userId: string): Promise<number> {
    const rows = await visibility.membershipRows(room, userId);
    const outside = rows.findLastIndex(({ membership }) => membership !== "join");
    return Math.max(await receipts.readUntil(userId, room.roomId), rows[outside + 1]?.position ?? 0);
  }
  return async (actor, roomId, asked) => {
    const reader = await visibility.findReader(actor.userId, roomId);
    if (reader?.membership?.membership !== "join") return { notifications: 0, highlights: 0 };
    const { room, userId } = reader;
    const until = Math.min(asked, room.durable.position);
    const after = await readUntil(room, userId);
    const { unread } = room.durable;
    const known = unread.get(userId);
    const before: UnreadCount =
      known !== undefined && known.after === after && known.until <= until
        ? known
        : { after, until: after, notifications: 0, highlights: 0 };
    const isInMemory = before.until >= room.durable.recentFrom;
    const more = isInMemory ? countRecent(room, userId, before.until, until) : await countStored(reader, before.until, until);
    const rest = more.spoke ? { notifications: 0, highlights: 0 } : before;
    const total = { after, until, notifications: rest.notifications + more.notifications, highlights: rest.highlights + more.highlights };
    if (unread.size >= MOST_READERS) unread.clear();
    // Into the map that was there when counting began: a redaction meanwhile has put another in its place.
    unread.set(userId, total);
    return { notifications: total.notifications, highlights: total.highlights };
  };
}

/** Walks back from the newest, for what is asked for is mostly the last few. */
function countRecent({ durable }: Room, userId: string, after: number, until: number): Counted {
  let [notifications, highlights] = [0, 0];
  for (let index = durable.recent.length - 1; index >= 0; index -= 1) {
    const event: RoomEvent | undefined = durable.recent[index];
    if (event === undefined || event.position <= after) break;
    if (event.position > until) continue;
    if (event.sender === userId) return { notifications, highlights, spoke: true };
    if (!countsAsUnread(event)) continue;
    notifications += 1;
    if (mentions(event, userId)) highlights += 1;
  }
  return { notifications, highlights, spoke: false };
}
