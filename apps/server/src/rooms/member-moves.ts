import type { MemberMoves, RoomFeed } from "./contract.ts";
import { asMembership, membershipIn, type Room } from "./room.ts";
import type { RoomsContext } from "./rooms-context.ts";

const nobody: MemberMoves = { joined: [], left: [] };

/** Who came and went, from memory where it reaches far enough; else from the rows, in which memberships stand in clear. */
export function createMemberMoves({
  cache,
  states,
}: Pick<RoomsContext, "cache" | "states">): Pick<RoomFeed, "memberMoves" | "joinedAt" | "joinedInMemory"> {
  const readMoves = async (roomId: string, after: number, until: number): Promise<MemberMoves> => {
    const room = await cache.find(roomId);
    if (room === undefined || after >= room.durable.statePosition) return nobody;
    if (after >= room.durable.recentFrom) return movesInMemory(room, after, until);
    const rows = await states.listMemberValues(roomId, after, until);
    const joined = new Set<string>();
    const left = new Set<string>();
    for (const { state_key: userId, value } of rows) (asMembership(value) === "join" ? joined : left).add(userId);
    return { joined: [...joined], left: [...left] };
  };
  return {
    memberMoves(roomId, after, until) {
      const room = cache.peek(roomId);
      return room !== undefined && after >= room.durable.statePosition ? nobody : readMoves(roomId, after, until);
    },
    async joinedAt(roomId, position) {
      const room = await cache.find(roomId);
      if (room === undefined) return [];
      if (position >= room.durable.statePosition) return [...room.durable.joined];
      const joined = new Set<string>();
      for (const { state_key: userId, value } of await states.listMemberValues(roomId, 0, position)) {
        if (asMembership(value) === "join") joined.add(userId);
        else joined.delete(userId);
      }
      return [...joined];
    },
    joinedInMemory: (roomId) => cache.peek(roomId)?.durable.joined,
  };
}

function movesInMemory({ durable }: Room, after: number, until: number): MemberMoves {
  const joined = new Set<string>();
  const left = new Set<string>();
  for (let index = durable.recent.length - 1; index >= 0; index -= 1) {
    const event = durable.recent[index];
    if (event === undefined || event.position <= after) break;
    if (event.position > until || event.type !== "m.room.member" || event.stateKey === undefined) continue;
    const isJoined = membershipIn(event) === "join";
    const { replaced } = event.parts;
    // Not loaded: telling of a move that was none costs a client one look at keys; the other way round it would miss somebody.
    const wasJoined = replaced?.content === undefined ? replaced !== undefined && !isJoined : replaced.content["membership"] === "join";
    if (isJoined !== wasJoined) (isJoined ? joined : left).add(event.stateKey);
  }
  return { joined: [...joined], left: [...left] };
}
