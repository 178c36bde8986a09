import type { RoomFeed } from "#rooms";
import { takeOut, type Tally } from "./tally.ts";

/** Counts of one room's readers. `redactions` moves with each redaction: what was read before one may hold words that are gone. */
interface RoomTallies {
  readonly readers: Map<string, Tally>;
  redactions: number;
}

export interface TallyMemory {
  of(roomId: string): RoomTallies;
  keep(roomId: string, tally: Tally): void;
}

/** About 300 bytes each. */
const MOST_TALLIES = 200_000;
const MOST_READERS = 20_000;
const MOST_ROOMS = 20_000;

/** The rooms that were asked about least recently go first. What is gone is counted anew from events. */
export function createTallyMemory(feed: Pick<RoomFeed, "onRedacted">): TallyMemory {
  const rooms = new Map<string, RoomTallies>();
  let total = 0;
  const of = (roomId: string): RoomTallies => {
    const room = rooms.get(roomId) ?? { readers: new Map<string, Tally>(), redactions: 0 };
    rooms.delete(roomId);
    rooms.set(roomId, room);
    return room;
  };
  const forget = (roomId: string): void => {
    total -= rooms.get(roomId)?.readers.size ?? 0;
    rooms.delete(roomId);
  };
  // Past the readers who are cached, in the commit: as many as have looked at the room, half a microsecond each.
  feed.onRedacted((facts, original) => {
    const room = rooms.get(facts.roomId);
    if (room === undefined) return;
    room.redactions += 1;
    for (const tally of room.readers.values()) takeOut(tally, original, facts);
  });
  return {
    of,
    keep(roomId, tally) {
      const { readers } = of(roomId);
      if (!readers.has(tally.userId)) total += 1;
      readers.set(tally.userId, tally);
      const [reader] = readers.keys();
      if (readers.size > MOST_READERS && reader !== undefined && readers.delete(reader)) total -= 1;
      // See `dropOldest`.
      if (total <= MOST_TALLIES && rooms.size <= MOST_ROOMS) return;
      for (const oldest of rooms.keys()) {
        if ((total <= MOST_TALLIES && rooms.size <= MOST_ROOMS) || oldest === roomId) break;
        forget(oldest);
      }
    },
  };
}
