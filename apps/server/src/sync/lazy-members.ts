import { dropOldest } from "#kernel";

/** Which members a client was sent, per device and filter (Client-Server API, "Lazy-loading room members"). */
export interface LazyMembers {
  /** The memory of one device under one filter; undefined `since` starts it afresh. */
  of(userId: string, deviceId: string, filterId: number, since: number | undefined): SentMembers;
}

export interface SentMembers {
  /** True if the client surely has this member: it was in an answer whose token the client has presented since. */
  knows(roomId: string, userId: string): boolean;
  /** Remembers members that go out in the answer with this position. */
  note(roomId: string, userIds: Iterable<string>, position: number): void;
  /** For a room that is sent whole: what was sent of it before is no longer there. */
  forgetRoom(roomId: string): void;
}

const MOST_DEVICES = 5_000;
const MOST_PER_DEVICE = 2_000;

interface Memory {
  readonly rooms: Map<string, Map<string, number>>;
  size: number;
  /** Greatest position of an answer that was noted. */
  newest: number;
}

/** Bounded; whatever falls out is merely sent again, which the specification allows. */
export function createLazyMembers(): LazyMembers {
  const memories = new Map<string, Memory>();
  return {
    of(userId, deviceId, filterId, since) {
      // Neither id holds a NUL.
      const key = `${userId}\u0000${deviceId}\u0000${filterId}`;
      const memory = (since === undefined ? undefined : memories.get(key)) ?? { rooms: new Map(), size: 0, newest: 0 };
      memories.delete(key);
      memories.set(key, memory);
      dropOldest(memories, MOST_DEVICES);
      if (since !== undefined && memory.newest > since) dropUnacknowledged(memory, since);
      return view(memory);
    },
  };
}

/** An answer that got lost on the way is asked for again with the older token: then nothing of it counts as known. */
function dropUnacknowledged(memory: Memory, since: number): void {
  for (const [roomId, room] of memory.rooms) {
    for (const [userId, sentAt] of room) if (sentAt > since && room.delete(userId)) memory.size -= 1;
    if (room.size === 0) memory.rooms.delete(roomId);
  }
  memory.newest = since;
}

function view(memory: Memory): SentMembers {
  const forgetRoom = (roomId: string) => {
    memory.size -= memory.rooms.get(roomId)?.size ?? 0;
    memory.rooms.delete(roomId);
  };
  return {
    forgetRoom,
    knows: (roomId, userId) => memory.rooms.get(roomId)?.has(userId) === true,
    note(roomId, userIds, position) {
      const room = memory.rooms.get(roomId) ?? new Map<string, number>();
      // Last in the order of insertion: the rooms that were quiet longest go first.
      memory.rooms.delete(roomId);
      memory.rooms.set(roomId, room);
      memory.newest = Math.max(memory.newest, position);
      for (const userId of userIds) {
        if (room.has(userId)) continue;
        room.set(userId, position);
        memory.size += 1;
      }
      if (memory.size <= MOST_PER_DEVICE) return;
      for (const oldest of memory.rooms.keys()) {
        if (memory.size <= MOST_PER_DEVICE) break;
        forgetRoom(oldest);
      }
    },
  };
}
