/** Until where a user's account data cannot have changed: what lets a sync pass without asking the store. */
export interface LatestChanges {
  /** Called at each durable change, in order. */
  note(userId: string, position: number): void;
  /** No change of this user is later than this. */
  atMost(userId: string): number;
}

/** Remembers the latest change of `capacity` users; of all others it knows that they are older than the last one it forgot. */
export function createLatestChanges(startPosition: number, capacity = 50_000): LatestChanges {
  const latest = new Map<string, number>();
  let floor = startPosition;
  return {
    note(userId, position) {
      latest.delete(userId);
      latest.set(userId, position);
      const [oldest] = latest;
      if (latest.size <= capacity || oldest === undefined) return;
      latest.delete(oldest[0]);
      floor = Math.max(floor, oldest[1]);
    },
    atMost: (userId) => latest.get(userId) ?? floor,
  };
}
