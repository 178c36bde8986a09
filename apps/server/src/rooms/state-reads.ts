import { type EventLoader, inTurns } from "./load-events.ts";
import type { Room } from "./room.ts";
import type { RoomEvent } from "./room-event.ts";
import type { StateStore } from "./state-store.ts";

/** A room's state as it was at a position (after the event there); the head comes from memory. */
export interface StateReads {
  all(room: Room, position: number): Promise<readonly RoomEvent[]>;
  withoutMembers(room: Room, position: number): Promise<readonly RoomEvent[]>;
  /** Newest event per key with `after < position ≤ until`. */
  between(room: Room, after: number, until: number): Promise<readonly RoomEvent[]>;
  one(room: Room, type: string, stateKey: string, position: number): Promise<RoomEvent | undefined>;
  allMembers(room: Room, position: number): Promise<readonly RoomEvent[]>;
  members(room: Room, position: number, userIds: readonly string[]): Promise<readonly RoomEvent[]>;
}

export function createStateReads(states: StateStore, loader: EventLoader): StateReads {
  const fromStore = async (room: Room, after: number, until: number) =>
    loader.openAll(await states.listState(room.roomId, after, until), room.version);
  /** State that was loaded with its room: what it replaced is read when it is first served, and kept. */
  const completeOne = async (room: Room, event: RoomEvent): Promise<RoomEvent> => {
    const whole = await loader.readReplaced(event);
    // A redaction meanwhile has put another in its place: that one stays.
    if (whole !== event && room.durable.state.get(event.type, event.stateKey ?? "") === event) room.durable.state.put(whole);
    return whole;
  };
  const complete = async (room: Room, events: readonly RoomEvent[]): Promise<readonly RoomEvent[]> =>
    events.some(isIncomplete)
      ? inTurns(events, (event) => (isIncomplete(event) ? completeOne(room, event) : Promise.resolve(event)))
      : events;
  const isHead = (room: Room, position: number) => position >= room.durable.statePosition;
  const reads: StateReads = {
    all: async (room, position) => (isHead(room, position) ? complete(room, [...room.durable.state]) : fromStore(room, 0, position)),
    withoutMembers: async (room, position) =>
      isHead(room, position)
        ? complete(room, [...room.durable.state.withoutMembers()])
        : loader.openAll(await states.listStateWithoutMembers(room.roomId, position), room.version),
    async between(room, after, until) {
      const { recent, recentFrom } = room.durable;
      if (after >= room.durable.statePosition) return [];
      if (after < recentFrom) return fromStore(room, after, until);
      const newest = new Map<string, RoomEvent>();
      for (const event of recent) {
        if (event.stateKey === undefined || event.position <= after || event.position > until) continue;
        newest.set(JSON.stringify([event.type, event.stateKey]), event);
      }
      return [...newest.values()];
    },
    async one(room, type, stateKey, position) {
      if (isHead(room, position)) {
        const event = room.durable.state.get(type, stateKey);
        return event !== undefined && isIncomplete(event) ? completeOne(room, event) : event;
      }
      const row = await states.findStateAt(room.roomId, type, stateKey, position);
      return row === undefined ? undefined : loader.open(row, room.version);
    },
    allMembers: async (room, position) =>
      isHead(room, position)
        ? complete(room, [...room.durable.state.ofType("m.room.member")])
        : loader.openAll(await states.listMembers(room.roomId, position), room.version),
    async members(room, position, userIds) {
      const events = await Promise.all(userIds.map((userId) => reads.one(room, "m.room.member", userId, position)));
      return events.filter((event) => event !== undefined);
    },
  };
  return reads;
}

const isIncomplete = ({ parts }: RoomEvent): boolean => parts.replaced !== undefined && parts.replaced.content === undefined;
