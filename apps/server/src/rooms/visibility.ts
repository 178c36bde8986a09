import type { Membership, MembershipRow } from "@wardroom/matrix-core";
import { type Clock, MatrixError } from "#kernel";
import type { OwnMembership } from "./contract.ts";
import type { Memberships } from "./memberships.ts";
import type { Room } from "./room.ts";
import type { RoomCache } from "./room-cache.ts";
import type { RoomEvent } from "./room-event.ts";
import type { VisibilityRows } from "./visibility-rows.ts";

/** What one person may read of one room. The only place that decides it: every read goes through here (design D2). */
export interface Reader {
  readonly room: Room;
  readonly userId: string;
  readonly membership: OwnMembership | undefined;
  /** The last position whose state this person may know: the head for members, their departure for those who left. Undefined: none. */
  readonly stateUntil: number | undefined;
  sees(position: number): boolean;
  /** True if they see everything from here on: then what follows need not be judged one by one. */
  seesAllFrom(position: number): boolean;
  /** @returns the event as this person may have it, or undefined */
  show(event: RoomEvent): RoomEvent | undefined;
  /** For state that the person may know as state, whether or not they saw the event happen. */
  showState(event: RoomEvent): RoomEvent;
}

export interface Visibility {
  /** @throws MatrixError M_FORBIDDEN for people who may read nothing here, M_NOT_FOUND never: strangers learn not whether a room exists. */
  reader(userId: string, roomId: string): Promise<Reader>;
  /** Like `reader`, for the feed: undefined where nothing may be read. */
  findReader(userId: string, roomId: string): Promise<Reader | undefined>;
  membershipRows(room: Room, userId: string): Promise<readonly MembershipRow[]>;
}

export function createVisibility(rows: VisibilityRows, cache: RoomCache, memberships: Memberships, clock: Clock): Visibility {
  async function findReader(userId: string, roomId: string): Promise<Reader | undefined> {
    const room = await cache.find(roomId);
    if (room === undefined) return undefined;
    const membership = await memberships.find(userId, roomId);
    const isWorldReadable = room.durable.state.get("m.room.history_visibility", "")?.content["history_visibility"] === "world_readable";
    if (membership?.forgotten === true && !isWorldReadable) return undefined;
    // Strangers read what everybody could read when it was said, and learn nothing else of the room.
    if (membership === undefined && !(await rows.ofRoom(room)).some(({ visibility }) => visibility === "world_readable")) return undefined;
    const check = await rows.checkFor(room, userId);
    const [changes, stays] = [await rows.ofRoom(room), await rows.ofMember(room, userId)];
    const view = { clock, membershipAt: (position: number) => membershipAt(stays, position) };
    const stateUntil = isWorldReadable || membership?.membership === "join" ? room.durable.position : await departure(room, userId);
    return {
      room,
      userId,
      membership,
      stateUntil,
      sees: check,
      seesAllFrom: (position) => seesAllFrom(check, position, [...changes, ...stays]),
      show: (event) => (check(event.position) ? event.besides(check).seenBy(view) : undefined),
      showState: (event) => event.besides(check).seenBy(view),
    };
  }
  /** The position of the event that ended the person's last stay. */
  async function departure(room: Room, userId: string): Promise<number | undefined> {
    const stays = await rows.ofMember(room, userId);
    const joined = stays.findLastIndex(({ membership }) => membership === "join");
    return joined < 0 ? undefined : stays[joined + 1]?.position;
  }
  return {
    membershipRows: (room, userId) => rows.ofMember(room, userId),
    findReader,
    async reader(userId, roomId) {
      const reader = await findReader(userId, roomId);
      if (reader === undefined) throw new MatrixError("M_FORBIDDEN", "You are not in this room.");
      return reader;
    },
  };
}

/** The person's membership after the event at this position; before any row: `leave` (Client-Server API, `unsigned.membership`). */
function membershipAt(stays: readonly MembershipRow[], position: number): Membership {
  // Mostly the last row: from the end.
  for (let index = stays.length - 1; index >= 0; index -= 1) {
    const row = stays[index];
    if (row !== undefined && row.position <= position) return row.membership;
  }
  return "leave";
}

/** What may be seen changes at rows only; just behind each of them stands no event that is judged from both sides. */
function seesAllFrom(check: (position: number) => boolean, position: number, rows: readonly { readonly position: number }[]): boolean {
  const edges = rows.map((row) => row.position).filter((edge) => edge > position);
  return check(position) && [position, ...edges].every((edge) => check(edge + 0.5));
}
