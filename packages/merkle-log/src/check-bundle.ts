import { judgeBundle } from "./judge-bundle.ts";
import type { LogFiles } from "./log-files.ts";
import type { FaultList } from "./log-report.ts";
import type { Whole } from "./recover-hashes.ts";
import { TILE_WIDTH } from "./tiles.ts";

export interface BundleCheck {
  check(index: number, leafHashes: Whole, isProven: boolean): Promise<void>;
  /** A bundle whose tile is gone, and whose entries do not add up: which of them is wrong only the tile could say. */
  checkWithoutTile(index: number): Promise<void>;
  /** Entries that were proven so far. */
  proven(): number;
}

export type OnEntry = (index: number, entry: Uint8Array) => string | undefined;

export function createBundleCheck(files: LogFiles, faults: FaultList, onEntry: OnEntry): BundleCheck {
  let proven = 0;
  return {
    async check(index, leafHashes, isProven) {
      const path = files.bundlePathOf(index);
      const start = index * TILE_WIDTH;
      const found = await files.readBundle(index);
      if (found.bytes === undefined) return faults.add(start, { kind: "entries", path, reason: found.reason });
      judgeBundle(found.bytes, leafHashes, {
        fits(position, entry) {
          if (isProven) proven += 1;
          const objection = onEntry(start + position, entry);
          if (objection !== undefined) faults.object(start + position, path, objection);
        },
        altered(position, words) {
          const reason = isProven ? words : "neither it nor its hash in the tile hangs together with the checkpoint";
          faults.add(start + position, { kind: "entry", index: start + position, path, reason });
        },
        broken: (reason) => faults.add(start, { kind: "entries", path, reason }),
      });
    },
    async checkWithoutTile(index) {
      const found = await files.readBundle(index);
      const reason = found.bytes === undefined ? found.reason : "an entry of it was altered; without the tile it cannot be told which";
      faults.add(index * TILE_WIDTH, { kind: "entries", path: files.bundlePathOf(index), reason });
    },
    proven: () => proven,
  };
}
