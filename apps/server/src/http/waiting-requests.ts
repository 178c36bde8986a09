import type { ServerResponse } from "node:http";

/** The requests that wait for news, so that they can be told to stop. */
export interface WaitingRequests {
  /** A signal that is aborted when the client goes or the server stops. */
  watch(response: ServerResponse): AbortSignal;
  stopAll(): void;
  readonly stopped: boolean;
}

export function createWaitingRequests(): WaitingRequests {
  const waiting = new Set<AbortController>();
  let stopped = false;
  return {
    watch(response) {
      const controller = new AbortController();
      if (stopped || response.destroyed) {
        controller.abort();
        return controller.signal;
      }
      waiting.add(controller);
      response.once("close", () => {
        waiting.delete(controller);
        if (!response.writableFinished) controller.abort();
      });
      return controller.signal;
    },
    stopAll() {
      stopped = true;
      for (const controller of waiting) controller.abort();
      waiting.clear();
    },
    get stopped() {
      return stopped;
    },
  };
}
