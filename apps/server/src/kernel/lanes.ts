/**
 * Runs work on one aggregate (a room, a user, a device) strictly one after another. A lane is left at
 * submission of its batch, not at its commit: see docs/decisions/0001-batches-and-lanes.md.
 */
export interface Lanes {
  run<T>(key: string, work: () => Promise<T> | T): Promise<T>;
}

export function createLanes(): Lanes {
  const tails = new Map<string, Promise<unknown>>();
  return {
    run(key, work) {
      const before = tails.get(key);
      const current = before === undefined ? Promise.resolve().then(work) : before.then(work, work);
      tails.set(key, current);
      const leave = () => {
        if (tails.get(key) === current) tails.delete(key);
      };
      current.then(leave, leave);
      return current;
    },
  };
}
