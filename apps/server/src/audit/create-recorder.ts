import type { AuditRecord, AuditSink, Clock, Logger, Timers } from "#kernel";
import type { Storage, Write } from "#storage";
import type { LogStore } from "./log-store.ts";
import { createReadWindow, createRefusalWindow } from "./queued-window.ts";
import type { StampedRecord } from "./seal-entry.ts";
import { createStamp, type LatestTime } from "./stamp-time.ts";
import { createQueuedWriter } from "./write-queued.ts";

export interface Recorder extends AuditSink<Write> {
  flush(): Promise<void>;
}

export interface RecorderDeps {
  readonly storage: Storage;
  readonly store: LogStore;
  readonly seal: (record: StampedRecord) => Uint8Array;
  readonly clock: Clock;
  readonly timers: Timers;
  /** The latest time in the log. */
  readonly latest: LatestTime;
  readonly noteEntries: (count: number) => void;
  readonly log: Logger;
}

/** Kinds told apart within one minute: some megabytes at most. */
const MAX_KINDS = 10_000;
const MINUTE_MS = 60_000;

/** What is done becomes statements of the act's own batch; what is refused or read is queued. */
export function createRecorder({ storage, store, seal, clock, timers, latest, noteEntries, log }: RecorderDeps): Recorder {
  const stamp = createStamp(clock, latest);
  const refusals = createRefusalWindow(MAX_KINDS);
  const reads = createReadWindow(MAX_KINDS);
  /** Stamped as they go to the store: what had waited with its stamp would stand among younger ones. */
  const toWrites = (records: readonly AuditRecord[]): readonly Write[] => {
    const { turnedBack, ...time } = stamp();
    if (turnedBack !== undefined) log.warn({ seconds: turnedBack }, "the clock was turned back");
    const all = turnedBack === undefined ? records : [clockTurnedBack(turnedBack), ...records];
    noteEntries(all.length);
    return all.map((record) => store.append(seal({ ...record, ...time })));
  };
  const refusalWriter = createQueuedWriter({ storage, window: refusals, what: "refusals", toWrites, log });
  const readWriter = createQueuedWriter({ storage, window: reads, what: "reads", toWrites, log });

  /** Counts of a minute that is over. */
  const carryAway = (): void => {
    const at = clock.now();
    refusalWriter.writeBeside(refusals.takeEnded(at));
    readWriter.writeBeside(reads.takeEnded(at));
  };
  let timer: { cancel(): void } | undefined;
  /** Where nothing more is recorded, a count does not wait for it. */
  const carryAwaySoon = (): void => {
    timer ??= timers.after(MINUTE_MS, () => {
      timer = undefined;
      carryAway();
    });
  };
  return {
    writes(...records) {
      carryAway();
      return toWrites(records);
    },
    refused(record) {
      carryAway();
      // Each refusal of an administrator is worth a look of its own.
      const isAdministrator = record.byAdministrator === true || record.asAdministrator === true;
      const first = isAdministrator ? { ...record, count: record.count ?? 1 } : refusals.note(record);
      if (first === undefined) carryAwaySoon();
      else refusalWriter.writeBeside([first]);
    },
    observed(record) {
      carryAway();
      const first = reads.note(record);
      if (first === undefined) carryAwaySoon();
      else readWriter.writeBeside([first]);
    },
    async flush() {
      timer?.cancel();
      timer = undefined;
      await Promise.all([refusalWriter.flush(), readWriter.flush()]);
    },
  };
}

const clockTurnedBack = (seconds: number): AuditRecord => ({
  event: "audit.clock.turned-back",
  actor: "server",
  outcome: "done",
  count: seconds,
});
