import { type Actor, MatrixError, type Timers } from "#kernel";
import type { RoomFeed } from "#rooms";

/** One waiting request. Opened before the state is read, so that no change falls between the look and the wait. */
interface Watch {
  /** From now on a change counts as new. */
  rearm(): void;
  /** Resolves true at the first change since `rearm`, false when time is over or the client went away. */
  changed(): Promise<boolean>;
  close(): void;
}

export interface ChangeBell {
  /** @throws MatrixError M_LIMIT_EXCEEDED when too many requests of this device or person wait already. */
  watch(actor: Actor, timeoutMs: number, signal: AbortSignal): Watch;
  notifyUser(userId: string): void;
  notifyDevice(userId: string, deviceId: string): void;
  /** Something that concerns these people changed. @param key several changes of one key within a turn are one */
  notifyAll(key: string, userIds: Iterable<string>): void;
  /** Who waits now. */
  waiting(): readonly string[];
}

/**
 * More are no clients but a leak or an attack. The newcomer is refused and nobody who waits is ended for it: an ended client
 * asks again, would end the next one, and so on without end. A refused one disturbs nobody and is told when to come back.
 */
const WATCHES_PER_DEVICE = 5;
const WATCHES_PER_USER = 200;
/** By then a connection that the network lost has often been noticed. */
const RETRY_AFTER_MS = 5_000;

/** Fewer cost more turns, more keep more answers in memory at once: of 1 to 1,000 about equally good between 16 and 64. */
const PORTION = 32;

interface Waiting extends Watch {
  readonly deviceId: string;
  ring(): void;
}

/** Wakes the waiting requests of those whom a change concerns: once per turn of the event loop, however many changes it held. */
export function createChangeBell(feed: Pick<RoomFeed, "onChange">, timers: Timers): ChangeBell {
  const waiting = new Map<string, Set<Waiting>>();
  const rooms = new Map<string, Iterable<string>>();
  const users = new Set<string>();
  const devices = new Set<Waiting>();
  let scheduled = false;

  const wake = () => {
    scheduled = false;
    for (const joined of rooms.values()) for (const userId of joined) if (waiting.has(userId)) users.add(userId);
    rooms.clear();
    const rung = new Set(devices);
    for (const userId of users) for (const watch of waiting.get(userId) ?? []) rung.add(watch);
    users.clear();
    devices.clear();
    ringInPortions([...rung]);
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
  const notifyAll = (key: string, userIds: Iterable<string>) => {
    if (waiting.size === 0) return;
    rooms.set(key, userIds);
    schedule();
  };
  feed.onChange((roomId, joined, others) => {
    notifyAll(roomId, joined);
    for (const userId of others) if (waiting.has(userId)) users.add(userId);
  });

  return {
    notifyUser,
    notifyAll,
    notifyDevice(userId, deviceId) {
      for (const watch of waiting.get(userId) ?? []) {
        if (watch.deviceId !== deviceId) continue;
        devices.add(watch);
        schedule();
      }
    },
    waiting: () => [...waiting.keys()],
    watch({ userId, deviceId }, timeoutMs, signal) {
      const ofUser = waiting.get(userId) ?? new Set();
      admit(ofUser, deviceId);
      waiting.set(userId, ofUser);
      const watch = createWatch(deviceId, timeoutMs, signal, timers, () => {
        ofUser.delete(watch);
        if (ofUser.size === 0 && waiting.get(userId) === ofUser) waiting.delete(userId);
      });
      ofUser.add(watch);
      return watch;
    },
  };
}

/**
 * What one turn puts off to the check phase runs there one after another, each with all that follows from it: so one portion's
 * answers are written and their garbage is gone before the next portion looks, and no new request comes between. Rung all at
 * once, a thousand half-made answers lie in memory together, and copying them was a quarter of the work of a large room.
 */
function ringInPortions(watches: readonly Waiting[]): void {
  for (const watch of watches.slice(0, PORTION)) watch.ring();
  for (let start = PORTION; start < watches.length; start += PORTION) {
    const portion = watches.slice(start, start + PORTION);
    setImmediate(() => {
      for (const watch of portion) watch.ring();
    });
  }
}

function admit(ofUser: ReadonlySet<Waiting>, deviceId: string): void {
  let ofDevice = 0;
  for (const watch of ofUser) if (watch.deviceId === deviceId) ofDevice += 1;
  if (ofUser.size < WATCHES_PER_USER && ofDevice < WATCHES_PER_DEVICE) return;
  throw new MatrixError("M_LIMIT_EXCEEDED", "Too many requests wait for news already.", { retryAfterMs: RETRY_AFTER_MS });
}

function createWatch(deviceId: string, timeoutMs: number, signal: AbortSignal, timers: Timers, leave: () => void): Waiting {
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
    deviceId,
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
    close,
  };
}
