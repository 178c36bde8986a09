import type { KeyObject } from "node:crypto";

/**
 * Holder of the key-encryption key: a file today, a KMS or an HSM later. `wrap` and `unwrap` are called at
 * start, at rotation and at erasure only, never per message.
 */
export interface KeyProvider {
  wrap(plaintext: Uint8Array, associated: string): Promise<Uint8Array>;
  unwrap(wrapped: Uint8Array, associated: string): Promise<Uint8Array>;
  /** Ed25519, checked with `publicKey`. */
  sign(message: Uint8Array): Promise<Uint8Array>;
  readonly publicKey: KeyObject;
}
