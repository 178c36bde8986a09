import { Worker } from "node:worker_threads";
import { type Logger, MatrixError } from "#kernel";
import type { SqlValue } from "./contract.ts";
import { StoreFailed } from "./errors.ts";
import type { ReaderReply, ReaderRequest, WorkerStart } from "./worker-messages.ts";

/** The main thread's side of the reader, which starts with the first long read, and anew with the next one after it died. */
export interface LongReads {
  addStatement(id: number, sql: string): void;
  /** @throws MatrixError M_LIMIT_EXCEEDED when too many wait, StoreFailed when the read failed or the reader died over it. */
  read(statement: number, params: readonly SqlValue[]): Promise<readonly unknown[]>;
  close(): Promise<void>;
}

interface Waiting {
  readonly resolve: (rows: readonly unknown[]) => void;
  readonly reject: (error: Error) => void;
}

/** One thread and what waits for it, in the order of its answers. */
interface Reader {
  readonly worker: Worker;
  readonly waiting: Waiting[];
  readonly ended: Promise<void>;
  /** What this thread has not been told yet. */
  readonly newSql: (readonly [number, string])[];
}

/** A thousand people who begin at once ask a few things each; nobody can have more than twenty large requests of their own in progress. */
const LIMIT = 8192;
const RETRY_AFTER_MS = 1000;

export function createLongReads(start: WorkerStart, log: Logger): LongReads {
  const sql = new Map<number, string>();
  let reader: Reader | undefined;
  let closed = false;

  const startReader = (): Reader => {
    const worker = new Worker(new URL("./reader-worker.ts", import.meta.url), { workerData: start, name: "store-reader" });
    const ended = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
    const started: Reader = { worker, waiting: [], ended, newSql: [...sql] };
    const abandon = (reason: string) => {
      if (reader !== started) return;
      reader = undefined;
      log.error({ reason, lost: started.waiting.length }, "the thread of long reads has ended; the next long read starts another");
      for (const { reject } of started.waiting.splice(0)) reject(new StoreFailed(reason));
    };
    worker.on("message", (reply: ReaderReply) => {
      const first = started.waiting.shift();
      if ("rows" in reply) first?.resolve(reply.rows);
      else first?.reject(new StoreFailed(reply.error));
    });
    worker.on("error", (error) => abandon(error instanceof Error ? error.message : String(error)));
    void ended.then(() => (closed && started.waiting.length === 0 ? undefined : abandon("the reader has ended")));
    return started;
  };
  return {
    addStatement(id, text) {
      sql.set(id, text);
      reader?.newSql.push([id, text]);
    },
    async read(statement, params) {
      if (closed) throw new StoreFailed("the store is closed");
      const { worker, waiting, newSql } = (reader ??= startReader());
      if (waiting.length >= LIMIT) {
        throw new MatrixError("M_LIMIT_EXCEEDED", "The server is too busy to read this now.", { retryAfterMs: RETRY_AFTER_MS });
      }
      worker.postMessage({ sql: newSql, statement, params: params.map(exactBytes) } satisfies ReaderRequest, []);
      newSql.length = 0;
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    },
    async close() {
      closed = true;
      reader?.worker.postMessage("close" satisfies ReaderRequest, []);
      await reader?.ended;
    },
  };
}

// A clone of a small Buffer would carry its whole pool.
const exactBytes = (value: SqlValue): SqlValue => (value instanceof Uint8Array ? new Uint8Array(value) : value);
