import { Worker } from "node:worker_threads";
import type { GroupResult } from "./apply-group.ts";
import type { Batch } from "./contract.ts";
import { packBatches } from "./pack-batches.ts";
import { GROUP_LIMIT, type WorkerStart, type WriterRequest } from "./worker-messages.ts";

/** The thread of the writer, and what is told to it. */
export interface WriterLink {
  /** The writer learns the statement with the next batches. */
  readonly addStatement: (id: number, sql: string) => void;
  readonly send: (batches: readonly Batch[]) => void;
  /** Resolves when everything sent is written, the log is in the file and the thread has ended. */
  readonly close: () => Promise<void>;
}

export interface WriterEvents {
  /** A transaction is over; groups cover the batches in the order in which they were sent. */
  onGroup(result: GroupResult): void;
  /** The thread has ended; no answer will come any more. @param fault what ended it, if it did not end by itself */
  onEnd(fault: string | undefined): void;
}

export function startWriter(start: WorkerStart, events: WriterEvents): WriterLink {
  const worker = new Worker(new URL("./writer-worker.ts", import.meta.url), { workerData: start, name: "store-writer" });
  let newSql: [number, string][] = [];
  let fault: string | undefined;
  const ended = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
  worker.on("message", (result: GroupResult) => events.onGroup(result));
  worker.on("error", (error) => {
    fault = error instanceof Error ? error.message : String(error);
  });
  void ended.then(() => events.onEnd(fault));
  return {
    addStatement: (id, sql) => void newSql.push([id, sql]),
    send(batches) {
      for (let from = 0; from < batches.length; from += GROUP_LIMIT) {
        const packed = packBatches(batches.slice(from, from + GROUP_LIMIT));
        worker.postMessage({ sql: newSql, batches: packed } satisfies WriterRequest, [packed.bytes.buffer]);
        newSql = [];
      }
    },
    async close() {
      worker.postMessage("close" satisfies WriterRequest, []);
      await ended;
    },
  };
}
