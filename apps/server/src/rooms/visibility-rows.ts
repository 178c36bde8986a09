import { createVisibilityCheck, type MembershipRow, type VisibilityRow } from "@wardroom/matrix-core";
import { asMembership, asVisibility, type Room } from "./room.ts";
import type { StateStore } from "./state-store.ts";

/** The interval lists that visibility is judged by, read once per room and person and kept in the room. */
export interface VisibilityRows {
  ofRoom(room: Room): Promise<readonly VisibilityRow[]>;
  ofMember(room: Room, userId: string): Promise<readonly MembershipRow[]>;
  /** Judges by position. */
  checkFor(room: Room, userId: string): Promise<(position: number) => boolean>;
}

const MOST_READERS = 10_000;

export function createVisibilityRows(states: StateStore): VisibilityRows {
  async function ofMember(room: Room, userId: string): Promise<readonly MembershipRow[]> {
    const rows = room.durable.visibility.members;
    const known = rows.get(userId);
    if (known !== undefined) return known;
    const loaded = await stable(room, () => states.listValues(room.roomId, "m.room.member", userId));
    const list = loaded.map(({ position, value }) => ({ position, membership: asMembership(value) }));
    if (rows.size >= MOST_READERS) rows.clear();
    rows.set(userId, list);
    return list;
  }
  async function ofRoom(room: Room): Promise<readonly VisibilityRow[]> {
    const rows = room.durable.visibility;
    if (rows.visibility === undefined) {
      const loaded = await stable(room, () => states.listValues(room.roomId, "m.room.history_visibility", ""));
      rows.visibility = loaded.map(({ position, value }) => ({ position, visibility: asVisibility(value) }));
    }
    return rows.visibility;
  }
  async function checkFor(room: Room, userId: string): Promise<(position: number) => boolean> {
    const { checks } = room.durable.visibility;
    const known = checks.get(userId);
    if (known !== undefined) return known;
    const check = await stable(room, async () => createVisibilityCheck(await ofRoom(room), await ofMember(room, userId)));
    if (checks.size >= MOST_READERS) checks.clear();
    checks.set(userId, check);
    return check;
  }
  return { ofRoom, ofMember, checkFor };
}

/** Reads again if the state moved meanwhile, so that no row between reading and keeping is missed. */
async function stable<T>(room: Room, read: () => Promise<T>): Promise<T> {
  for (;;) {
    const before = room.durable.statePosition;
    const result = await read();
    if (room.durable.statePosition === before) return result;
  }
}
