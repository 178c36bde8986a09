import type { AuditRecord, AuditSink, Clock, Logger } from "#kernel";
import type { Storage, Write } from "#storage";
import type { LogStore } from "./log-store.ts";
import { createQueuedWindow } from "./queued-window.ts";
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
  const window = createQueuedWindow(MAX_KINDS);
  const toWrites = (records: readonly StampedRecord[]): readonly Write[] => {
    noteEntries(records.length);
    return records.map((record) => store.append(seal(record)));
  };
  const queued = createQueuedWriter({ storage, window, toWrites, log });

  /** The time of what is recorded now. No timer: whatever is recorded after a minute's end, or `flush`, carries its counts away. */
  const begin = (): { readonly at: number; readonly before: readonly StampedRecord[] } => {
    const { at, turnedBack } = stamp();
    queued.writeBeside(window.takeEnded(at));
    if (turnedBack === undefined) return { at, before: [] };
    log.warn({ seconds: turnedBack }, "the clock was turned back");
    return { at, before: [{ event: "audit.clock.turned-back", actor: "server", outcome: "done", count: turnedBack, at }] };
  };
  const queue = (record: AuditRecord): void => {
    const { at, before } = begin();
    // Each refusal of an administrator is worth a look of its own.
    const first =
      record.asAdministrator === true && record.outcome === "refused"
        ? { ...record, at, count: record.count ?? 1 }
        : window.note(record, at);
    queued.writeBeside([...before.map((each) => ({ ...each, count: each.count ?? 1 })), ...(first === undefined ? [] : [first])]);
  };
  return {
    writes(...records) {
      const { at, before } = begin();
      return toWrites([...before, ...records.map((record) => ({ ...record, at }))]);
    },
    refused: queue,
    observed: queue,
    flush: queued.flush,
  };
}
