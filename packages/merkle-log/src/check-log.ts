import { requireCount } from "./tiles.ts";
import { createBundleCheck, type OnEntry } from "./check-bundle.ts";
import { checkEdge } from "./check-edge.ts";
import { createLogFiles } from "./log-files.ts";
import { createFaultList, type LogReport, TooManyFaults } from "./log-report.ts";
import type { ReadEntries, ReadTile } from "./read-tile.ts";
import { createWalk } from "./walk-tiles.ts";

export interface LogToCheck {
  /** Size and root of the verified checkpoint: they are presumed right. */
  readonly size: number;
  readonly root: Uint8Array;
  readonly readTile: ReadTile;
  readonly readEntries: ReadEntries;
  /**
   * Called in order for each entry that is as its tile says, to judge its contents; a text is reported as a fault of that
   * entry. The bytes are a view into the bundle.
   */
  readonly onEntry?: OnEntry;
  /** The check is given up at so many faults; 100 unless stated. */
  readonly maxFaults?: number;
}

const MAX_FAULTS = 100;

/**
 * Reads every tile and every entry of a log and names what is not as the checkpoint says. What hangs together with the root is
 * right: from the root down each tile is proven by the hash above it, so an altered tile is told from an altered entry. A sound
 * log is read once, from its first entry to its last, with one tile a level and one bundle in memory; only where something is
 * altered the files under it are read again.
 */
export async function checkLog(log: LogToCheck): Promise<LogReport> {
  requireCount(log.size, "the size of a tree");
  const files = createLogFiles(log);
  const faults = createFaultList(log.maxFaults ?? MAX_FAULTS);
  const bundles = createBundleCheck(files, faults, log.onEntry ?? (() => undefined));
  const walk = createWalk(files, faults, bundles);
  let complete = true;
  try {
    const isProven = await checkEdge({ size: log.size, root: log.root, files, faults, walk });
    if (!isProven && faults.altered === 0) {
      faults.add(0, { kind: "checkpoint", reason: "all entries and tiles agree with each other, and not with the checkpoint" });
    }
  } catch (error) {
    if (!(error instanceof TooManyFaults)) throw error;
    complete = false;
  }
  return { size: log.size, entries: bundles.proven(), faults: faults.list(), complete };
}
