import { type Actor, dropOldest } from "#kernel";
import type { RoomFeed } from "#rooms";
import type { CompiledRules } from "./compile-rules.ts";
import type { Push } from "./contract.ts";

/** Unread messages of a person in all their rooms, which is what a phone shows on the app's icon. */
export type CountBadge = (userId: string) => Promise<number>;

interface RoomCount {
  readonly event: number;
  readonly receipt: number;
  readonly count: number;
}

interface Badge {
  readonly rules: CompiledRules;
  readonly rooms: Map<string, RoomCount>;
}

/** The rooms in which something happened last; the others count nothing. */
const MOST_ROOMS = 300;
const MOST_PEOPLE = 5000;

/** Rooms in which nothing moved since the last time are passed over: two look-ups in memory for each. */
export function createCountBadge(feed: RoomFeed, rulesOf: (userId: string) => Promise<CompiledRules>, unread: Push["unread"]): CountBadge {
  const badges = new Map<string, Badge>();
  const badgeOf = (userId: string, rules: CompiledRules): Badge => {
    const kept = badges.get(userId);
    const badge = kept?.rules === rules ? kept : { rules, rooms: new Map<string, RoomCount>() };
    badges.delete(userId);
    badges.set(userId, badge);
    dropOldest(badges, MOST_PEOPLE);
    return badge;
  };
  return async (userId) => {
    const actor: Actor = { userId, deviceId: "", isAdmin: false };
    const { rooms } = badgeOf(userId, await rulesOf(userId));
    const joined = [...(await feed.membershipsOf(userId)).values()].filter(({ membership }) => membership === "join");
    const newest = joined.map(({ roomId }) => ({ roomId, event: feed.lastEventPosition(roomId) }));
    if (newest.length > MOST_ROOMS) newest.sort((one, other) => other.event - one.event);
    const counted = new Map<string, RoomCount>();
    for (const { roomId, event } of newest.slice(0, MOST_ROOMS)) {
      const receipt = feed.lastReceiptPosition(roomId);
      const known = rooms.get(roomId);
      counted.set(
        roomId,
        known?.event === event && known.receipt === receipt ? known : { event, receipt, count: await countOf(actor, roomId) },
      );
    }
    rooms.clear();
    for (const [roomId, count] of counted) rooms.set(roomId, count);
    return counted.values().reduce((sum, { count }) => sum + count, 0);
  };

  async function countOf(actor: Actor, roomId: string): Promise<number> {
    const { main, threads } = await unread(actor, roomId, Number.MAX_SAFE_INTEGER);
    return threads.values().reduce((sum, { notifications }) => sum + notifications, main.notifications);
  }
}
