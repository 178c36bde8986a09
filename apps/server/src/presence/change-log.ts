/** Whose presence changed when, the latest change of each. */
export interface ChangeLog {
  note(userId: string, count: number): void;
  /** undefined: the log does not reach back so far. */
  since(count: number): readonly string[] | undefined;
}

/** Bounded: of changes older than the last `capacity` only that there were some is known. */
export function createChangeLog(capacity: number): ChangeLog {
  const latest = new Map<string, number>();
  let entries: { readonly userId: string; readonly count: number }[] = [];
  let floor = 0;
  const compact = () => {
    const current = entries.filter(({ userId, count }) => latest.get(userId) === count);
    const dropped = current.slice(0, Math.max(0, current.length - capacity));
    for (const { userId } of dropped) latest.delete(userId);
    floor = dropped.at(-1)?.count ?? floor;
    entries = current.slice(dropped.length);
  };
  return {
    note(userId, count) {
      latest.set(userId, count);
      entries.push({ userId, count });
      if (entries.length > 2 * capacity) compact();
    },
    since(asked) {
      if (asked < floor) return undefined;
      const found: string[] = [];
      // Back from the newest: a reader mostly asks for the last few.
      for (let index = entries.length - 1; index >= 0; index -= 1) {
        const entry = entries[index];
        if (entry === undefined || entry.count <= asked) break;
        if (latest.get(entry.userId) === entry.count) found.push(entry.userId);
      }
      return found;
    },
  };
}
