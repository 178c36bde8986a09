import { own, ownObject, ownString } from "@wardroom/matrix-core";
import { powerOf } from "@wardroom/matrix-core";
import type { MemberView, RuleFacts, RoomFeed } from "./contract.ts";
import type { Room } from "./room.ts";
import type { RoomsContext } from "./rooms-context.ts";
import type { Receipts } from "./send-receipt.ts";
import { firstAfter } from "./timeline.ts";

/** What push rules ask about a room and one of its members, from memory once the room is there. */
export function createMemberView(
  { cache, memberships, visibility }: RoomsContext,
  receipts: Receipts,
): Pick<RoomFeed, "memberView" | "ruleFacts"> {
  return {
    async ruleFacts(roomId) {
      const room = await cache.find(roomId);
      return room === undefined ? undefined : factsOf(room);
    },
    async memberView(userId, roomId): Promise<MemberView | undefined> {
      const room = await cache.find(roomId);
      if (room === undefined || (await memberships.find(userId, roomId))?.membership !== "join") return undefined;
      const rows = await visibility.membershipRows(room, userId);
      const outside = rows.findLastIndex(({ membership }) => membership !== "join");
      const marks = await receipts.marksOf(userId, roomId);
      const { durable } = room;
      return {
        position: durable.position,
        joinedFrom: rows[outside + 1]?.position ?? 0,
        marks,
        facts: factsOf(room),
        recent: (after) => (after < durable.recentFrom ? undefined : durable.recent.slice(firstAfter(durable.recent, after))),
      };
    },
  };
}

const known = new WeakMap<Room, RuleFacts>();

/** Live: each answer is of the durable state at that moment. */
export function factsOf(room: Room): RuleFacts {
  const kept = known.get(room);
  if (kept !== undefined) return kept;
  const { durable } = room;
  const text = (type: string, stateKey: string, name: string) => ownString(durable.state.get(type, stateKey)?.content, name);
  const facts: RuleFacts = {
    roomId: room.roomId,
    joined: () => durable.joined.size,
    displayName: (userId) => text("m.room.member", userId, "displayname"),
    name: () => text("m.room.name", "", "name"),
    findRecent: (eventId) => durable.recent.findLast((event) => event.eventId === eventId),
    mayNotify: (sender, key) => powerOf(sender, durable.state, room.version) >= levelToNotify(room, key),
  };
  known.set(room, facts);
  return facts;
}

/** `m.room.power_levels`: 50 where the room says nothing. */
const DEFAULT_LEVEL = 50;

function levelToNotify({ durable }: Room, key: string): number {
  const level = own(ownObject(durable.state.get("m.room.power_levels", "")?.content, "notifications"), key);
  return typeof level === "number" && Number.isSafeInteger(level) ? level : DEFAULT_LEVEL;
}
