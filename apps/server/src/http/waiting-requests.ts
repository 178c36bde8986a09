import type { ServerResponse } from "node:http";
import { type Actor, MatrixError } from "#kernel";

/** The requests that wait for news, so that they can be told to stop. */
export interface WaitingRequests {
  /**
   * A signal that is aborted when the client goes, the server stops, or the actor's token ends; with a MatrixError as its
   * reason in the last case. To be called in the turn of the event loop in which the token was found good: later, the end of
   * the token might have been missed.
   */
  watch(response: ServerResponse, actor: Actor | undefined): AbortSignal;
  /** @param isRevoked of a device id */
  revoke(userId: string, isRevoked: (deviceId: string) => boolean): void;
  stopAll(): void;
  readonly stopped: boolean;
}

interface Waiting {
  readonly controller: AbortController;
  readonly actor: Actor | undefined;
}

export function createWaitingRequests(): WaitingRequests {
  const waiting = new Map<string, Set<Waiting>>();
  let stopped = false;
  const enter = (controller: AbortController, actor: Actor | undefined): (() => void) => {
    const user = actor?.userId ?? "";
    const ofUser = waiting.get(user) ?? new Set();
    const entry = { controller, actor };
    waiting.set(user, ofUser.add(entry));
    return () => {
      ofUser.delete(entry);
      if (ofUser.size === 0 && waiting.get(user) === ofUser) waiting.delete(user);
    };
  };
  return {
    watch(response, actor) {
      const controller = new AbortController();
      if (stopped || response.destroyed) {
        controller.abort();
        return controller.signal;
      }
      const leave = enter(controller, actor);
      response.once("close", () => {
        leave();
        if (!response.writableFinished) controller.abort();
      });
      return controller.signal;
    },
    revoke(userId, isRevoked) {
      for (const { controller, actor } of waiting.get(userId) ?? []) {
        if (actor !== undefined && isRevoked(actor.deviceId)) {
          controller.abort(new MatrixError("M_UNKNOWN_TOKEN", "The access token has been revoked."));
        }
      }
    },
    stopAll() {
      stopped = true;
      for (const ofUser of waiting.values()) for (const { controller } of ofUser) controller.abort();
      waiting.clear();
    },
    get stopped() {
      return stopped;
    },
  };
}
