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
  noteEntries(count: number): void;
  /** Takes in and signs what is committed now. Resolves when that is durable. @throws what keeps it from being signed */
  catchUp(): Promise<void>;
  current(): OpenLog;
  /** Why nothing is signed any more. */
  stopped(): string | undefined;
  close(): void;
}

const CHECKPOINT_MS = 1000;
const CHECKPOINT_ENTRIES = 256;

/** A checkpoint each second, or at 256 entries, while there are new ones; one at a time. */
export function keepGrowing(first: OpenLog, deps: KeepGrowingDeps): Growing {
  const { storage, timers, log } = deps;
  let current = first;
  let isVoid = false;
  let noted = 0;
  let timer: { cancel(): void } | undefined;
  let running: Promise<void> | undefined;
  let stopped: string | undefined;
  let isClosed = false;

  const grow = async (): Promise<void> => {
    if (stopped !== undefined) throw new LogBroken(stopped);
    noted = 0;
    try {
      if (isVoid) current = await deps.reload();
      isVoid = false;
      await growLog(current, deps);
    } catch (error) {
      // What was hashed and not written is not in the tree of the store.
      isVoid = true;
      if (error instanceof LogBroken) {
        stopped = error.message;
        log.error({ origin: current.origin, found: error.message }, "the audit log is signed no more; a restart begins a new one");
      }
      throw error;
    }
  };
  const catchUp = async (): Promise<void> => {
    // Who asks while one is under way has entries that it may not see.
    while (running !== undefined) await running.catch(() => undefined);
    running = grow().finally(() => {
      running = undefined;
    });
    return running;
  };
  const growBeside = (): void => {
    timer?.cancel();
    timer = undefined;
    if (running !== undefined) {
      schedule();
      return;
    }
    catchUp().catch((error: unknown) => {
      if (stopped !== undefined || isClosed) return;
      log.error({ error: error instanceof Error ? error.message : "unknown" }, "no checkpoint could be made; trying again");
      schedule();
    });
  };
  const schedule = (): void => {
    if (!isClosed && stopped === undefined) timer ??= timers.after(CHECKPOINT_MS, growBeside);
  };
  // After any commit, not only after one with entries: these may be committed long after they were noted.
  storage.onCommitted(() => {
    if (isClosed || stopped !== undefined) return;
    if (noted >= CHECKPOINT_ENTRIES && running === undefined) growBeside();
    else schedule();
  });
  return {
    noteEntries(count) {
      noted += count;
    },
    catchUp,
    current: () => current,
    stopped: () => stopped,
    close() {
      isClosed = true;
      timer?.cancel();
    },
  };
}
