import type { Clock } from "#kernel";

/** What the clock says, and whether it was turned back since it was last asked. */
export interface Stamp {
  readonly at: number;
  /** Whole seconds that the clock went back, if it went back further than acts may overtake each other. */
  readonly turnedBack?: number;
}

/**
 * Neighbours of the log may be out of order by so much: an act is stamped when it is decided and stands where its commit is. Also the bound by which
 * an export is judged.
 */
export const MOST_OVERTAKING_MS = 60_000;

/** @param latest the latest time in the log so far */
export function createStamp(clock: Clock, latest: number): () => Stamp {
  let last = latest;
  return () => {
    const at = clock.now();
    const back = last - at;
    if (back <= MOST_OVERTAKING_MS) {
      last = Math.max(last, at);
      return { at };
    }
    last = at;
    return { at, turnedBack: Math.round(back / 1000) };
  };
}
