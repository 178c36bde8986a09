import { isSameHash } from "./hashes.ts";
import type { Hashes } from "./log-files.ts";

/** A tile that may have been altered: what its hashes may be, by its file and by what lies under it. */
export interface Doubtful {
  readonly width: number;
  readonly candidates: readonly Hashes[];
}

export type Whole = readonly Uint8Array[];
type Fits = (choice: readonly Whole[]) => boolean;

/** Bound on the combinations that are tried: 2^10 of a few hundred hashes each is well under a second. */
const MAX_COMBINATIONS = 1024;

const isWholeOf = (hashes: Hashes, width: number): hashes is Whole => hashes.length === width && hashes.every((hash) => hash !== undefined);

/** The first combination, one of each list, that is accepted. */
function findCombination<T>(lists: readonly (readonly T[])[], isIt: (choice: readonly T[]) => boolean): readonly T[] | undefined {
  const total = lists.reduce((product, { length }) => product * length, 1);
  for (let number = 0; number < Math.min(total, MAX_COMBINATIONS); number += 1) {
    let rest = number;
    const choice: T[] = [];
    for (const list of lists) {
      const picked = list[rest % list.length];
      if (picked !== undefined) choice.push(picked);
      rest = Math.floor(rest / list.length);
    }
    if (isIt(choice)) return choice;
  }
  return undefined;
}

/** Both candidates of each tile woven: where they differ, one or the other. For a tile and, elsewhere in it, an entry altered. */
function weave(pairs: readonly (readonly [Whole, Whole])[], fits: Fits): readonly Whole[] | undefined {
  const doubts = pairs.flatMap(([one, other], tile) =>
    one.flatMap((hash, at) => {
      const second = other[at];
      return second === undefined || isSameHash(hash, second) ? [] : [{ tile, at, hash: second }];
    }),
  );
  if (2 ** doubts.length > MAX_COMBINATIONS) return undefined;
  const weaveWith = (taken: readonly boolean[]): Uint8Array[][] => {
    const woven = pairs.map(([one]) => [...one]);
    for (const [number, { tile, at, hash }] of doubts.entries()) {
      const row = woven[tile];
      if (row !== undefined && taken[number] === true) row[at] = hash;
    }
    return woven;
  };
  const taken = findCombination(
    doubts.map(() => [false, true]),
    (choice) => fits(weaveWith(choice)),
  );
  return taken === undefined ? undefined : weaveWith(taken);
}

/**
 * The hashes that hang together with what is known to be right, out of several candidates for each tile: whole candidates
 * first, then two of them woven. Undefined if none do.
 */
export function recoverHashes(tiles: readonly Doubtful[], fits: Fits): readonly Whole[] | undefined {
  const whole = tiles.map(({ width, candidates }) => candidates.filter((candidate) => isWholeOf(candidate, width)));
  if (whole.some(({ length }) => length === 0)) return undefined;
  const found = findCombination(whole, fits);
  if (found !== undefined) return found;
  const most = Math.max(...whole.map(({ length }) => length));
  for (let one = 0; one < most; one += 1) {
    for (let other = one + 1; other < most; other += 1) {
      const pairs = whole.flatMap((candidates) => {
        const [first, second] = [candidates[one] ?? candidates[0], candidates[other] ?? candidates.at(-1)];
        return first === undefined || second === undefined ? [] : [[first, second] as const];
      });
      const woven = weave(pairs, fits);
      if (woven !== undefined) return woven;
    }
  }
  return undefined;
}
