import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import type Database from "better-sqlite3-multiple-ciphers";
import { openDatabase } from "./open-database.ts";
import { databaseFile, type ReaderReply, type ReaderRequest, type WorkerStart } from "./worker-messages.ts";

/** The thread that runs long reads, so that the event loop stays free. */
function runReader(port: MessagePort, start: WorkerStart): void {
  const db = openDatabase({ ...databaseFile(start), readonly: true });
  const prepared = new Map<number, Database.Statement>();
  port.on("message", (request: ReaderRequest) => {
    if (request === "close") {
      db.close();
      port.close();
      return;
    }
    for (const [id, sql] of request.sql) prepared.set(id, db.prepare(sql));
    port.postMessage(read(prepared.get(request.statement), request.params));
  });
}

function read(statement: Database.Statement | undefined, params: readonly unknown[]): ReaderReply {
  try {
    return { rows: statement?.all(...params) ?? [] };
  } catch (error) {
    return { error: String(error) };
  }
}

// Storage alone starts this file, with a WorkerStart.
if (parentPort !== null) runReader(parentPort, workerData as WorkerStart);
