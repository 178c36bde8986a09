import { hash } from "node:crypto";
import type { FileReply } from "../send-file.ts";

/** A small file of the log, read already. */
export function logFile(type: string, bytes: Uint8Array): FileReply {
  return {
    type,
    disposition: "attachment",
    etag: `"${hash("sha256", bytes, "base64url")}"`,
    size: bytes.length,
    async *read(first, last) {
      yield bytes.subarray(first, last + 1);
    },
  };
}
