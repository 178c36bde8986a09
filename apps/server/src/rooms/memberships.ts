import { dropOldest } from "#kernel";
import type { OwnMembership } from "./contract.ts";
import type { MemberStore } from "./member-store.ts";

/** Each person's rooms in memory: durable memberships only. */
export interface Memberships {
  of(userId: string): Promise<ReadonlyMap<string, OwnMembership>>;
  find(userId: string, roomId: string): Promise<OwnMembership | undefined>;
  /** Called from the commit, in its order. */
  note(userId: string, membership: OwnMembership): void;
}

const MOST_PEOPLE = 20_000;

export function createMemberships(store: MemberStore): Memberships {
  const known = new Map<string, Map<string, OwnMembership>>();
  const loading = new Map<string, { readonly rooms: Promise<Map<string, OwnMembership>>; readonly missed: OwnMembership[] }>();

  async function load(userId: string, missed: readonly OwnMembership[]): Promise<Map<string, OwnMembership>> {
    const rooms = new Map((await store.list(userId)).map((row) => [row.roomId, row]));
    for (const membership of missed) rooms.set(membership.roomId, membership);
    loading.delete(userId);
    known.set(userId, rooms);
    dropOldest(known, MOST_PEOPLE);
    return rooms;
  }
  const of = (userId: string): Promise<ReadonlyMap<string, OwnMembership>> => {
    const rooms = known.get(userId);
    if (rooms !== undefined) {
      known.delete(userId);
      known.set(userId, rooms);
      return Promise.resolve(rooms);
    }
    const running = loading.get(userId);
    if (running !== undefined) return running.rooms;
    const missed: OwnMembership[] = [];
    const started = load(userId, missed).catch((error: unknown) => {
      loading.delete(userId);
      throw error;
    });
    loading.set(userId, { rooms: started, missed });
    return started;
  };
  return {
    of,
    find: async (userId, roomId) => (await of(userId)).get(roomId),
    note(userId, membership) {
      known.get(userId)?.set(membership.roomId, membership);
      loading.get(userId)?.missed.push(membership);
    },
  };
}
