import { createSecretKey, hkdfSync, type KeyObject } from "node:crypto";

const DERIVED_BYTES = 32;

/**
 * HKDF-SHA-256 (RFC 5869) without salt: one independent 256-bit key per purpose.
 * @param secret uniformly random, at least 256 bits; a password is none
 */
export function deriveKey(secret: KeyObject, purpose: string): KeyObject {
  const bytes = new Uint8Array(hkdfSync("sha256", secret, new Uint8Array(0), `wardroom/${purpose}`, DERIVED_BYTES));
  const key = createSecretKey(bytes);
  bytes.fill(0);
  return key;
}
