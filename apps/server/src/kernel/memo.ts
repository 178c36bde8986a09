import { type CacheBounds, createBoundedCache } from "./bounded-cache.ts";

/** What was read by a key, until it changes: one reading at a time per key, and the values used last are kept. */
export interface Memo<Value> {
  get(key: string): Promise<Value>;
  /** Called from the commit of a change. What is being read is read again, so that nothing older is answered or kept. */
  drop(key: string): void;
}

interface Reading<Value> {
  readonly value: Promise<Value>;
  /** True when the key changed while it was read. */
  isStale: boolean;
}

interface MemoBounds<Value> extends CacheBounds {
  readonly weigh?: (value: Value) => number;
}

/** What `read` gives as undefined is not kept: keys of what does not exist have no end. */
export function createMemo<Value>(read: (key: string) => Promise<Value>, bounds: MemoBounds<Value>): Memo<Value> {
  const known = createBoundedCache<string, Value>(bounds);
  const readings = new Map<string, Reading<Value>>();
  const readUntilSteady = async (key: string): Promise<Value> => {
    for (;;) {
      const value = await read(key);
      const reading = readings.get(key);
      if (reading?.isStale === true) {
        reading.isStale = false;
        continue;
      }
      if (value !== undefined) known.set(key, value, bounds.weigh?.(value));
      return value;
    }
  };
  return {
    async get(key) {
      const value = known.get(key);
      if (value !== undefined) return value;
      const running = readings.get(key);
      if (running !== undefined) return running.value;
      // In a later turn, so that it is among the running ones before it asks.
      const started = Promise.resolve()
        .then(() => readUntilSteady(key))
        .finally(() => readings.delete(key));
      readings.set(key, { value: started, isStale: false });
      return started;
    },
    drop(key) {
      known.delete(key);
      const running = readings.get(key);
      if (running !== undefined) running.isStale = true;
    },
  };
}
