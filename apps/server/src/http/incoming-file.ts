import type { IncomingMessage } from "node:http";
import { MatrixError } from "#kernel";
import type { ArrivingBody } from "./arriving-body.ts";
import { ClientGone } from "./errors.ts";

/** A file that a client sends. Not a byte of it has been asked for before `chunks` is read. */
export interface IncomingFile {
  /** `Content-Type` as it was sent. */
  readonly type: string | undefined;
  /** The size that the client announces; undefined if it sends until it is done. */
  readonly size: number | undefined;
  /** To be read once. @throws ClientGone, or the MatrixError for which the account's token ended meanwhile */
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** @param arrival undefined for a request without a body: an empty file */
export function incomingFile(request: IncomingMessage, arrival: ArrivingBody | undefined, signal: AbortSignal): IncomingFile {
  const { "content-type": type, "content-length": length } = request.headers;
  const size = arrival === undefined ? 0 : length === undefined ? undefined : Number(length);
  return { type, size, chunks: arrival === undefined ? nothing() : read(request, arrival, signal) };
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

async function* read(request: IncomingMessage, arrival: ArrivingBody, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  arrival.beginLong();
  // Not destroyed when the reader stops early: the client is to hear why.
  const chunks: AsyncIterable<Buffer> = request.iterator({ destroyOnReturn: false });
  try {
    for await (const chunk of chunks) {
      if (signal.reason instanceof MatrixError) throw signal.reason;
      arrival.note(chunk.length);
      yield chunk;
    }
  } catch (error) {
    throw request.complete || error instanceof MatrixError ? error : new ClientGone();
  }
  if (!request.complete) throw new ClientGone();
}
