import type { AuditRecord, Clock, Logger, Random } from "#kernel";
import type { Storage } from "#storage";
import type { Audit, StoredAuditRecord } from "./contract.ts";
import { createRecordIds } from "./record-ids.ts";
import { createRecordStore } from "./record-store.ts";
import { createRefusalWindow, ofReads } from "./refusal-window.ts";

export interface AuditDeps {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/** Kinds of refusal told apart within one minute: some megabytes at most. */
const MAX_KINDS = 10_000;
/** Batches of refusals on their way to the disk. Beyond it they are only counted: nobody waits for them, so nothing else slows a flood. */
const MAX_IN_FLIGHT = 64;
const COUNTS_PER_BATCH = 256;

export function createAudit({ storage, clock, random, log }: AuditDeps): Audit {
  const store = createRecordStore(storage.statements);
  const nextId = createRecordIds(clock, random);
  const refusals = createRefusalWindow(MAX_KINDS);
  // Apart: whoever makes a flood of refusals under ever new names must not thereby read under none.
  const reads = createRefusalWindow(MAX_KINDS, ofReads);
  const windowOf = ({ outcome }: AuditRecord) => (outcome === "refused" ? refusals : reads);
  const inFlight = new Set<Promise<unknown>>();

  const write = async (records: readonly StoredAuditRecord[]): Promise<void> => {
    try {
      await storage.commit({ writes: records.map((record) => store.insert(nextId(), record)) });
    } catch (error) {
      for (const record of records) windowOf(record).putBack(record);
      throw error;
    }
  };
  const writeBeside = (records: readonly StoredAuditRecord[]): void => {
    if (inFlight.size >= MAX_IN_FLIGHT) {
      for (const record of records) windowOf(record).putBack(record);
      return;
    }
    const writing = write(records).catch((error: unknown) => {
      log.warn(
        { error: error instanceof Error ? error.name : "unknown", records: records.length },
        "refusals and reads wait to be recorded",
      );
    });
    inFlight.add(writing);
    void writing.then(() => inFlight.delete(writing));
  };
  // No timer: the next record after a minute's end, or flush(), carries its counts away.
  const writeEnded = (at: number) => {
    for (const window of [refusals, reads]) for (const chunk of chunksOf(window.takeEnded(at))) writeBeside(chunk);
  };

  const note = (record: AuditRecord): void => {
    const at = clock.now();
    writeEnded(at);
    const first = windowOf(record).note(record, at);
    if (first !== undefined) writeBeside([first]);
  };

  return {
    writes(...records) {
      const at = clock.now();
      writeEnded(at);
      return records.map((record) => store.insert(nextId(), { ...record, at, count: record.count ?? 1 }));
    },
    refused: note,
    observed: note,
    async flush() {
      await Promise.all(inFlight);
      // All at once: each batch that fails puts its own counts back, and none is forgotten behind a failed one.
      await Promise.all(chunksOf([...refusals.takeAll(), ...reads.takeAll()]).map(write));
    },
    list: (limit) => store.list(limit),
  };
}

function chunksOf(records: readonly StoredAuditRecord[]): readonly (readonly StoredAuditRecord[])[] {
  const chunks: (readonly StoredAuditRecord[])[] = [];
  for (let start = 0; start < records.length; start += COUNTS_PER_BATCH) chunks.push(records.slice(start, start + COUNTS_PER_BATCH));
  return chunks;
}
