import { timingSafeEqual } from "node:crypto";

/** Compares in a time that depends on the lengths only, so that an attacker cannot find a secret byte by byte. */
export function equalInConstantTime(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}
