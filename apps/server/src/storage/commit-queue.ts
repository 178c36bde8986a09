import { faultText, type Logger, MatrixError } from "#kernel";
import type { Outcome } from "./apply-group.ts";
import { type Batch, type Committed, Conflict, type Storage } from "./contract.ts";
import { StoreFailed } from "./errors.ts";
import { measureBatch } from "./measure-batch.ts";
import type { WorkerStart } from "./worker-messages.ts";
import { startWriter } from "./writer-link.ts";

/** The main thread's side of the writer. */
export interface CommitQueue {
  readonly addStatement: (id: number, sql: string) => void;
  readonly admit: Storage["admit"];
  readonly commit: Storage["commit"];
  readonly durablePosition: () => number;
  readonly onCommitted: (listener: (position: number) => void) => void;
  /** Takes no more batches from now on; resolves when everything queued is answered. */
  drain(): Promise<void>;
  /** Moves the log into the file and ends the writer. After `drain`. */
  close(): Promise<void>;
}

/** What may wait for the writer at most. */
export interface QueueLimits {
  readonly batches: number;
  readonly bytes: number;
}

export interface CommitQueueDeps {
  readonly start: WorkerStart;
  readonly durablePosition: number;
  readonly limits: QueueLimits;
  readonly log: Logger;
}

interface Entry {
  readonly batch: Batch;
  readonly bytes: number;
  readonly onDurable: ((committed: Committed) => void) | undefined;
  readonly resolve: (committed: Committed) => void;
  readonly reject: (error: Error) => void;
}

const RETRY_AFTER_MS = 500;
const CLOSED = "the store is closed";
const LARGEST_BATCH = 4 * 1024 * 1024;

export function createCommitQueue({ start, limits, log, ...deps }: CommitQueueDeps): CommitQueue {
  const listeners: ((position: number) => void)[] = [];
  let waiting: Entry[] = [];
  let sent: Entry[] = [];
  let bytes = 0;
  let durable = deps.durablePosition;
  const refusal = createRefusal(log);
  const drained = Promise.withResolvers<void>();
  const noteDrained = () => {
    if (refusal.isSet() && waiting.length + sent.length === 0) drained.resolve();
  };
  const writer = startWriter(start, {
    onGroup({ outcomes, last, broken }) {
      const entries = sent.splice(0, outcomes.length);
      for (const entry of entries) bytes -= entry.bytes;
      if (broken) refusal.fail("a write to the disk failed");
      const finishing = entries.map((entry, index) => advance(entry, outcomes[index], log));
      durable = Math.max(durable, last);
      for (const listener of listeners) attempt(() => listener(durable), log);
      for (const finish of finishing) finish();
      noteDrained();
    },
    onEnd(fault) {
      const reason = refusal.end(fault);
      for (const entry of [...sent.splice(0), ...waiting.splice(0)]) entry.reject(new StoreFailed(reason));
      noteDrained();
    },
  });
  const requireRoom = (size: number) => {
    refusal.check();
    if (waiting.length + sent.length < limits.batches && bytes + size <= limits.bytes) return;
    throw new MatrixError("M_LIMIT_EXCEEDED", "The server is too busy to store this now.", { retryAfterMs: RETRY_AFTER_MS });
  };
  const flush = () => {
    if (waiting.length > 0) writer.send(waiting.map(({ batch }) => batch));
    sent = sent.concat(waiting);
    waiting = [];
  };
  return {
    addStatement: writer.addStatement,
    // The largest batch, a room of 100 invitations, takes far less than what is kept free for it.
    admit: () => requireRoom(LARGEST_BATCH),
    async commit(batch, onDurable) {
      const size = measureBatch(batch);
      requireRoom(size);
      // Packing and posting cost per message, so the commits of one turn of the event loop travel together.
      if (waiting.length === 0) setImmediate(flush);
      bytes += size;
      return new Promise((resolve, reject) => waiting.push({ batch, bytes: size, onDurable, resolve, reject }));
    },
    durablePosition: () => durable,
    onCommitted: (listener) => void listeners.push(listener),
    drain() {
      refusal.close();
      flush();
      noteDrained();
      return drained.promise;
    },
    close: writer.close,
  };
}

/** Why no batch is taken any more. A fault is logged once, also when it comes after the closing. */
function createRefusal(log: Logger) {
  let text: string | undefined;
  let failed = false;
  const fail = (reason: string) => {
    if (!failed) log.error({ reason }, "the store takes no more writes; mend the cause and restart the server");
    failed = true;
    text ??= `the store takes no more writes until a restart: ${reason}`;
  };
  return {
    isSet: () => text !== undefined,
    check() {
      if (text !== undefined) throw new StoreFailed(text);
    },
    close() {
      text ??= CLOSED;
    },
    fail,
    /** The writer has ended. Returns what those are told who wait for it. */
    end(fault: string | undefined): string {
      const reason = fault ?? "the writer has ended";
      // A fault while closing is a fault: the log may not be in the file.
      if (fault !== undefined || text !== CLOSED) fail(reason);
      return reason;
    },
  };
}

/** Runs `onDurable` at once and returns what settles the promise when the whole group has advanced. */
function advance(entry: Entry, outcome: Outcome | undefined, log: Logger): () => void {
  if (typeof outcome === "number") {
    const committed = { first: outcome };
    const problem = attempt(() => entry.onDurable?.(committed), log);
    return () => (problem === undefined ? entry.resolve(committed) : entry.reject(problem));
  }
  const { kind, reason } = outcome ?? { kind: "failed", reason: "no answer" };
  const error = kind === "conflict" ? new Conflict(reason) : new StoreFailed(reason);
  return () => entry.reject(error);
}

/** What runs after a commit may not keep the rest of the group from hearing of it. */
function attempt(act: () => void, log: Logger): Error | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    log.error({ error: faultText(error) }, "work after a commit failed");
    return error instanceof Error ? error : new Error(String(error));
  }
}
