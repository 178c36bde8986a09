import type { Clock } from "./clock.ts";

export interface RateLimit {
  readonly perSecond: number;
  /** Requests that may come at once after a rest. */
  readonly burst: number;
}

/** Token buckets by key. */
export interface RateLimiter {
  /** Takes one token. @returns 0, or the milliseconds until there is one. */
  take(key: string): number;
}

/**
 * Holds at most `capacity` buckets, so that inventing keys costs an attacker's time and not our memory. Two generations
 * instead of a list in order of use: what was not touched during half a capacity of new keys is forgotten, at no cost per request.
 * A bucket is one number, the time at which it will be full again.
 */
export function createRateLimiter(clock: Clock, { perSecond, burst }: RateLimit, capacity = 20_000): RateLimiter {
  const half = Math.max(1, Math.floor(capacity / 2));
  const interval = 1000 / perSecond;
  let young = new Map<string, number>();
  let old = new Map<string, number>();

  const store = (key: string, fullAt: number) => {
    if (young.size >= half && !young.has(key)) {
      old = young;
      young = new Map();
    }
    young.set(key, fullAt);
  };

  return {
    take(key) {
      const now = clock.now();
      const known = young.get(key) ?? old.get(key) ?? now;
      // Never further ahead than an empty bucket is: a clock that was set back must not lock anybody out.
      const fullAt = Math.min(Math.max(known, now), now + burst * interval);
      const wait = fullAt - now - (burst - 1) * interval;
      store(key, wait > 0 ? fullAt : fullAt + interval);
      return wait > 0 ? Math.ceil(wait) : 0;
    },
  };
}
