import { type AuditRecord, type Clock, createBoundedCache } from "#kernel";
import type { Storage } from "#storage";
import type { Reader } from "./contract.ts";
import type { Recorder } from "./create-recorder.ts";

/** Every read of the log is an entry, committed before anything is told. */
export interface ReadRecord {
  readonly record: (reader: Reader, event: AuditRecord["event"], target?: string) => Promise<void>;
  readonly recordExport: (reader: Reader) => Promise<void>;
}

export interface ReadRecordDeps {
  readonly storage: Storage;
  readonly recorder: Recorder;
  readonly clock: Clock;
}

const MOST_EXPORTING = 1000;
const MINUTE_MS = 60_000;

/** Reading the audit is a deed in an administrative role. */
const readBy = (reader: Reader, event: AuditRecord["event"]): AuditRecord => ({ event, ...reader, asAdministrator: true, outcome: "done" });

export function createReadRecord(deps: ReadRecordDeps): ReadRecord {
  const record = async (reader: Reader, event: AuditRecord["event"], target?: string): Promise<void> => {
    const entry = readBy(reader, event);
    await deps.storage.commit({ writes: deps.recorder.writes(target === undefined ? entry : { ...entry, target }) });
  };
  // An export is thousands of files: the first of a reader's in a minute is an entry before it is told, the others are counted.
  const exporting = createBoundedCache<string, number>({ entries: MOST_EXPORTING });
  const recordExport = async (reader: Reader): Promise<void> => {
    const minute = Math.floor(deps.clock.now() / MINUTE_MS);
    const key = JSON.stringify([reader.actor, reader.deviceId, reader.address]);
    if (exporting.get(key) === minute) deps.recorder.observed(readBy(reader, "audit.exported"));
    else await record(reader, "audit.exported");
    exporting.set(key, minute);
  };
  return { record, recordExport };
}
