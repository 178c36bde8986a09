import { hash } from "node:crypto";
import type { FileReply } from "../send-file.ts";

// What stands behind `tile/` (C2SP tlog-tiles): a level of 0 to 63 or `entries`, the tile's number in groups of three digits, all but
// the last with an x, and a partial tile's width of 1 to 255. The number begins with no group of zeros, so that each tile has one name:
// under another it could be looked at by one part of the server and read by another.
const LEVEL = String.raw`(?:entries|\d|[1-5]\d|6[0-3])`;
const NUMBER = String.raw`(?:x(?!000)\d{3}/(?:x\d{3}/){0,4})?\d{3}`;
const WIDTH = String.raw`(?:[1-9]\d?|1\d\d|2[0-4]\d|25[0-5])`;
const TILE = new RegExp(String.raw`^${LEVEL}/${NUMBER}(?:\.p/${WIDTH})?$`);

export const isTilePath = (path: string): boolean => TILE.test(path);

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
