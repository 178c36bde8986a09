import type { Actor } from "#kernel";
import type { Identity, TokenVerdict } from "./contract.ts";

/** Verdicts of tokens seen before, by keyed hash of the token. */
export interface SessionCache {
  get(tokenHash: string): TokenVerdict | undefined;
  put(tokenHash: string, actor: Actor): void;
  /** Reads the store once for all who ask at the same time, and remembers a valid answer. */
  load(tokenHash: string): Promise<TokenVerdict>;
  /** Called at the moment the end of these sessions is durable. */
  revoke(userId: string, isRevoked: (deviceId: string) => boolean): void;
  onRevoked(listener: RevocationListener): void;
}

type RevocationListener = Parameters<Identity["onRevoked"]>[0];

interface Revocation {
  readonly userId: string;
  readonly isRevoked: (deviceId: string) => boolean;
}

const MAX_READS = 3;
const unknown: TokenVerdict = { kind: "unknown" };
const hits = ({ userId, isRevoked }: Revocation, actor: Actor): boolean => userId === actor.userId && isRevoked(actor.deviceId);

export function createSessionCache(capacity: number, read: (tokenHash: string) => Promise<Actor | undefined>): SessionCache {
  const verdicts = createRecentVerdicts(capacity);
  const loads = new Map<string, Promise<TokenVerdict>>();
  const seenByReads = new Set<Revocation[]>();
  const listeners: RevocationListener[] = [];

  // A read that began before a logout committed may bring the token back after the logout removed it from the cache. So each
  // read collects the revocations that become durable while it is under way, and an answer that one of them hits is read again.
  const readThrough = async (tokenHash: string): Promise<TokenVerdict> => {
    for (let attempt = 1; ; attempt += 1) {
      const meanwhile: Revocation[] = [];
      seenByReads.add(meanwhile);
      let actor: Actor | undefined;
      try {
        actor = await read(tokenHash);
      } finally {
        seenByReads.delete(meanwhile);
      }
      if (actor === undefined) return unknown;
      const found = actor;
      if (!meanwhile.some((revocation) => hits(revocation, found))) return verdicts.put(tokenHash, found);
      // The device is signed in again and again: the token was good when it was asked for, and is not remembered.
      if (attempt === MAX_READS) return { kind: "valid", actor };
    }
  };

  return {
    get: (tokenHash) => verdicts.get(tokenHash),
    put: (tokenHash, actor) => void verdicts.put(tokenHash, actor),
    onRevoked: (listener) => void listeners.push(listener),
    load(tokenHash) {
      const running = loads.get(tokenHash);
      if (running !== undefined) return running;
      const loading = readThrough(tokenHash).finally(() => loads.delete(tokenHash));
      loads.set(tokenHash, loading);
      return loading;
    },
    revoke(userId, isRevoked) {
      verdicts.remove(userId, isRevoked);
      for (const meanwhile of seenByReads) meanwhile.push({ userId, isRevoked });
      for (const listener of listeners) listener(userId, isRevoked);
    },
  };
}

/** The least recently used verdict goes first. Indexed by user, so that a logout does not walk through all of them. */
function createRecentVerdicts(capacity: number) {
  type Valid = Extract<TokenVerdict, { readonly kind: "valid" }>;
  const byHash = new Map<string, Valid>();
  const byUser = new Map<string, Map<string, string>>();
  const remove = (tokenHash: string) => {
    const verdict = byHash.get(tokenHash);
    if (verdict === undefined) return;
    byHash.delete(tokenHash);
    const hashes = byUser.get(verdict.actor.userId);
    hashes?.delete(tokenHash);
    if (hashes?.size === 0) byUser.delete(verdict.actor.userId);
  };
  return {
    get(tokenHash: string): Valid | undefined {
      const verdict = byHash.get(tokenHash);
      if (verdict === undefined) return undefined;
      byHash.delete(tokenHash);
      byHash.set(tokenHash, verdict);
      return verdict;
    },
    put(tokenHash: string, actor: Actor): Valid {
      remove(tokenHash);
      const verdict: Valid = { kind: "valid", actor };
      byHash.set(tokenHash, verdict);
      const hashes = byUser.get(actor.userId) ?? new Map<string, string>();
      byUser.set(actor.userId, hashes.set(tokenHash, actor.deviceId));
      // See `dropOldest`.
      if (byHash.size <= capacity) return verdict;
      for (const oldest of byHash.keys()) {
        if (byHash.size <= capacity) break;
        remove(oldest);
      }
      return verdict;
    },
    remove(userId: string, isRevoked: (deviceId: string) => boolean): void {
      for (const [tokenHash, deviceId] of byUser.get(userId) ?? []) if (isRevoked(deviceId)) remove(tokenHash);
    },
  };
}
