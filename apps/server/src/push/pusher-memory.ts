import type { PusherKey, PusherRow } from "./pusher-store.ts";

/** Every pusher, by person: whom an event may have to be told is found without asking the store. */
export interface PusherMemory {
  /** Oldest first. */
  of(userId: string): readonly PusherRow[];
  readonly people: ReadonlyMap<string, readonly PusherRow[]>;
  put(row: PusherRow): void;
  /** @returns those that went */
  remove(userId: string, leaves: (row: PusherRow) => boolean): readonly PusherRow[];
  removeOthers(key: PusherKey): readonly PusherRow[];
  has(row: PusherRow): boolean;
}

export const isSame = (one: PusherKey, other: PusherKey): boolean =>
  one.user_id === other.user_id && one.app_id === other.app_id && one.pushkey_hash === other.pushkey_hash;

export function createPusherMemory(rows: readonly PusherRow[]): PusherMemory {
  const people = new Map<string, readonly PusherRow[]>();
  const byPushkey = new Map<string, Set<string>>();
  const pushkey = ({ app_id, pushkey_hash }: PusherKey) => `${pushkey_hash} ${app_id}`;
  const remove = (userId: string, leaves: (row: PusherRow) => boolean): readonly PusherRow[] => {
    const { gone = [], staying = [] } = Object.groupBy(people.get(userId) ?? [], (row) => (leaves(row) ? "gone" : "staying"));
    if (staying.length === 0) people.delete(userId);
    else people.set(userId, staying);
    for (const row of gone) {
      const owners = byPushkey.get(pushkey(row));
      owners?.delete(userId);
      if (owners?.size === 0) byPushkey.delete(pushkey(row));
    }
    return gone;
  };
  const put = (row: PusherRow): void => {
    remove(row.user_id, (other) => isSame(row, other));
    people.set(row.user_id, [...(people.get(row.user_id) ?? []), row]);
    byPushkey.set(pushkey(row), (byPushkey.get(pushkey(row)) ?? new Set()).add(row.user_id));
  };
  for (const row of rows) put(row);
  return {
    people,
    put,
    remove,
    of: (userId) => people.get(userId) ?? [],
    removeOthers: (key) =>
      [...(byPushkey.get(pushkey(key)) ?? [])]
        .filter((userId) => userId !== key.user_id)
        .flatMap((userId) => remove(userId, (row) => isSame(row, { ...key, user_id: userId }))),
    has: (row) => people.get(row.user_id)?.includes(row) ?? false,
  };
}
