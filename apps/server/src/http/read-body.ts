import type { IncomingMessage } from "node:http";
import { MatrixError } from "#kernel";
import { ClientGone } from "./errors.ts";

const EMPTY = Buffer.alloc(0);

const tooLarge = (limit: number) => new MatrixError("M_TOO_LARGE", `The body is larger than ${limit} bytes.`);

/**
 * The whole body. @throws MatrixError M_TOO_LARGE as soon as more than `limit` bytes are announced or have come; ClientGone.
 */
export function readBody(request: IncomingMessage, limit: number): Promise<Buffer> | Buffer {
  const { "content-length": announced, "transfer-encoding": encoding } = request.headers;
  if (announced === undefined && encoding === undefined) return EMPTY;
  if (announced !== undefined && Number(announced) > limit) {
    throw tooLarge(limit);
  }
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const take = (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) {
        chunks.push(chunk);
        return;
      }
      request.off("data", take);
      chunks.length = 0;
      reject(tooLarge(limit));
    };
    request.on("data", take);
    request.on("end", () => {
      resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks));
    });
    request.on("close", () => {
      if (!request.complete) reject(new ClientGone());
    });
  });
}
