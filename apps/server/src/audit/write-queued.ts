import type { Logger } from "#kernel";
import type { Storage, Write } from "#storage";
import type { CountedRecord, QueuedWindow } from "./queued-window.ts";

/** Batches of refusals on their way to the disk. Beyond it they are only counted: nobody waits for them, so nothing else slows a flood. */
const MAX_IN_FLIGHT = 64;
const PER_BATCH = 256;

export interface QueuedWriter {
  /** Not waited for; what cannot be written now is counted again. */
  writeBeside(records: readonly CountedRecord[]): void;
  /** Resolves when all that waits is durable. @throws what the store throws; it is counted again */
  flush(): Promise<void>;
}

export interface QueuedWriterDeps {
  readonly storage: Pick<Storage, "commit">;
  readonly window: QueuedWindow;
  /** What is counted, for the operator's log. */
  readonly what: string;
  readonly toWrites: (records: readonly CountedRecord[]) => readonly Write[];
  readonly log: Logger;
}

export function createQueuedWriter({ storage, window, what, toWrites, log }: QueuedWriterDeps): QueuedWriter {
  const inFlight = new Set<Promise<unknown>>();

  const write = async (records: readonly CountedRecord[]): Promise<void> => {
    try {
      await storage.commit({ writes: toWrites(records) });
    } catch (error) {
      for (const record of records) window.putBack(record);
      throw error;
    }
  };
  const writeChunk = (records: readonly CountedRecord[]): void => {
    if (inFlight.size >= MAX_IN_FLIGHT) {
      for (const record of records) window.putBack(record);
      return;
    }
    const writing = write(records).catch((error: unknown) => {
      log.warn({ error: error instanceof Error ? error.name : "unknown", records: records.length }, `${what} wait to be recorded`);
    });
    inFlight.add(writing);
    void writing.then(() => inFlight.delete(writing));
  };
  return {
    writeBeside(records) {
      for (const chunk of chunksOf(records)) writeChunk(chunk);
    },
    async flush() {
      await Promise.all(inFlight);
      // All at once: each batch that fails puts its own counts back, and none is forgotten behind a failed one.
      await Promise.all(chunksOf(window.takeAll()).map(write));
    },
  };
}

function chunksOf<T>(records: readonly T[]): readonly (readonly T[])[] {
  const chunks: (readonly T[])[] = [];
  for (let start = 0; start < records.length; start += PER_BATCH) chunks.push(records.slice(start, start + PER_BATCH));
  return chunks;
}
