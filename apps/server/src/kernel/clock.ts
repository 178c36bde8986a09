/** Milliseconds since the Unix epoch. Passed in everywhere, so that tests move time instead of waiting. */
export interface Clock {
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };
