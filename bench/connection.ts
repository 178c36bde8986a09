import { connect as connectPlain, isIP, type Socket } from "node:net";
import { connect as connectSecure } from "node:tls";
import { createResponseParser } from "./response-parser.ts";
import type { Target } from "./target.ts";

export type ConnectionListener = {
  /** `arrivedAt` is performance.now() when the last bytes of the response were read. */
  onResponse: (status: number, body: string, arrivedAt: number) => void;
  /** The request in flight will get no answer; the connection is closed. */
  onFailure: (error: Error) => void;
};

export type Connection = {
  /** One request at a time; `bytes` must stay as they are until the answer. */
  send: (bytes: Uint8Array) => void;
  close: () => void;
};

export type ConnectionSettings = {
  /** A request without a whole answer after this long fails. */
  timeoutMs: number;
  /** Whether a request may go out a second time when the server closed an idle connection under it: GET, and PUT with a transaction id. */
  mayResend: boolean;
};

const READ_BUFFER = 65_536;

function openSocket(target: Target, onBytes: (data: Buffer, length: number) => void): Socket {
  const { host, port } = target;
  if (target.secure) {
    const socket = connectSecure({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}) });
    return socket.on("data", (data: Buffer) => onBytes(data, data.length));
  }
  // `onread` reads into one buffer, without the stream machinery: half the cost of 'data' events.
  const buffer = Buffer.allocUnsafeSlow(READ_BUFFER);
  const callback = (length: number): boolean => {
    onBytes(buffer, length);
    return true;
  };
  return connectPlain({ host, port, onread: { buffer, callback } });
}

/** A keep-alive HTTP/1.1 connection with at most one request in flight; it opens at the first send and reopens when it must. */
export function createConnection(target: Target, listener: ConnectionListener, settings: ConnectionSettings): Connection {
  let socket: Socket | undefined;
  let pending: Uint8Array | undefined;
  let sentAt = 0;
  let wasResent = false;
  let isClosed = false;
  let arrivedAt = 0;
  const watchdog = setInterval(() => {
    if (pending !== undefined && performance.now() - sentAt > settings.timeoutMs) fail(new Error(`no answer in ${settings.timeoutMs} ms`));
  }, 1000).unref();

  function drop(): void {
    const old = socket;
    socket = undefined;
    old?.destroy();
  }

  function fail(error: Error): void {
    if (isClosed) return;
    close();
    listener.onFailure(error);
  }

  function close(): void {
    isClosed = true;
    pending = undefined;
    clearInterval(watchdog);
    drop();
  }

  function onResponse(status: number, body: string, mayReuse: boolean): void {
    if (isClosed) return;
    if (pending === undefined) return fail(new Error("an answer to no question"));
    pending = undefined;
    if (!mayReuse) drop();
    listener.onResponse(status, body, arrivedAt);
  }

  function open(): Socket {
    let answers = 0;
    const parser = createResponseParser((status, body, mayReuse) => {
      if (socket !== opened) return;
      answers += 1;
      // The second would be taken for the answer to the request that the first one sets off.
      if (answers > 1) fail(new Error("two answers to one question"));
      else onResponse(status, body, mayReuse);
    });
    let hasBytes = false;
    const opened = openSocket(target, (data, length) => {
      if (socket !== opened) return;
      answers = 0;
      hasBytes = true;
      arrivedAt = performance.now();
      try {
        parser.feed(data, length);
        hasBytes = !parser.isBetweenResponses();
      } catch (error) {
        fail(error instanceof Error ? error : new Error("unreadable response"));
      }
    });
    let cause: Error | undefined;
    opened.setNoDelay(true);
    opened.on("error", (error) => (cause = error));
    opened.on("close", () => {
      if (socket !== opened) return;
      socket = undefined;
      if (pending === undefined) return;
      const mayRepeat = settings.mayResend && !wasResent && !hasBytes;
      if (!mayRepeat) return fail(cause ?? new Error("the server closed the connection before its answer"));
      wasResent = true;
      transmit(pending);
    });
    return opened;
  }

  function transmit(bytes: Uint8Array): void {
    socket ??= open();
    socket.write(bytes);
  }

  return {
    send(bytes) {
      if (isClosed || pending !== undefined) throw new Error(isClosed ? "the connection is closed" : "a request is already in flight");
      pending = bytes;
      sentAt = performance.now();
      wasResent = false;
      transmit(bytes);
    },
    close,
  };
}
