import { createSecretKey, type KeyObject } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { deriveKey, EnvelopeBroken, openEnvelope, sealEnvelope } from "@wardroom/crypto";
import { type Random, randomLetters, renameDurably, writeDraft } from "#kernel";
import { KeyringError } from "./errors.ts";
import type { KeyProvider } from "./key-provider.ts";

/** What `keyring.json` holds. Every secret in it is wrapped; `keyFile` names the file of room and person keys. */
export interface Keyring {
  readonly format: 1;
  readonly serverName: string;
  readonly storeKey: string;
  readonly keyFile: { readonly name: string; readonly wrapped: string };
  readonly signing: { readonly keyId: string; readonly wrapped: string };
}

const SECRET_BYTES = 32;
const IV_BYTES = 12;
// Keys under the store key are told apart by their associated text; their id is not used.
const NO_ID = new Uint8Array(16);

const pathOf = (dataDir: string) => join(dataDir, "keyring.json");
const draftOf = (dataDir: string) => `${pathOf(dataDir)}.new`;
const storeKeyText = (serverName: string) => `keyring/store-key/1/${serverName}`;

export function keyringExists(dataDir: string): boolean {
  return existsSync(pathOf(dataDir));
}

/** @throws KeyringError if the file is no keyring, or another server's. */
export function readKeyring(dataDir: string, serverName: string): Keyring {
  const path = pathOf(dataDir);
  const keyring = parseKeyring(readFileSync(path, "utf8"));
  if (keyring === undefined) throw new KeyringError(`${path} is damaged. Restore it from a backup.`);
  if (keyring.serverName !== serverName) {
    throw new KeyringError(`server_name: ${path} belongs to "${keyring.serverName}". Set server_name back, or use another data_dir.`);
  }
  return keyring;
}

/** Writes the next keyring beside the one that counts. All that can fail for want of room fails here. */
export function draftKeyring(dataDir: string, keyring: Keyring): void {
  writeDraft(draftOf(dataDir), `${JSON.stringify(keyring, undefined, 2)}\n`);
}

/** Puts the draft in place. This is the moment at which a new file of keys counts and the old one is dead. */
export function installKeyring(dataDir: string): void {
  renameDurably(draftOf(dataDir), pathOf(dataDir));
}

export interface NewKeyring {
  readonly kek: KeyProvider;
  readonly serverName: string;
  readonly random: Random;
  readonly keyFileName: string;
}

/** A fresh store key, signing key and file key, in memory only. */
export async function makeKeyring({ kek, serverName, random, keyFileName }: NewKeyring): Promise<Keyring> {
  const secret = random.bytes(SECRET_BYTES);
  const wrapped = await kek.wrap(secret, storeKeyText(serverName));
  const storeKey = createSecretKey(secret);
  secret.fill(0);
  const keyId = `ed25519:${randomLetters(random, 6)}`;
  const seed = random.bytes(SECRET_BYTES);
  return {
    format: 1,
    serverName,
    storeKey: Buffer.from(wrapped).toString("base64"),
    keyFile: makeFileKey(storeKey, random, keyFileName),
    signing: { keyId, wrapped: wrapSecret(storeKey, random, `signing/${keyId}`, seed) },
  };
}

/** @throws what the provider throws for a wrong key. */
export async function openStoreKey(keyring: Keyring, kek: KeyProvider): Promise<KeyObject> {
  const secret = await kek.unwrap(Buffer.from(keyring.storeKey, "base64"), storeKeyText(keyring.serverName));
  const storeKey = createSecretKey(secret);
  secret.fill(0);
  return storeKey;
}

/** A fresh random key for a file of keys, wrapped for the keyring. */
export function makeFileKey(storeKey: KeyObject, random: Random, name: string): Keyring["keyFile"] {
  return { name, wrapped: wrapSecret(storeKey, random, `key-file/${name}`, random.bytes(SECRET_BYTES)) };
}

export function openFileKey(storeKey: KeyObject, { name, wrapped }: Keyring["keyFile"]): Uint8Array {
  return unwrapSecret(storeKey, `key-file/${name}`, wrapped);
}

export function openSigningSeed(storeKey: KeyObject, { keyId, wrapped }: Keyring["signing"]): Uint8Array {
  return unwrapSecret(storeKey, `signing/${keyId}`, wrapped);
}

function wrapSecret(storeKey: KeyObject, random: Random, associated: string, secret: Uint8Array): string {
  const key = deriveKey(storeKey, "keyring/wrap");
  const sealed = sealEnvelope({ key, keyId: NO_ID, iv: random.bytes(IV_BYTES), associated, plaintext: secret });
  secret.fill(0);
  return Buffer.from(sealed).toString("base64");
}

function unwrapSecret(storeKey: KeyObject, associated: string, wrapped: string): Uint8Array {
  try {
    return openEnvelope(deriveKey(storeKey, "keyring/wrap"), associated, Buffer.from(wrapped, "base64"));
  } catch (error) {
    if (!(error instanceof EnvelopeBroken)) throw error;
    throw new KeyringError("keyring.json was altered. Restore it from a backup.");
  }
}

function parseKeyring(text: string): Keyring | undefined {
  const value = parseJson(text);
  if (!isRecord(value) || value["format"] !== 1) return undefined;
  const { serverName, storeKey, keyFile, signing } = value;
  if (typeof serverName !== "string" || typeof storeKey !== "string" || !isRecord(keyFile) || !isRecord(signing)) return undefined;
  const [name, fileKey, keyId, seed] = [keyFile["name"], keyFile["wrapped"], signing["keyId"], signing["wrapped"]];
  // The name is joined to a path: nothing but the form that this module writes.
  if (typeof name !== "string" || !/^keys-[A-Z]+\.db$/.test(name) || typeof fileKey !== "string") return undefined;
  if (typeof keyId !== "string" || typeof seed !== "string") return undefined;
  return { format: 1, serverName, storeKey, keyFile: { name, wrapped: fileKey }, signing: { keyId, wrapped: seed } };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
