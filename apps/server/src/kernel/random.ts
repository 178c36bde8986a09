import { randomFillSync } from "node:crypto";

/** Cryptographically strong randomness in production; seeded in tests. */
export interface Random {
  bytes(length: number): Uint8Array;
}

// One system call fills many ids: a call per id costs more than the id itself.
const POOL_BYTES = 4096;

/** A pooled generator over the operating system's source. Bytes are handed out once and never reused. */
export function createSystemRandom(): Random {
  let pool = new Uint8Array(0);
  let used = 0;
  return {
    bytes(length) {
      if (length > POOL_BYTES) return randomFillSync(new Uint8Array(length));
      if (used + length > pool.length) {
        pool = randomFillSync(new Uint8Array(POOL_BYTES));
        used = 0;
      }
      const bytes = pool.slice(used, used + length);
      pool.fill(0, used, used + length);
      used += length;
      return bytes;
    },
  };
}

/** `length` random bytes as URL-safe unpadded base64. */
export function randomToken(random: Random, length: number): string {
  return Buffer.from(random.bytes(length)).toString("base64url");
}

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/** An identifier of capital letters, as device ids are usually written. */
export function randomLetters(random: Random, length: number): string {
  let text = "";
  while (text.length < length) {
    for (const byte of random.bytes(length * 2)) {
      // Values from 234 on would make the first letters likelier than the rest.
      if (byte < 234 && text.length < length) text += LETTERS.charAt(byte % 26);
    }
  }
  return text;
}
