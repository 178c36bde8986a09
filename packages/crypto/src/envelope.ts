import { createCipheriv, createDecipheriv, type KeyObject } from "node:crypto";

// version (1) ‖ key id (16) ‖ IV (12) ‖ ciphertext ‖ tag (16)
const VERSION = 1;
export const KEY_ID_BYTES = 16;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = 1 + KEY_ID_BYTES;
const BODY_AT = HEAD_BYTES + IV_BYTES;
const OPTIONS = { authTagLength: TAG_BYTES };

/** The bytes, or what they were bound to, are not what was sealed. Says nothing about which byte. */
export class EnvelopeBroken extends Error {
  override readonly name = "EnvelopeBroken";
}

export interface SealInput {
  /** A handle, not bytes: raw keys make each call three to five times as slow on Node 24. */
  readonly key: KeyObject;
  /** 16 bytes that name the key. */
  readonly keyId: Uint8Array;
  /** 12 random bytes, never used twice with one key; at most 2^32 per key (NIST SP 800-38D, section 8.3). */
  readonly iv: Uint8Array;
  /** What the ciphertext belongs to; it opens with the same text only. */
  readonly associated: string;
  readonly plaintext: Uint8Array | string;
}

/** AES-256-GCM. Version and key id are bound too. */
export function sealEnvelope({ key, keyId, iv, associated, plaintext }: SealInput): Uint8Array {
  if (keyId.length !== KEY_ID_BYTES || iv.length !== IV_BYTES) throw new RangeError("a key id has 16 bytes, an IV 12");
  const bound = boundBytes(keyId, associated);
  const cipher = createCipheriv("aes-256-gcm", key, iv, OPTIONS).setAAD(bound);
  const body = cipher.update(typeof plaintext === "string" ? Buffer.from(plaintext) : plaintext);
  cipher.final(); // empty for GCM
  const sealed = new Uint8Array(BODY_AT + body.length + TAG_BYTES);
  sealed.set(bound.subarray(0, HEAD_BYTES));
  sealed.set(iv, HEAD_BYTES);
  sealed.set(body, BODY_AT);
  sealed.set(cipher.getAuthTag(), BODY_AT + body.length);
  return sealed;
}

/** The id of the key that opens it. @throws EnvelopeBroken if the bytes are no envelope of a known version. */
export function readKeyId(sealed: Uint8Array): Uint8Array {
  if (sealed.length < BODY_AT + TAG_BYTES || sealed[0] !== VERSION) throw new EnvelopeBroken("not a sealed value");
  return sealed.subarray(1, HEAD_BYTES);
}

/** @throws EnvelopeBroken */
export function openEnvelope(key: KeyObject, associated: string, sealed: Uint8Array): Uint8Array {
  const keyId = readKeyId(sealed);
  const tagAt = sealed.length - TAG_BYTES;
  const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(HEAD_BYTES, BODY_AT), OPTIONS)
    .setAAD(boundBytes(keyId, associated))
    .setAuthTag(sealed.subarray(tagAt));
  const plaintext = decipher.update(sealed.subarray(BODY_AT, tagAt));
  try {
    decipher.final();
  } catch {
    plaintext.fill(0);
    throw new EnvelopeBroken("a sealed value was altered or moved");
  }
  return plaintext;
}

function boundBytes(keyId: Uint8Array, associated: string): Buffer {
  const bytes = Buffer.allocUnsafe(HEAD_BYTES + Buffer.byteLength(associated));
  bytes[0] = VERSION;
  bytes.set(keyId, 1);
  bytes.write(associated, HEAD_BYTES);
  return bytes;
}
