/** What was read of rooms that are not in memory, until something in them changes; the least recently used leave first. */
export interface RoomMemo<Value> {
  get(roomId: string): Promise<Value>;
  /** Called from the commit that changed the room. */
  drop(roomId: string): void;
}

interface Loading<Value> {
  readonly value: Promise<Value>;
  /** True when the room changed while it was read. */
  isStale: boolean;
}

/** @param most entries kept. What `load` gives as undefined is not kept: ids of rooms that do not exist have no end. */
export function createRoomMemo<Value>(most: number, load: (roomId: string) => Promise<Value>): RoomMemo<Value> {
  const known = new Map<string, Value>();
  const loading = new Map<string, Loading<Value>>();
  const read = async (roomId: string): Promise<Value> => {
    for (;;) {
      const value = await load(roomId);
      const state = loading.get(roomId);
      if (state?.isStale === true) {
        state.isStale = false;
        continue;
      }
      if (value !== undefined) known.set(roomId, value);
      const [oldest] = known.keys();
      if (known.size > most && oldest !== undefined) known.delete(oldest);
      return value;
    }
  };
  return {
    async get(roomId) {
      const value = known.get(roomId);
      if (value !== undefined) {
        known.delete(roomId);
        known.set(roomId, value);
        return value;
      }
      const running = loading.get(roomId);
      if (running !== undefined) return running.value;
      // In a later turn, so that it is among the running ones before it asks.
      const started = Promise.resolve()
        .then(() => read(roomId))
        .finally(() => loading.delete(roomId));
      loading.set(roomId, { value: started, isStale: false });
      return started;
    },
    drop(roomId) {
      known.delete(roomId);
      const running = loading.get(roomId);
      if (running !== undefined) running.isStale = true;
    },
  };
}
