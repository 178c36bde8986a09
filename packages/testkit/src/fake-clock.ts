/** A clock that stands still until a test moves it. Structurally the kernel's `Clock`. */
export interface FakeClock {
  now(): number;
  /** @throws RangeError for a step back: nothing in the product may rely on that. */
  advance(milliseconds: number): void;
}

/** @param start milliseconds since the Unix epoch */
export function createFakeClock(start = 1_700_000_000_000): FakeClock {
  let now = start;
  return {
    now: () => now,
    advance(milliseconds) {
      if (milliseconds < 0) throw new RangeError("a fake clock does not run backwards");
      now += milliseconds;
    },
  };
}
