import { type Clock, createRateLimiter, MatrixError, type RateLimit, type RateLimiter } from "#kernel";
import type { LimitClass } from "@wardroom/spec";

export interface Limits {
  /** The coarse limit of everything that comes from one address. @throws MatrixError M_LIMIT_EXCEEDED, as do the others. */
  address(address: string): void;
  /**
   * The class's limit of one account, or of one address where nobody is signed in. That of `sync` is each device's own: in a
   * busy room every message is an answer to each of them. So is that of `uia`: who has stolen one device's token must not be
   * able to keep the owner from signing that device out.
   */
  take(limit: LimitClass, subject: string, deviceId?: string): void;
  /** Attempts to sign in as `user`. `onRefused` is for the audit: guessing must not vanish behind the limit that slows it. */
  login(address: string, user: string, onRefused: () => void): void;
  /** Attempts of somebody who is signed in to prove with a password that they are the account's owner. */
  proof(userId: string, deviceId: string, onRefused: () => void): void;
}

/**
 * Generous where clients poll and a whole office may sit behind one address; strict where passwords can be guessed.
 * Figures are requests per second and burst.
 */
const classes: Readonly<Record<LimitClass, RateLimit>> = {
  login: { perSecond: 1, burst: 50 },
  register: { perSecond: 0.2, burst: 10 },
  // How often a password is tried on the way is `proof`'s.
  uia: { perSecond: 1, burst: 30 },
  send: { perSecond: 10, burst: 50 },
  write: { perSecond: 10, burst: 100 },
  "create-room": { perSecond: 0.5, burst: 20 },
  ephemeral: { perSecond: 20, burst: 100 },
  read: { perSecond: 50, burst: 500 },
  sync: { perSecond: 20, burst: 200 },
};
const ADDRESS: RateLimit = { perSecond: 1000, burst: 4000 };
// The pair comes first and what it refuses costs the account nothing: from one address nobody can lock another out.
const ADDRESS_AND_ACCOUNT: RateLimit = { perSecond: 0.1, burst: 5 };
const ACCOUNT: RateLimit = { perSecond: 0.5, burst: 20 };
/** As many as somebody may have devices that they sign out one by one. */
const DEVICE: RateLimit = { perSecond: 0.1, burst: 10 };
const ownedByDevice: ReadonlySet<LimitClass> = new Set(["sync", "uia"]);

const none: Limits = { address: () => {}, take: () => {}, login: () => {}, proof: () => {} };

/** @param enabled false in the conformance profile */
export function createLimits(clock: Clock, enabled: boolean): Limits {
  if (!enabled) return none;
  const byAddress = createRateLimiter(clock, ADDRESS);
  const pairs = createRateLimiter(clock, ADDRESS_AND_ACCOUNT);
  const accounts = createRateLimiter(clock, ACCOUNT);
  const devices = createRateLimiter(clock, DEVICE);
  const owners = createRateLimiter(clock, ACCOUNT);
  const byClass = new Map<string, RateLimiter>();
  for (const [name, limit] of Object.entries(classes)) byClass.set(name, createRateLimiter(clock, limit));
  return {
    address: (address) => spend(byAddress, address),
    // No user id holds a space.
    take: (limit, subject, deviceId) => spend(byClass.get(limit), ownedByDevice.has(limit) ? `${subject} ${deviceId ?? ""}` : subject),
    login(address, user, onRefused) {
      spend(pairs, `${address} ${user}`, onRefused);
      spend(accounts, user, onRefused);
    },
    // The device first, as with addresses: what is refused of one costs the others nothing.
    proof(userId, deviceId, onRefused) {
      spend(devices, `${userId} ${deviceId}`, onRefused);
      spend(owners, userId, onRefused);
    },
  };
}

function spend(limiter: RateLimiter | undefined, key: string, onRefused?: () => void): void {
  const wait = limiter?.take(key) ?? 0;
  if (wait <= 0) return;
  onRefused?.();
  throw new MatrixError("M_LIMIT_EXCEEDED", "Too many requests. Try again later.", { retryAfterMs: wait });
}
