import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import type Database from "better-sqlite3-multiple-ciphers";
import { openStoreFile } from "./open-store-file.ts";
import type { ReaderReply, ReaderRequest, WorkerStart } from "./worker-messages.ts";

/** The thread that runs long reads, so that the event loop stays free. */
function runReader(port: MessagePort, start: WorkerStart): void {
  const db = openStoreFile(start, { readonly: true });
  const texts = new Map<number, string>();
  const prepared = new Map<number, Database.Statement>();
  const statementOf = (id: number): Database.Statement => {
    const known = prepared.get(id);
    if (known !== undefined) return known;
    const statement = db.prepare(texts.get(id) ?? "");
    prepared.set(id, statement);
    return statement;
  };
  port.on("message", (request: ReaderRequest) => {
    if (request === "close") {
      db.close();
      port.close();
      return;
    }
    for (const [id, sql] of request.sql) texts.set(id, sql);
    // One answer to each request, whatever fails: answers are told apart by their order alone.
    try {
      port.postMessage({ rows: statementOf(request.statement).all(...request.params) } satisfies ReaderReply);
    } catch (error) {
      port.postMessage({ error: String(error) } satisfies ReaderReply);
    }
  });
}

// Storage alone starts this file, with a WorkerStart.
if (parentPort !== null) runReader(parentPort, workerData as WorkerStart);
