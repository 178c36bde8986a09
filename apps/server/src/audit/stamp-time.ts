import type { Clock } from "#kernel";

/** The latest time so far, as the clock gave it that had been turned back so often. */
export interface LatestTime {
  readonly at: number;
  readonly clock: number;
}

/** What the clock says. */
export interface Stamp extends LatestTime {
  /** Whole seconds that the clock went back since it was last asked, if it went back further than acts may overtake each other. */
  readonly turnedBack?: number;
}

/**
 * Neighbours of the log may be out of order by so much: an act is stamped when it is decided and stands where its commit is. Also the bound by which
 * an export is judged.
 */
export const MOST_OVERTAKING_MS = 60_000;

/**
 * Each stamp says how often the clock had been turned back: what was stamped before may be committed after, or never, and is then still told from what
 * somebody dated back.
 */
export function createStamp(clock: Clock, latest: LatestTime): () => Stamp {
  let { at: last, clock: turns } = latest;
  return () => {
    const at = clock.now();
    const back = last - at;
    if (back <= MOST_OVERTAKING_MS) {
      last = Math.max(last, at);
      return { at, clock: turns };
    }
    last = at;
    turns += 1;
    return { at, clock: turns, turnedBack: Math.round(back / 1000) };
  };
}

/** The latest time among times in any order. */
export function latestOf(times: readonly LatestTime[]): LatestTime {
  const clock = times.reduce((most, each) => Math.max(most, each.clock), 0);
  return { at: times.reduce((most, each) => (each.clock === clock ? Math.max(most, each.at) : most), 0), clock };
}
