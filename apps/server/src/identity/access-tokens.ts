import { createHmac, type KeyObject } from "node:crypto";
import { type Random, randomToken } from "#kernel";

/** Secrets that are handed out once and found again by keyed hash: the store never holds what opens an account. */
export interface SecretIds {
  make(): string;
  /** Undefined for what this server cannot have handed out: no look-up is due. */
  hashOf(secret: string): string | undefined;
}

/** Recognisable, so that scanners of repositories and logs can find one that leaked. */
const ACCESS_TOKEN_PREFIX = "wardroom_at_";
const ACCESS_TOKEN = /^wardroom_at_[A-Za-z0-9_-]{43}$/;
const UIA_SESSION = /^[A-Za-z0-9_-]{32}$/;

// Looking up a keyed hash tells a timing attacker about the hash of his guess, which he can neither compute nor steer.
export const keyedHash = (key: KeyObject, text: string): string => createHmac("sha256", key).update(text).digest("base64url");

/** 32 random bytes each. */
export function createAccessTokens(key: KeyObject, random: Random): SecretIds {
  return {
    make: () => ACCESS_TOKEN_PREFIX + randomToken(random, 32),
    hashOf: (token) => (ACCESS_TOKEN.test(token) ? keyedHash(key, token) : undefined),
  };
}

/** 24 random bytes each. */
export function createUiaSessionIds(key: KeyObject, random: Random): SecretIds {
  return {
    make: () => randomToken(random, 24),
    hashOf: (session) => (UIA_SESSION.test(session) ? keyedHash(key, session) : undefined),
  };
}
