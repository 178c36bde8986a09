/** Keeps the values used last, bounded by their number and, where they differ much in size, by their weight. */
export interface BoundedCache<Key, Value> {
  get(key: Key): Value | undefined;
  /** @param weight in the unit of the bound; what weighs more than half of that is not kept */
  set(key: Key, value: Value, weight?: number): void;
  delete(key: Key): void;
  clear(): void;
}

export interface CacheBounds {
  /** Most values that are kept; half as many, those used last, surely are. */
  readonly entries: number;
  /** Of all kept values together. */
  readonly weight?: number;
}

interface Generation<Key, Value> {
  readonly values: Map<Key, { readonly value: Value; readonly weight: number }>;
  weight: number;
}

export function createBoundedCache<Key, Value>({ entries, weight: mostWeight = Infinity }: CacheBounds): BoundedCache<Key, Value> {
  // Two generations instead of a list by last use: a hit costs one look-up, not a removal and an insertion.
  const empty = (): Generation<Key, Value> => ({ values: new Map(), weight: 0 });
  let young = empty();
  let old = empty();
  const remove = (generation: Generation<Key, Value>, key: Key) => {
    const found = generation.values.get(key);
    if (found === undefined || !generation.values.delete(key)) return undefined;
    generation.weight -= found.weight;
    return found;
  };
  const set = (key: Key, value: Value, weight = 0) => {
    remove(young, key);
    remove(old, key);
    if (weight > mostWeight / 2) return;
    if (young.weight + weight > mostWeight / 2) [old, young] = [young, empty()];
    young.values.set(key, { value, weight });
    young.weight += weight;
    if (young.values.size >= entries / 2) [old, young] = [young, empty()];
  };
  return {
    get(key) {
      const found = young.values.get(key);
      if (found !== undefined) return found.value;
      const aged = remove(old, key);
      if (aged === undefined) return undefined;
      set(key, aged.value, aged.weight);
      return aged.value;
    },
    set,
    delete(key) {
      remove(young, key);
      remove(old, key);
    },
    clear() {
      [old, young] = [empty(), empty()];
    },
  };
}
