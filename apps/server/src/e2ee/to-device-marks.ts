import { dropOldest } from "#kernel";
import type { DeviceKey } from "./to-device-store.ts";

/** Where the messages that wait for a device lie at most. */
interface Mark {
  /** No message waits beyond this; 0: none waits at all. */
  newest: number;
  /** No message waits before this. */
  oldest: number;
  /** Until the store has been asked. */
  loading: Promise<void> | undefined;
}

/** Per device, so that a sync for which nothing waits reads nothing. Asked of the store once, then kept along. */
export interface ToDeviceMarks {
  mayHave(device: DeviceKey, after: number): boolean | Promise<boolean>;
  /** Whether anything may lie at or before this place. */
  mayHaveUpTo(device: DeviceKey, upTo: number): boolean | Promise<boolean>;
  /** A message for the device was committed at this position. */
  added(device: DeviceKey, position: number): void;
  /** Everything up to there is deleted. */
  removed(device: DeviceKey, upTo: number): void;
}

/** About 200 bytes each: every device of ten thousand people. */
const CAPACITY = 50_000;

export function createToDeviceMarks(readNewest: (device: DeviceKey) => Promise<number>, capacity = CAPACITY): ToDeviceMarks {
  const marks = new Map<string, Mark>();
  // Neither id holds a NUL.
  const keyOf = ({ userId, deviceId }: DeviceKey) => `${userId}\u0000${deviceId}`;

  const load = (device: DeviceKey, key: string): Mark => {
    // In the map before the store is asked, so that what is committed meanwhile is noted in it.
    const mark: Mark = { newest: 0, oldest: 0, loading: undefined };
    const fill = async () => {
      try {
        const newest = await readNewest(device);
        mark.newest = Math.max(mark.newest, newest);
        mark.loading = undefined;
      } catch (error) {
        if (marks.get(key) === mark) marks.delete(key);
        throw error;
      }
    };
    mark.loading = fill();
    return mark;
  };
  const find = (device: DeviceKey): Mark => {
    const key = keyOf(device);
    const mark = marks.get(key) ?? load(device, key);
    marks.delete(key);
    marks.set(key, mark);
    dropOldest(marks, capacity);
    return mark;
  };
  const ask = (device: DeviceKey, question: (mark: Mark) => boolean): boolean | Promise<boolean> => {
    const mark = find(device);
    return mark.loading === undefined ? question(mark) : mark.loading.then(() => question(mark));
  };
  return {
    mayHave: (device, after) => ask(device, ({ newest }) => newest > after),
    mayHaveUpTo: (device, upTo) => ask(device, ({ newest, oldest }) => newest > 0 && oldest <= upTo),
    added(device, position) {
      const mark = marks.get(keyOf(device));
      if (mark === undefined) return;
      if (mark.newest === 0 && mark.loading === undefined) mark.oldest = position;
      mark.newest = Math.max(mark.newest, position);
    },
    removed(device, upTo) {
      const mark = marks.get(keyOf(device));
      if (mark === undefined || mark.loading !== undefined) return;
      if (mark.newest <= upTo) mark.newest = 0;
      else mark.oldest = Math.max(mark.oldest, upTo + 1);
    },
  };
}
