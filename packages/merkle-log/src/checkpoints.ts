import { decodeBase64, encodeBase64 } from "./base64.ts";
import { MalformedCheckpoint } from "./errors.ts";
import { EMPTY_ROOT, HASH_BYTES, isSameHash } from "./hashes.ts";
import { isPlainText } from "./plain-text.ts";
import { isCount } from "./tiles.ts";

/** The head of a log, as its text states it: to be believed only when it comes out of a note that was verified. */
export interface Checkpoint {
  /** Which log. */
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
  /** Further lines; discouraged, and without meaning here. */
  readonly extensions: readonly string[];
}

/** Of decimal digits without leading zeros, up to 2^53 − 1. */
export function parseCount(text: string): number | undefined {
  const value = /^(?:0|[1-9]\d{0,15})$/.test(text) ? Number(text) : -1;
  return isCount(value) ? value : undefined;
}

function requireCheckpoint(origin: string, size: number, root: Uint8Array): void {
  if (origin === "" || !origin.isWellFormed() || /\p{Cc}/u.test(origin)) {
    throw new MalformedCheckpoint("the origin is one line of text, not empty");
  }
  if (!isCount(size)) throw new MalformedCheckpoint("the size is an integer from 0 to 2^53 - 1");
  if (root.length !== HASH_BYTES) throw new MalformedCheckpoint(`the root has ${HASH_BYTES} bytes`);
  if (size === 0 && !isSameHash(root, EMPTY_ROOT)) throw new MalformedCheckpoint("the root is not the one of an empty tree");
}

/** The text to be signed: origin, size, root, a line each (C2SP tlog-checkpoint). @throws MalformedCheckpoint */
export function formatCheckpoint({ origin, size, root }: { origin: string; size: number; root: Uint8Array }): string {
  requireCheckpoint(origin, size, root);
  return `${origin}\n${size}\n${encodeBase64(root)}\n`;
}

/** @throws MalformedCheckpoint */
export function parseCheckpoint(text: string): Checkpoint {
  const [origin, sizeText, rootText, ...others] = text.split("\n");
  if (origin === undefined || sizeText === undefined || rootText === undefined || others.at(-1) !== "") {
    throw new MalformedCheckpoint("three lines at least, each with its line feed");
  }
  const extensions = others.slice(0, -1);
  if (extensions.includes("")) throw new MalformedCheckpoint("a line is empty");
  if (!isPlainText(text)) throw new MalformedCheckpoint("a line is not text");
  const size = parseCount(sizeText);
  if (size === undefined) throw new MalformedCheckpoint("the size is no decimal number from 0 to 2^53 - 1");
  const root = decodeBase64(rootText);
  if (root === undefined) throw new MalformedCheckpoint("the root is not base64");
  requireCheckpoint(origin, size, root);
  return { origin, size, root, extensions };
}
