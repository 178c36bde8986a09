/** Counts what is not stored (typing, presence): one count for all of it, so that one number in a token says what a client has seen. */
export interface Counter {
  next(): number;
  value(): number;
}

export function createCounter(): Counter {
  let count = 0;
  return { next: () => (count += 1), value: () => count };
}
