import type { AuditSink, Clock, Logger } from "#kernel";
import type { Storage, Write } from "#storage";
import type { LogStore } from "./log-store.ts";
import { type CountedRecord, createReadWindow, createRefusalWindow } from "./queued-window.ts";
import type { StampedRecord } from "./seal-entry.ts";
import { createStamp } from "./stamp-time.ts";
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
  readonly latest: number;
  readonly noteEntries: (count: number) => void;
  readonly log: Logger;
}

/** Kinds told apart within one minute: some megabytes at most. */
const MAX_KINDS = 10_000;

/** What is done becomes statements of the act's own batch; what is refused or read is queued. */
export function createRecorder({ storage, store, seal, clock, latest, noteEntries, log }: RecorderDeps): Recorder {
  const stamp = createStamp(clock, latest);
  const refusals = createRefusalWindow(MAX_KINDS);
  const reads = createReadWindow(MAX_KINDS);
  const toWrites = (records: readonly StampedRecord[]): readonly Write[] => {
    noteEntries(records.length);
    return records.map((record) => store.append(seal(record)));
  };
  const refusalWriter = createQueuedWriter({ storage, window: refusals, what: "refusals", toWrites, log });
  const readWriter = createQueuedWriter({ storage, window: reads, what: "reads", toWrites, log });

  /** The time of what is recorded now. No timer: whatever is recorded after a minute's end, or `flush`, carries its counts away. */
  const begin = (): { readonly at: number; readonly before: readonly CountedRecord[] } => {
    const { at, turnedBack } = stamp();
    refusalWriter.writeBeside(refusals.takeEnded(at));
    readWriter.writeBeside(reads.takeEnded(at));
    if (turnedBack === undefined) return { at, before: [] };
    log.warn({ seconds: turnedBack }, "the clock was turned back");
    return { at, before: [{ event: "audit.clock.turned-back", actor: "server", outcome: "done", count: turnedBack, at }] };
  };
  return {
    writes(...records) {
      const { at, before } = begin();
      return toWrites([...before, ...records.map((record) => ({ ...record, at }))]);
    },
    refused(record) {
      const { at, before } = begin();
      // Each refusal of an administrator is worth a look of its own.
      const isAdministrator = record.byAdministrator === true || record.asAdministrator === true;
      const first = isAdministrator ? { ...record, at, count: record.count ?? 1 } : refusals.note(record, at);
      refusalWriter.writeBeside(first === undefined ? before : [...before, first]);
    },
    observed(record) {
      const { at, before } = begin();
      const first = reads.note(record, at);
      readWriter.writeBeside(first === undefined ? before : [...before, first]);
    },
    async flush() {
      await Promise.all([refusalWriter.flush(), readWriter.flush()]);
    },
  };
}
