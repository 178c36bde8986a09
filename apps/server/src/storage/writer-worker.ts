import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { systemTimers } from "#kernel";
import { createGroupWriter, type GroupResult } from "./apply-group.ts";
import { createCheckpoints } from "./checkpoint.ts";
import { openStoreFile } from "./open-store-file.ts";
import { type UnpackedBatch, unpackBatches } from "./pack-batches.ts";
import { GROUP_LIMIT, type WorkerStart, type WriterRequest } from "./worker-messages.ts";

/** The thread that owns commits and checkpoints. Everything that waits becomes one transaction with one flush. */
function runWriter(port: MessagePort, start: WorkerStart): void {
  const db = openStoreFile(start, { readonly: false });
  const sql = new Map<number, string>();
  const writer = createGroupWriter(db, (id) => sql.get(id) ?? "");
  const checkpoints = createCheckpoints(db, systemTimers);
  let lost: string | undefined;

  const commit = (batches: readonly UnpackedBatch[]): GroupResult => {
    if (lost !== undefined) return { outcomes: batches.map(() => ({ kind: "failed", reason: lost ?? "" })), last: 0, broken: true };
    const result = writer.apply(batches);
    const [first] = result.outcomes;
    if (result.broken) lost = typeof first === "object" ? first.reason : "the store is broken";
    return result;
  };
  const takeGroup = (first: WriterRequest): { batches: UnpackedBatch[]; closing: boolean } => {
    const batches: UnpackedBatch[] = [];
    let message: WriterRequest | undefined = first;
    while (message !== undefined && message !== "close") {
      for (const [id, text] of message.sql) sql.set(id, text);
      for (const batch of unpackBatches(message.batches)) batches.push(batch);
      if (batches.length >= GROUP_LIMIT) return { batches, closing: false };
      // Only storage posts to this port, and only WriterRequest.
      message = receiveMessageOnPort(port)?.message as WriterRequest | undefined;
    }
    return { batches, closing: message === "close" };
  };
  port.on("message", (request: WriterRequest) => {
    const { batches, closing } = takeGroup(request);
    if (batches.length > 0) {
      port.postMessage(commit(batches));
      if (!closing) checkpoints.afterCommit(batches.some(({ erases }) => erases));
    }
    if (!closing) return;
    checkpoints.finish();
    db.close();
    port.close();
  });
}

// Storage alone starts this file, with a WorkerStart.
if (parentPort !== null) runWriter(parentPort, workerData as WorkerStart);
