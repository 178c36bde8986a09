import { hash } from "node:crypto";

export const HASH_BYTES = 32;

/** Longest entry that a bundle can hold (C2SP tlog-tiles: its length is a uint16). */
export const MAX_ENTRY_BYTES = 65_535;

// Written anew at each call and never handed out: one-shot hashing of a buffer that is there already is twice as fast as
// allocating one, and a million entries are hashed in a check.
const leaf = Buffer.alloc(1 + MAX_ENTRY_BYTES);
const pair = Buffer.alloc(1 + 2 * HASH_BYTES);
pair[0] = 1;

/** Root of a tree without leaves: SHA-256 of nothing (RFC 6962, section 2.1). */
export const EMPTY_ROOT: Uint8Array = hash("sha256", new Uint8Array(), "buffer");

/** SHA-256 of 0x00 and the entry: a leaf can never be taken for an inner node. */
export function hashLeaf(entry: Uint8Array): Uint8Array {
  if (entry.length > MAX_ENTRY_BYTES) return hash("sha256", Buffer.concat([new Uint8Array(1), entry]), "buffer");
  leaf.set(entry, 1);
  return hash("sha256", leaf.subarray(0, 1 + entry.length), "buffer");
}

/**
 * SHA-256 of 0x01 and both children.
 * @throws RangeError unless each child has 32 bytes: 31 and 33 would give the hash of other children
 */
export function hashChildren(left: Uint8Array, right: Uint8Array): Uint8Array {
  if (left.length !== HASH_BYTES || right.length !== HASH_BYTES) throw new RangeError(`a child has ${HASH_BYTES} bytes`);
  pair.set(left, 1);
  pair.set(right, 1 + HASH_BYTES);
  return hash("sha256", pair, "buffer");
}

const row = Buffer.alloc(256 * HASH_BYTES);

/** Root of the perfect subtree over `count` hashes, a power of two up to 256, that lie side by side from byte `start`. */
export function hashRow(hashes: Uint8Array, start: number, count: number): Uint8Array {
  row.set(hashes.subarray(start, start + count * HASH_BYTES));
  for (let width = count; width > 1; width /= 2) {
    for (let at = 0; at < width; at += 2) {
      row.copy(pair, 1, at * HASH_BYTES, (at + 2) * HASH_BYTES);
      row.set(hash("sha256", pair, "buffer"), (at / 2) * HASH_BYTES);
    }
  }
  return Uint8Array.from(row.subarray(0, HASH_BYTES));
}

/** Nothing here is secret, so the time of the comparison may tell where two hashes differ. */
export function isSameHash(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === HASH_BYTES && Buffer.compare(one, other) === 0;
}
