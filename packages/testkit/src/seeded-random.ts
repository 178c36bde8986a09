import { createHash } from "node:crypto";

/** Repeatable randomness: the same seed gives the same bytes. Structurally the kernel's `Random`. */
export interface SeededRandom {
  bytes(length: number): Uint8Array;
  /** An integer from 0 to `limit` − 1. */
  below(limit: number): number;
}

// SHA-256 over seed and counter: no statistics of a home-made generator to argue about.
export function createSeededRandom(seed: string | number): SeededRandom {
  let counter = 0;
  let pool = Buffer.alloc(0);
  const bytes = (length: number): Uint8Array => {
    const parts = [pool];
    for (let have = pool.length; have < length; have += 32) {
      parts.push(createHash("sha256").update(`${seed}/${counter++}`).digest());
    }
    const all = Buffer.concat(parts);
    pool = all.subarray(length);
    return new Uint8Array(all.subarray(0, length));
  };
  return { bytes, below: (limit) => Buffer.from(bytes(6)).readUIntBE(0, 6) % limit };
}
