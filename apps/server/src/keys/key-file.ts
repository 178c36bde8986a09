import { createPublicKey, createSecretKey, type KeyObject, sign } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { deriveKey, ed25519FromSeed, EnvelopeBroken, equalInConstantTime, openEnvelope, readKeyId, sealEnvelope } from "@wardroom/crypto";
import { createDurably, createSystemRandom } from "#kernel";
import { KeyFileError } from "./errors.ts";
import type { KeyProvider } from "./key-provider.ts";

// The version is in the text, so that a later form (a passphrase, a share) is told apart and not misread.
const FORM = /^wardroom-key-1:([\w-]{43})\n?$/;
const KEY_BYTES = 32;
const GROUP_AND_WORLD = 0o077;
const WORLD = 0o007;

/** Makes a new key file, 0600, durable. @throws if the file exists: a key is never overwritten. */
export function createKeyFile(path: string): void {
  const key = createSystemRandom().bytes(KEY_BYTES);
  const content = Buffer.from(`wardroom-key-1:${Buffer.from(key.buffer, key.byteOffset, KEY_BYTES).toString("base64url")}\n`);
  key.fill(0);
  try {
    createDurably(path, content);
  } finally {
    content.fill(0);
  }
}

/**
 * The key-encryption key in a file.
 * @throws KeyFileError if it is missing, readable by others, or not a key.
 */
export function fileKeyProvider(path: string): KeyProvider {
  const secret = readKeyFile(path);
  const wrapping = deriveKey(secret, "kek/wrap");
  // Tells another key from an altered keyring, without being the key or helping to find it.
  const keyId = deriveKey(secret, "kek/id").export().subarray(0, 16);
  const seed = deriveKey(secret, "kek/sign").export();
  const signing = ed25519FromSeed(seed);
  seed.fill(0);
  const random = createSystemRandom();
  return {
    wrap: async (plaintext, associated) => sealEnvelope({ key: wrapping, keyId, iv: random.bytes(12), associated, plaintext }),
    unwrap: async (wrapped, associated) => unwrap({ path, wrapping, keyId }, wrapped, associated),
    sign: async (message) => sign(null, message, signing),
    publicKey: createPublicKey(signing),
  };
}

function readKeyFile(path: string): KeyObject {
  refuseOtherReaders(path);
  const content = readFileSync(path);
  const [, text] = FORM.exec(content.toString("latin1")) ?? [];
  content.fill(0);
  const bytes = Buffer.from(text ?? "", "base64url");
  if (bytes.length !== KEY_BYTES) throw new KeyFileError(`${path} is not a Wardroom key file. Put the right key back.`);
  const secret = createSecretKey(bytes);
  bytes.fill(0);
  return secret;
}

function refuseOtherReaders(path: string): void {
  const mode = statSync(path, { throwIfNoEntry: false })?.mode;
  if (mode === undefined) throw new KeyFileError(`${path} is missing. Put the key back; without it nobody can open the store.`);
  // A service credential is guarded by the system with an access list, whose mask shows as the group's bits.
  const open = path.startsWith("/run/credentials/") ? WORLD : GROUP_AND_WORLD;
  if ((mode & open) !== 0) throw new KeyFileError(`${path} can be read by other users of this machine. Mend it with: chmod 600 ${path}`);
}

interface Opener {
  readonly path: string;
  readonly wrapping: KeyObject;
  readonly keyId: Uint8Array;
}

function unwrap({ path, wrapping, keyId }: Opener, wrapped: Uint8Array, associated: string): Uint8Array {
  try {
    if (!equalInConstantTime(readKeyId(wrapped), keyId)) {
      throw new KeyFileError(`${path} is not the key that this store was made with. Put the right key back.`);
    }
    return openEnvelope(wrapping, associated, wrapped);
  } catch (error) {
    if (!(error instanceof EnvelopeBroken)) throw error;
    throw new KeyFileError(`${path} is the right key, but keyring.json was altered. Restore keyring.json from a backup.`);
  }
}
