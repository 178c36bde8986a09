import type { Timers } from "#kernel";
import type { RoomFeed } from "#rooms";

/** One waiting request. Opened before the state is read, so that no change falls between the look and the wait. */
interface Watch {
  /** From now on a change counts as new. */
  rearm(): void;
  /** Resolves true at the first change since `rearm`, false when time is over, the client went away, or the request had to make room. */
  changed(): Promise<boolean>;
  close(): void;
}

export interface ChangeBell {
  watch(userId: string, timeoutMs: number, signal: AbortSignal): Watch;
  notifyUser(userId: string): void;
}

/** More requests of one person than this are no devices but a leak or an attack: the oldest is answered at once. */
const WATCHES_PER_USER = 50;

interface Waiting extends Watch {
  ring(): void;
  end(): void;
}

/** Wakes the waiting requests of those whom a change concerns: once per turn of the event loop, however many changes it held. */
export function createChangeBell(feed: Pick<RoomFeed, "onChange">, timers: Timers): ChangeBell {
  const waiting = new Map<string, Set<Waiting>>();
  const rooms = new Map<string, Iterable<string>>();
  const users = new Set<string>();
  let scheduled = false;

  const wake = () => {
    scheduled = false;
    for (const joined of rooms.values()) for (const userId of joined) if (waiting.has(userId)) users.add(userId);
    rooms.clear();
    for (const userId of users) for (const watch of waiting.get(userId) ?? []) watch.ring();
    users.clear();
  };
  const schedule = () => {
    if (scheduled) return;
    scheduled = true;
    // Not at once: the feed may tell us while the group is still being made visible.
    setImmediate(wake);
  };
  const notifyUser = (userId: string) => {
    if (!waiting.has(userId)) return;
    users.add(userId);
    schedule();
  };
  feed.onChange((roomId, joined, others) => {
    if (waiting.size === 0) return;
    rooms.set(roomId, joined);
    for (const userId of others) if (waiting.has(userId)) users.add(userId);
    schedule();
  });

  return {
    notifyUser,
    watch(userId, timeoutMs, signal) {
      const ofUser = waiting.get(userId) ?? new Set();
      waiting.set(userId, ofUser);
      const watch = createWatch(timeoutMs, signal, timers, () => {
        ofUser.delete(watch);
        if (ofUser.size === 0 && waiting.get(userId) === ofUser) waiting.delete(userId);
      });
      ofUser.add(watch);
      if (ofUser.size > WATCHES_PER_USER) [...ofUser][0]?.end();
      return watch;
    },
  };
}

function createWatch(timeoutMs: number, signal: AbortSignal, timers: Timers, leave: () => void): Waiting {
  let rung = false;
  let ended = signal.aborted;
  let settle: ((changed: boolean) => void) | undefined;
  const end = () => {
    ended = true;
    settle?.(false);
    close();
  };
  const timer = timers.after(timeoutMs, end);
  signal.addEventListener("abort", end, { once: true });
  const close = () => {
    timer.cancel();
    signal.removeEventListener("abort", end);
    leave();
  };
  return {
    rearm() {
      rung = false;
    },
    changed() {
      if (ended) return Promise.resolve(false);
      if (rung) return Promise.resolve(true);
      return new Promise((resolve) => {
        settle = resolve;
      });
    },
    ring() {
      rung = true;
      settle?.(true);
      settle = undefined;
    },
    end,
    close,
  };
}
