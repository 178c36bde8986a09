/** Keeps the values used last. */
export interface BoundedCache<Key, Value> {
  get(key: Key): Value | undefined;
  set(key: Key, value: Value): void;
  clear(): void;
}

/** @param limit most entries that are kept */
export function createBoundedCache<Key, Value>(limit: number): BoundedCache<Key, Value> {
  // Two generations instead of a list by last use: a hit costs one look-up, not a removal and an insertion.
  let young = new Map<Key, Value>();
  let old = new Map<Key, Value>();
  const set = (key: Key, value: Value) => {
    young.set(key, value);
    if (young.size < limit / 2) return;
    old = young;
    young = new Map();
  };
  return {
    get(key) {
      const value = young.get(key);
      if (value !== undefined) return value;
      const aged = old.get(key);
      if (aged === undefined) return undefined;
      old.delete(key);
      set(key, aged);
      return aged;
    },
    set,
    clear() {
      young.clear();
      old.clear();
    },
  };
}
