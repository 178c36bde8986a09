import { createCipheriv, createDecipheriv, type KeyObject } from "node:crypto";
import { EnvelopeBroken } from "./envelope.ts";

// A file is sealed in pieces, so that any part of it can be read without the rest: ciphertext ‖ tag (16) for each piece. The
// construction is STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015): each piece is bound to its number and to whether it is the
// last one, so that pieces left out, added, repeated, put elsewhere or taken from another file do not open.
export const CHUNK_BYTES = 64 * 1024;
const TAG_BYTES = 16;
export const SEALED_CHUNK_BYTES = CHUNK_BYTES + TAG_BYTES;
const IV_BYTES = 12;
const OPTIONS = { authTagLength: TAG_BYTES };
const MOST_CHUNKS = 2 ** 32;

/** Where a piece belongs. */
export interface ChunkPlace {
  /** Names the file; no two files have one. */
  readonly file: string;
  readonly index: number;
  readonly isLast: boolean;
}

/** @param key fresh for this one writing of this one file: the IV is the number of the piece */
export function sealChunk(key: KeyObject, place: ChunkPlace, plaintext: Uint8Array): Buffer {
  if (plaintext.length > CHUNK_BYTES) throw new RangeError(`a chunk has at most ${CHUNK_BYTES} bytes`);
  const cipher = createCipheriv("aes-256-gcm", key, ivOf(place), OPTIONS).setAAD(boundBytes(place));
  const sealed = Buffer.allocUnsafe(plaintext.length + TAG_BYTES);
  cipher.update(plaintext).copy(sealed);
  cipher.final(); // empty for GCM
  cipher.getAuthTag().copy(sealed, plaintext.length);
  return sealed;
}

/** @throws EnvelopeBroken if it is not the piece of this place, whole and unaltered */
export function openChunk(key: KeyObject, place: ChunkPlace, sealed: Uint8Array): Buffer {
  const tagAt = sealed.length - TAG_BYTES;
  if (tagAt < 0 || tagAt > CHUNK_BYTES) throw new EnvelopeBroken("not a sealed chunk");
  const decipher = createDecipheriv("aes-256-gcm", key, ivOf(place), OPTIONS).setAAD(boundBytes(place)).setAuthTag(sealed.subarray(tagAt));
  const plaintext = decipher.update(sealed.subarray(0, tagAt));
  try {
    decipher.final();
  } catch {
    plaintext.fill(0);
    throw new EnvelopeBroken("a sealed chunk was altered, moved or cut off");
  }
  return plaintext;
}

function ivOf({ index, isLast }: ChunkPlace): Buffer {
  if (!Number.isSafeInteger(index) || index < 0 || index >= MOST_CHUNKS) throw new RangeError("a file has at most 2^32 chunks");
  const iv = Buffer.alloc(IV_BYTES);
  iv[0] = isLast ? 1 : 0;
  iv.writeUInt32BE(index, IV_BYTES - 4);
  return iv;
}

const boundBytes = ({ file, index, isLast }: ChunkPlace): Buffer => Buffer.from(`chunk-1/${file}/${index}/${isLast ? "last" : "more"}`);
