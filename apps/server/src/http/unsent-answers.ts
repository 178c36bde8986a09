import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { MatrixError } from "#kernel";
import type { Bounds } from "./http-deps.ts";

/** The answers that their clients have not taken yet: each of them is held in memory. */
export interface UnsentAnswers {
  /** @throws MatrixError M_LIMIT_EXCEEDED when this account leaves so much unread that it may ask for nothing more. */
  admit(owner: string): void;
  /** @throws MatrixError M_LIMIT_EXCEEDED when all together leave so much unread that nothing large may be added; small answers still may. */
  admitLarge(): void;
  /**
   * For an answer that is written as the client takes it: counts `bytes` until the answer is over, and ends a connection that takes nothing.
   * @throws MatrixError M_LIMIT_EXCEEDED as `admitLarge` and `admit` do
   */
  beginStream(response: ServerResponse, owner: string, bytes: number): void;
  /** To be called when the answer was written: counts what has not left, until it has or the connection ends. */
  watch(response: ServerResponse, owner: string): void;
}

type UnsentBounds = Pick<Bounds, "stall" | "unsentBytes" | "unsentBytesPerAccount">;

const RETRY_AFTER_MS = 1000;
const refusal = (message: string) => new MatrixError("M_LIMIT_EXCEEDED", message, { retryAfterMs: RETRY_AFTER_MS });

/**
 * Asking for large answers and reading none of them would fill the memory for as long as the client likes. So a connection
 * that takes nothing is ended, and whoever leaves much unread gets nothing more before it is read.
 */
export function createUnsentAnswers({ stall, unsentBytes, unsentBytesPerAccount }: UnsentBounds): UnsentAnswers {
  const byOwner = new Map<string, number>();
  let total = 0;
  const count = (owner: string, bytes: number) => {
    total += bytes;
    const ofOwner = (byOwner.get(owner) ?? 0) + bytes;
    if (ofOwner === 0) byOwner.delete(owner);
    else byOwner.set(owner, ofOwner);
  };
  const admit = (owner: string) => {
    if ((byOwner.get(owner) ?? 0) >= unsentBytesPerAccount) throw refusal("Your answers are waiting to be read. Read them first.");
  };
  const admitLarge = () => {
    if (total >= unsentBytes) throw refusal("The server holds too many answers that are not read. Try again later.");
  };
  return {
    admit,
    admitLarge,
    beginStream(response, owner, bytes) {
      admitLarge();
      admit(owner);
      if (response.destroyed) return;
      count(owner, bytes);
      response.once("close", () => count(owner, -bytes));
      endWhenStalled(response, stall);
    },
    watch(response, owner) {
      const bytes = response.destroyed ? 0 : response.writableLength;
      // The usual case: the system took all of it at once.
      if (bytes === 0) return;
      count(owner, bytes);
      response.once("close", () => count(owner, -bytes));
      endWhenStalled(response, stall);
    },
  };
}

/** Node's own timer looks at how much the system has taken before it fires: a slow reader is not a stalled one. */
function endWhenStalled(response: ServerResponse, stall: number): void {
  const guard = (socket: Socket) => void socket.setTimeout(stall);
  // An answer behind another one on its connection gets the socket when it is its turn.
  if (response.socket === null) response.once("socket", guard);
  else guard(response.socket);
  // First of all listeners, so that the server then sets the time for a connection that is kept alive.
  response.prependOnceListener("finish", () => void response.socket?.setTimeout(0));
}
