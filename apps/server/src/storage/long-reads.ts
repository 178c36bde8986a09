import { Worker } from "node:worker_threads";
import { MatrixError } from "#kernel";
import type { SqlValue } from "./contract.ts";
import { StoreFailed } from "./errors.ts";
import type { ReaderReply, ReaderRequest, WorkerStart } from "./worker-messages.ts";

/** The main thread's side of the reader, which starts with the first long read. */
export interface LongReads {
  addStatement(id: number, sql: string): void;
  /** @throws MatrixError M_LIMIT_EXCEEDED when too many wait. */
  read(statement: number, params: readonly SqlValue[]): Promise<readonly unknown[]>;
  close(): Promise<void>;
}

interface Waiting {
  readonly resolve: (rows: readonly unknown[]) => void;
  readonly reject: (error: Error) => void;
}

const LIMIT = 1024;
const RETRY_AFTER_MS = 1000;

export function createLongReads(start: WorkerStart): LongReads {
  const waiting: Waiting[] = [];
  let newSql: [number, string][] = [];
  let worker: Worker | undefined;
  let ended: Promise<void> = Promise.resolve();
  let refusal: string | undefined;

  const abandon = (reason: string) => {
    refusal ??= reason;
    for (const { reject } of waiting.splice(0)) reject(new StoreFailed(refusal));
  };
  const startWorker = (): Worker => {
    const started = new Worker(new URL("./reader-worker.ts", import.meta.url), { workerData: start, name: "store-reader" });
    ended = new Promise((resolve) => started.once("exit", () => resolve()));
    started.on("message", (reply: ReaderReply) => {
      const first = waiting.shift();
      if ("rows" in reply) first?.resolve(reply.rows);
      else first?.reject(new StoreFailed(reply.error));
    });
    started.on("error", (error) => abandon(error instanceof Error ? error.message : String(error)));
    void ended.then(() => abandon("the reader has ended"));
    return started;
  };
  return {
    addStatement: (id, sql) => void newSql.push([id, sql]),
    async read(statement, params) {
      if (refusal !== undefined) throw new StoreFailed(refusal);
      if (waiting.length >= LIMIT) {
        throw new MatrixError("M_LIMIT_EXCEEDED", "The server is too busy to read this now.", { retryAfterMs: RETRY_AFTER_MS });
      }
      worker ??= startWorker();
      const request: ReaderRequest = { sql: newSql, statement, params: params.map(exactBytes) };
      newSql = [];
      worker.postMessage(request, []);
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    },
    async close() {
      refusal ??= "the store is closed";
      worker?.postMessage("close" satisfies ReaderRequest, []);
      await ended;
    },
  };
}

// A clone of a small Buffer would carry its whole pool.
const exactBytes = (value: SqlValue): SqlValue => (value instanceof Uint8Array ? new Uint8Array(value) : value);
