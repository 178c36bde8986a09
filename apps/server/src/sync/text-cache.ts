/** Keeps what was made from texts, bounded by their number and by their size: a thousand small texts are nothing, a thousand large ones are. */
export interface TextCache<T> {
  get(key: string): T | undefined;
  /** Also marks as just used. @param size characters of the text */
  keep(key: string, value: T, size: number): void;
  drop(key: string): void;
}

/** The least recently used go first. */
export function createTextCache<T>(mostEntries: number, mostSize: number): TextCache<T> {
  const entries = new Map<string, { readonly value: T; readonly size: number }>();
  let total = 0;
  const drop = (key: string) => {
    total -= entries.get(key)?.size ?? 0;
    entries.delete(key);
  };
  return {
    drop,
    get: (key) => entries.get(key)?.value,
    keep(key, value, size) {
      drop(key);
      entries.set(key, { value, size });
      total += size;
      // See `dropOldest`.
      if (entries.size <= mostEntries && total <= mostSize) return;
      for (const oldest of entries.keys()) {
        if (entries.size <= mostEntries && total <= mostSize) break;
        drop(oldest);
      }
    },
  };
}
