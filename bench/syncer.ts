import { createConnection } from "./connection.ts";
import { type Json, parseJson } from "./json-reading.ts";
import { describeRefusal, LONG_POLL_MS, readSync, syncPath, TIMELINE_LIMIT } from "./matrix-api.ts";
import { buildRequest } from "./request-bytes.ts";
import type { Target } from "./target.ts";

export type SyncerListener = {
  /** New timeline events of the room, and performance.now() when the response that holds them had arrived. */
  onEvents: (events: readonly Json[], arrivedAt: number) => void;
  onFailure: (error: Error) => void;
};

export type Syncer = {
  /** Settles when the initial sync is done and the first long-poll is on its way. */
  ready: Promise<void>;
  close: () => void;
};

/** A client that does nothing but long-poll /sync and note what comes. */
export function startSyncer(target: Target, token: string, roomId: string, listener: SyncerListener): Syncer {
  const { promise: ready, resolve } = Promise.withResolvers<void>();
  let since: string | undefined;

  const poll = (): void => connection.send(buildRequest(target, { method: "GET", path: syncPath(since), token }));

  function take(status: number, body: string, arrivedAt: number): void {
    const json = parseJson(body);
    if (status !== 200) throw new Error(describeRefusal("sync", { status, json }));
    const { nextBatch, events, isLimited } = readSync(json, roomId);
    const isFirst = since === undefined;
    if (isLimited && !isFirst) throw new Error(`a syncer fell more than ${TIMELINE_LIMIT} events behind`);
    since = nextBatch;
    if (!isFirst && events.length > 0) listener.onEvents(events, arrivedAt);
    poll();
    if (isFirst) resolve();
  }

  function fail(error: unknown): void {
    connection.close();
    listener.onFailure(error instanceof Error ? error : new Error("sync failed"));
  }

  const connection = createConnection(
    target,
    {
      // Put off until every socket that is ready has been read, so that the work for one syncer does not count as the delay of the next.
      onResponse: (status, body, arrivedAt) => {
        setImmediate(() => {
          try {
            take(status, body, arrivedAt);
          } catch (error) {
            fail(error);
          }
        });
      },
      onFailure: listener.onFailure,
    },
    { timeoutMs: LONG_POLL_MS + 30_000, mayResend: true },
  );
  poll();
  return { ready, close: connection.close };
}
