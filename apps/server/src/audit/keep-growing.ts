import type { Logger, Timers } from "#kernel";
import type { Storage } from "#storage";
import { LogBroken } from "./errors.ts";
import { type GrowthDeps, growLog, type OpenLog } from "./grow-log.ts";

export interface KeepGrowingDeps extends GrowthDeps {
  readonly storage: Storage;
  readonly timers: Timers;
  readonly log: Logger;
  /** The log as it is stored, after a failure. */
  readonly reload: () => Promise<OpenLog>;
}

export interface Growing {
  /** Entries have been given to a batch. */
  readonly noteEntries: (count: number) => void;
  /** Takes in and signs what is committed now. Resolves when that is durable. @throws what keeps it from being signed */
  readonly catchUp: () => Promise<void>;
  readonly current: () => OpenLog;
  /** Why nothing is signed any more. */
  readonly stopped: () => string | undefined;
  close(): void;
}

const CHECKPOINT_MS = 1000;
const CHECKPOINT_ENTRIES = 256;

/** A checkpoint each second, or at 256 entries, while there are new ones. */
export function keepGrowing(first: OpenLog, deps: KeepGrowingDeps): Growing {
  const { storage, timers, log } = deps;
  const grower = createGrower(first, deps);
  let timer: { cancel(): void } | undefined;
  let noted = 0;
  let isClosed = false;

  const isOver = (): boolean => isClosed || grower.stopped() !== undefined;
  const catchUp = (): Promise<void> => {
    noted = 0;
    return grower.catchUp();
  };
  const schedule = (): void => {
    if (!isOver()) timer ??= timers.after(CHECKPOINT_MS, growBeside);
  };
  const growBeside = (): void => {
    timer?.cancel();
    timer = undefined;
    if (grower.isBusy()) {
      schedule();
      return;
    }
    catchUp().catch((error: unknown) => {
      if (isOver()) return;
      log.error({ error: error instanceof Error ? error.message : "unknown" }, "no checkpoint could be made; trying again");
      schedule();
    });
  };
  // After any commit, not only after one with entries: these may be committed long after they were noted.
  storage.onCommitted(() => {
    if (isOver()) return;
    if (noted >= CHECKPOINT_ENTRIES && !grower.isBusy()) growBeside();
    else schedule();
  });
  return {
    noteEntries(count) {
      noted += count;
    },
    catchUp,
    current: grower.current,
    stopped: grower.stopped,
    close() {
      isClosed = true;
      timer?.cancel();
    },
  };
}

interface Grower extends Pick<Growing, "catchUp" | "current" | "stopped"> {
  readonly isBusy: () => boolean;
}

/** Takes in what is committed, one time after the other: who asks while one is under way may have entries that it does not see. */
function createGrower(first: OpenLog, deps: KeepGrowingDeps): Grower {
  let current = first;
  let isVoid = false;
  let stopped: string | undefined;
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();

  const grow = async (): Promise<void> => {
    if (stopped !== undefined) throw new LogBroken(stopped);
    try {
      if (isVoid) current = await deps.reload();
      isVoid = false;
      await growLog(current, deps);
    } catch (error) {
      // What was hashed and not written is not in the tree of the store.
      isVoid = true;
      if (error instanceof LogBroken) {
        stopped = error.message;
        deps.log.error({ origin: current.origin, found: error.message }, "the audit log is signed no more; a restart begins a new one");
      }
      throw error;
    } finally {
      waiting -= 1;
    }
  };
  return {
    catchUp() {
      waiting += 1;
      const next = last.then(grow);
      last = next.catch(() => undefined);
      return next;
    },
    current: () => current,
    stopped: () => stopped,
    isBusy: () => waiting > 0,
  };
}
