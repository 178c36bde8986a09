import { hash } from "node:crypto";

const HASH_BYTES = 32;

/** Root of a tree without leaves: SHA-256 of nothing (RFC 6962, section 2.1). */
export const EMPTY_ROOT: Uint8Array = hash("sha256", new Uint8Array(), "buffer");

/** SHA-256 of 0x00 and the entry: a leaf can never be taken for an inner node. */
export function hashLeaf(entry: Uint8Array): Uint8Array {
  const bytes = Buffer.allocUnsafe(1 + entry.length);
  bytes[0] = 0;
  bytes.set(entry, 1);
  return hash("sha256", bytes, "buffer");
}

/** SHA-256 of 0x01 and both children, 32 bytes each. */
export function hashChildren(left: Uint8Array, right: Uint8Array): Uint8Array {
  const bytes = Buffer.allocUnsafe(1 + 2 * HASH_BYTES);
  bytes[0] = 1;
  bytes.set(left, 1);
  bytes.set(right, 1 + HASH_BYTES);
  return hash("sha256", bytes, "buffer");
}
