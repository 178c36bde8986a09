import { createSecretKey, type KeyObject } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { deriveKey, EnvelopeBroken, openEnvelope, sealEnvelope } from "@wardroom/crypto";
import { type Random, randomLetters, renameDurably, writeDraft } from "#kernel";
import { KeyringError } from "./errors.ts";
import type { KeyProvider } from "./key-provider.ts";

/** What `keyring.json` held from the first. Every secret in it is wrapped; `keyFile` names the file of keys. */
export interface FirstKeyring {
  readonly format: 1;
  readonly serverName: string;
  readonly storeKey: string;
  readonly keyFile: { readonly name: string; readonly wrapped: string };
  readonly signing: { readonly keyId: string; readonly wrapped: string };
}

/**
 * What it holds now. Programs that write format 1 keep only what they know, and would drop the log's key with the first person
 * they erase: the number makes them refuse instead.
 */
export interface Keyring extends Omit<FirstKeyring, "format"> {
  readonly format: 2;
  /** Signs the audit log's checkpoints. */
  readonly logSigning: { readonly wrapped: string };
}

const FORMAT = 2;

const SECRET_BYTES = 32;
const IV_BYTES = 12;
const LOG_SIGNING = "log-signing";
// Keys under the store key are told apart by their associated text; their id is not used.
const NO_ID = new Uint8Array(16);

const pathOf = (dataDir: string) => join(dataDir, "keyring.json");
const draftOf = (dataDir: string) => `${pathOf(dataDir)}.new`;
const storeKeyText = (serverName: string) => `keyring/store-key/1/${serverName}`;

export function keyringExists(dataDir: string): boolean {
  return existsSync(pathOf(dataDir));
}

/** @throws KeyringError if the file is no keyring, another server's, or a newer program's. */
export function readKeyring(dataDir: string, serverName: string): FirstKeyring | Keyring {
  const path = pathOf(dataDir);
  const value = parseJson(readFileSync(path, "utf8"));
  if (isRecord(value) && typeof value["format"] === "number" && value["format"] > FORMAT) {
    throw new KeyringError(`${path} was last used by a newer Wardroom. Update Wardroom, or restore a backup made before the update.`);
  }
  const keyring = toKeyring(value);
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
    format: FORMAT,
    serverName,
    storeKey: Buffer.from(wrapped).toString("base64"),
    keyFile: makeFileKey(storeKey, random, keyFileName),
    signing: { keyId, wrapped: wrapSecret(storeKey, random, `signing/${keyId}`, seed) },
    logSigning: makeLogSigning(storeKey, random),
  };
}

/** A keyring of before the audit log, with a key for it. In memory only. */
export function addLogSigning(keyring: FirstKeyring, storeKey: KeyObject, random: Random): Keyring {
  return { ...keyring, format: FORMAT, logSigning: makeLogSigning(storeKey, random) };
}

/** @throws what the provider throws for a wrong key. */
export async function openStoreKey(keyring: Pick<Keyring, "storeKey" | "serverName">, kek: KeyProvider): Promise<KeyObject> {
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

function makeLogSigning(storeKey: KeyObject, random: Random): Keyring["logSigning"] {
  return { wrapped: wrapSecret(storeKey, random, LOG_SIGNING, random.bytes(SECRET_BYTES)) };
}

export function openLogSigningSeed(storeKey: KeyObject, { wrapped }: Keyring["logSigning"]): Uint8Array {
  return unwrapSecret(storeKey, LOG_SIGNING, wrapped);
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

function toKeyring(value: unknown): FirstKeyring | Keyring | undefined {
  if (!isRecord(value)) return undefined;
  const first = toFirstKeyring(value);
  if (first === undefined || value["format"] === 1) return first;
  const logSigning = value["logSigning"];
  if (value["format"] !== FORMAT || !isRecord(logSigning) || typeof logSigning["wrapped"] !== "string") return undefined;
  return { ...first, format: FORMAT, logSigning: { wrapped: logSigning["wrapped"] } };
}

function toFirstKeyring(value: Readonly<Record<string, unknown>>): FirstKeyring | undefined {
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
