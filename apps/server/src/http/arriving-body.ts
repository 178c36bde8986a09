import type { IncomingMessage, ServerResponse } from "node:http";
import type { Timers } from "#kernel";
import { answerBrokenRequest } from "./answer-broken-request.ts";
import type { Bounds } from "./http-deps.ts";

/** A request's body on its way here. */
export interface ArrivingBody {
  /** Tells a client that waits for it that its body is wanted. Only after every guard: what is refused is never sent. */
  begin(): void;
  /** From here on it may take as long as it likes while enough of it comes; `begin` alone allows it the time of any request. */
  beginLong(): void;
  /** So many bytes more have come. */
  note(bytes: number): void;
  /** Nothing more of it is wanted. @returns undefined if nothing more comes, or what resolves when that is so: to be waited for before the answer ends. */
  dismiss(): Promise<void> | undefined;
}

type ArrivalBounds = Pick<Bounds, "requestTimeout" | "leastUploadBytes">;

/** What is left of a refused body is read, and thrown away, up to here: closing at once would reset the connection before the client has read why. */
const PATIENCE_BYTES = 4 * 1024 * 1024;
const EXPECTS = /(?:^|\W)100-continue(?:$|\W)/i;
const tooSlow = Object.assign(new Error("the body did not come in time"), { code: "ERR_HTTP_REQUEST_TIMEOUT" });

/**
 * The time that a body may take. Node's own limit is one for all requests of a server: long enough for a large file on a slow
 * line it would let everybody hold connections open for hours. So it is off, and this takes its place: a short time for the
 * whole body, and for a file that has passed the guards a least amount in each such stretch of time.
 */
export function createArrivals({ requestTimeout, leastUploadBytes }: ArrivalBounds, timers: Timers) {
  return (request: IncomingMessage, response: ServerResponse): ArrivingBody | undefined => {
    const { "content-length": length, "transfer-encoding": encoding, expect = "" } = request.headers;
    if (encoding === undefined && (length === undefined || length === "0")) return undefined;
    let isAwaited = request.httpVersion === "1.1" && EXPECTS.test(expect);
    let [isLong, seen] = [false, 0];
    const look = () => {
      if (request.complete || request.destroyed) return;
      if (isLong && seen >= leastUploadBytes) {
        seen = 0;
        timer = timers.after(requestTimeout, look);
      } else if (response.headersSent) request.socket.destroy();
      else answerBrokenRequest(tooSlow, request.socket);
    };
    let timer = timers.after(requestTimeout, look);
    request.once("close", () => timer.cancel());
    const begin = () => {
      if (isAwaited) response.writeContinue();
      isAwaited = false;
    };
    return {
      begin,
      beginLong() {
        begin();
        isLong = true;
        timer.cancel();
        timer = timers.after(requestTimeout, look);
      },
      note: (bytes) => void (seen += bytes),
      dismiss() {
        if (request.complete || request.destroyed) return undefined;
        if (!isAwaited) return discard(request);
        // Whether a client that was not told to go on still sends its body cannot be known, so nothing else may follow on this connection.
        response.shouldKeepAlive = false;
        return undefined;
      },
    };
  };
}

function discard(request: IncomingMessage): Promise<void> {
  let size = 0;
  request.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size > PATIENCE_BYTES) request.destroy();
  });
  request.resume();
  return new Promise((resolve) => {
    request.once("end", resolve).once("close", resolve);
  });
}
