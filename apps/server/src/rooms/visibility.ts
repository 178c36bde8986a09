import { createVisibilityCheck, type MembershipRow, type VisibilityRow } from "@wardroom/matrix-core";
import { MatrixError } from "#kernel";
import type { OwnMembership } from "./contract.ts";
import type { EventStore } from "./event-store.ts";
import type { Memberships } from "./memberships.ts";
import { asMembership, asVisibility, type Room } from "./room.ts";
import type { RoomCache } from "./room-cache.ts";
import type { RoomEvent } from "./room-event.ts";

/** What one person may read of one room. The only place that decides it: every read goes through here (design D2). */
export interface Reader {
  readonly room: Room;
  readonly userId: string;
  readonly membership: OwnMembership | undefined;
  /** The last position whose state this person may know: the head for members, their departure for those who left. Undefined: none. */
  readonly stateUntil: number | undefined;
  sees(position: number): boolean;
  /** @returns the event as this person may have it, or undefined */
  show(event: RoomEvent): RoomEvent | undefined;
}

export interface Visibility {
  /** @throws MatrixError M_FORBIDDEN for people who may read nothing here, M_NOT_FOUND never: strangers learn not whether a room exists. */
  reader(userId: string, roomId: string): Promise<Reader>;
  /** Like `reader`, for the feed: undefined where nothing may be read. */
  findReader(userId: string, roomId: string): Promise<Reader | undefined>;
  membershipRows(room: Room, userId: string): Promise<readonly MembershipRow[]>;
}

const MOST_READERS = 10_000;

export function createVisibility(store: EventStore, cache: RoomCache, memberships: Memberships): Visibility {
  async function membershipRows(room: Room, userId: string): Promise<readonly MembershipRow[]> {
    const rows = room.durable.visibility.members;
    const known = rows.get(userId);
    if (known !== undefined) return known;
    const loaded = await stable(room, () => store.listValues(room.roomId, "m.room.member", userId));
    const list = loaded.map(({ position, value }) => ({ position, membership: asMembership(value) }));
    if (rows.size >= MOST_READERS) rows.clear();
    rows.set(userId, list);
    return list;
  }
  async function visibilityRows(room: Room): Promise<readonly VisibilityRow[]> {
    const rows = room.durable.visibility;
    if (rows.visibility === undefined) {
      const loaded = await stable(room, () => store.listValues(room.roomId, "m.room.history_visibility", ""));
      rows.visibility = loaded.map(({ position, value }) => ({ position, visibility: asVisibility(value) }));
    }
    return rows.visibility;
  }
  async function checkFor(room: Room, userId: string): Promise<(position: number) => boolean> {
    const { checks } = room.durable.visibility;
    const known = checks.get(userId);
    if (known !== undefined) return known;
    const check = await stable(room, async () => createVisibilityCheck(await visibilityRows(room), await membershipRows(room, userId)));
    if (checks.size >= MOST_READERS) checks.clear();
    checks.set(userId, check);
    return check;
  }
  async function findReader(userId: string, roomId: string): Promise<Reader | undefined> {
    const room = await cache.find(roomId);
    if (room === undefined) return undefined;
    const membership = await memberships.find(userId, roomId);
    const isWorldReadable = room.durable.state.get("m.room.history_visibility", "")?.content["history_visibility"] === "world_readable";
    if (membership?.forgotten === true && !isWorldReadable) return undefined;
    // Strangers read what everybody could read when it was said, and learn nothing else of the room.
    if (membership === undefined && !(await visibilityRows(room)).some(({ visibility }) => visibility === "world_readable"))
      return undefined;
    const check = await checkFor(room, userId);
    const stateUntil = isWorldReadable || membership?.membership === "join" ? room.durable.position : await departure(room, userId);
    return { room, userId, membership, stateUntil, sees: check, show: (event) => show(event, check) };
  }
  /** The position of the event that ended the person's last stay. */
  async function departure(room: Room, userId: string): Promise<number | undefined> {
    const rows = await membershipRows(room, userId);
    const joined = rows.findLastIndex(({ membership }) => membership === "join");
    return joined < 0 ? undefined : rows[joined + 1]?.position;
  }
  return {
    membershipRows,
    findReader,
    async reader(userId, roomId) {
      const reader = await findReader(userId, roomId);
      if (reader === undefined) throw new MatrixError("M_FORBIDDEN", "You are not in this room.");
      return reader;
    },
  };
}

function show(event: RoomEvent, check: (position: number) => boolean): RoomEvent | undefined {
  if (!check(event.position)) return undefined;
  const { replaced } = event.parts;
  return replaced === undefined || check(replaced.place.position) ? event : event.withoutReplaced();
}

/** Reads again if the room moved meanwhile, so that no row between reading and keeping is missed. */
async function stable<T>(room: Room, read: () => Promise<T>): Promise<T> {
  for (;;) {
    const before = room.durable.position;
    const result = await read();
    if (room.durable.position === before) return result;
  }
}
