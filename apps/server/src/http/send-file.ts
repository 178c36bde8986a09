import type { IncomingMessage, ServerResponse } from "node:http";
import { MatrixError } from "#kernel";
import { ClientGone, StatusError } from "./errors.ts";
import { type ByteRange, readRange } from "./file-range.ts";
import { crossOrigin } from "./reply.ts";

/** A file as a handler answers it. */
export interface FileReply {
  readonly type: string;
  /** `Content-Disposition`. */
  readonly disposition: string;
  /** Names these bytes for good, with its quotes. */
  readonly etag: string;
  readonly size: number;
  /** The bytes `first` … `last`, both included. */
  readonly read: (first: number, last: number) => AsyncIterable<Uint8Array>;
}

export interface Sending {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Its reason is a MatrixError when the token has ended: then not a byte more leaves. */
  readonly signal: AbortSignal;
  /** Called before the first byte of content, with the bytes that may be in memory for this answer. @throws MatrixError */
  readonly admit: (bytes: number) => void;
}

// Beside every file, as the specification recommends (Client-Server API, "Content repository"): whatever it holds, it runs nothing.
// A browser may keep it, but asks before each use, so that whoever lost the right to see it gets 404 and not an old copy.
const always = [
  ...crossOrigin,
  "Access-Control-Expose-Headers",
  "Retry-After, Content-Range, Content-Disposition, ETag",
  "Cross-Origin-Resource-Policy",
  "cross-origin",
  "Cache-Control",
  "private, no-cache",
  "X-Content-Type-Options",
  "nosniff",
  "Content-Security-Policy",
  "sandbox; default-src 'none'; script-src 'none'; plugin-types application/pdf; style-src 'unsafe-inline'; object-src 'self';",
  "Accept-Ranges",
  "bytes",
];

/** What of one answer may be in memory at once: chunks read ahead, and those that the system has not taken. */
const IN_MEMORY = 384 * 1024;

/**
 * Answers with the file, or the part of it that was asked for (RFC 9110, sections 13 and 14).
 * @throws what is wrong before the first byte has left. Afterwards the connection ends short of the announced length.
 */
export async function sendFile(sending: Sending, file: FileReply): Promise<void> {
  const { request, response } = sending;
  const { "if-none-match": known } = request.headers;
  const head = [...always, "ETag", file.etag];
  if (known !== undefined && isKnown(known, file.etag)) {
    response.writeHead(304, head);
    response.end();
    return;
  }
  head.push("Content-Type", file.type, "Content-Disposition", file.disposition);
  const range = request.method === "GET" ? rangeOf(request, file) : undefined;
  const { first, last } = range ?? { first: 0, last: file.size - 1 };
  head.push("Content-Length", String(last - first + 1));
  if (range !== undefined) head.push("Content-Range", `bytes ${first}-${last}/${file.size}`);
  const status = range === undefined ? 200 : 206;
  if (request.method === "HEAD" || last < first) {
    response.writeHead(status, head);
    response.end();
    return;
  }
  sending.admit(Math.min(last - first + 1, IN_MEMORY));
  const chunks = file.read(first, last)[Symbol.asyncIterator]();
  try {
    // Read before the head is written: a file that cannot be opened is an error, not a short answer.
    const start = await chunks.next();
    if (response.destroyed) throw new ClientGone();
    response.writeHead(status, head);
    await stream(sending, start, chunks);
  } finally {
    await chunks.return?.();
  }
}

function rangeOf({ headers }: IncomingMessage, { etag, size }: FileReply): ByteRange | undefined {
  const { range, "if-range": condition } = headers;
  if (range === undefined || (condition !== undefined && condition !== etag)) return undefined;
  const found = readRange(range, size);
  if (found === "unsatisfiable")
    throw new StatusError(416, "M_INVALID_PARAM", "The file has no such part.", ["Content-Range", `bytes */${size}`]);
  return found;
}

/** Weak comparison, as RFC 9110 has it for this header. */
function isKnown(header: string, etag: string): boolean {
  return header.split(",").some((item) => item.trim() === "*" || item.trim().replace(/^W\//, "") === etag);
}

async function stream({ response, signal }: Sending, start: IteratorResult<Uint8Array>, chunks: AsyncIterator<Uint8Array>): Promise<void> {
  try {
    for (let item = start; item.done !== true; item = await chunks.next()) {
      if (signal.reason instanceof MatrixError) throw signal.reason;
      if (!response.write(item.value)) await drained(response);
      if (response.destroyed) throw new ClientGone();
    }
    response.end();
  } catch (error) {
    // Too late for another status: the length that was announced is not reached, and so the client knows.
    response.destroy();
    throw error;
  }
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off("drain", done);
      response.off("close", done);
      resolve();
    };
    response.on("drain", done);
    response.on("close", done);
  });
}
