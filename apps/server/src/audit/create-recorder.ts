import type { AuditRecord, AuditSink, Clock, Logger } from "#kernel";
import type { Storage, Write } from "#storage";
import type { LogStore } from "./log-store.ts";
import { createQueuedWindow } from "./queued-window.ts";
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
  /** The latest time in the log. */
  readonly latest: LatestTime;
  readonly noteEntries: (count: number) => void;
  readonly log: Logger;
}

/** Kinds told apart within one minute: some megabytes at most. */
const MAX_KINDS = 10_000;

/** What is done becomes statements of the act's own batch; what is refused or read is queued. */
export function createRecorder({ storage, store, seal, clock, latest, noteEntries, log }: RecorderDeps): Recorder {
  const stamp = createStamp(clock, latest);
  const window = createQueuedWindow(MAX_KINDS);
  /** Stamped as they go to the store: whatever waited would be older than what did not. */
  const toWrites = (records: readonly AuditRecord[]): readonly Write[] => {
    const { turnedBack, ...time } = stamp();
    if (turnedBack !== undefined) log.warn({ seconds: turnedBack }, "the clock was turned back");
    const all = turnedBack === undefined ? records : [clockTurnedBack(turnedBack), ...records];
    noteEntries(all.length);
    return all.map((record) => store.append(seal({ ...record, ...time })));
  };
  const queued = createQueuedWriter({ storage, window, toWrites, log });

  /** No timer: whatever is recorded after a minute's end, or `flush`, carries its counts away. */
  const carryAway = (at: number): void => queued.writeBeside(window.takeEnded(at));
  const queue = (record: AuditRecord): void => {
    const at = clock.now();
    carryAway(at);
    // Each refusal of an administrator is worth a look of its own.
    const isSingle = record.asAdministrator === true && record.outcome === "refused";
    const first = isSingle ? { ...record, count: record.count ?? 1 } : window.note(record);
    if (first !== undefined) queued.writeBeside([first]);
  };
  return {
    writes(...records) {
      carryAway(clock.now());
      return toWrites(records);
    },
    refused: queue,
    observed: queue,
    flush: queued.flush,
  };
}

const clockTurnedBack = (seconds: number): AuditRecord => ({
  event: "audit.clock.turned-back",
  actor: "server",
  outcome: "done",
  count: seconds,
});
