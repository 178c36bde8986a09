import type { MembershipRow } from "@wardroom/matrix-core";
import { MatrixError } from "#kernel";
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

export function createVisibility(rows: VisibilityRows, cache: RoomCache, memberships: Memberships): Visibility {
  async function findReader(userId: string, roomId: string): Promise<Reader | undefined> {
    const room = await cache.find(roomId);
    if (room === undefined) return undefined;
    const membership = await memberships.find(userId, roomId);
    const isWorldReadable = room.durable.state.get("m.room.history_visibility", "")?.content["history_visibility"] === "world_readable";
    if (membership?.forgotten === true && !isWorldReadable) return undefined;
    // Strangers read what everybody could read when it was said, and learn nothing else of the room.
    if (membership === undefined && !(await rows.ofRoom(room)).some(({ visibility }) => visibility === "world_readable")) return undefined;
    const check = await rows.checkFor(room, userId);
    const stateUntil = isWorldReadable || membership?.membership === "join" ? room.durable.position : await departure(room, userId);
    return {
      room,
      userId,
      membership,
      stateUntil,
      sees: check,
      show: (event) => (check(event.position) ? event.besides(check) : undefined),
      showState: (event) => event.besides(check),
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
