import { canonicalJson, isJsonObject, type JsonObject, type JsonValue, ownObject, ownString } from "@wardroom/matrix-core";
import type { Actor } from "#kernel";
import { invalid, tooMany } from "./key-errors.ts";
import { ED25519, isPublicKey } from "./signed-json.ts";

/** A one-time or fallback key as it is stored. */
export interface CheckedKey {
  readonly name: string;
  readonly algorithm: string;
  /** Canonical JSON. */
  readonly content: string;
}

/** Unclaimed, of one device. Clients keep 50 to 100. */
export const MAX_ONE_TIME_KEYS = 300;
const MAX_FALLBACK_KEYS = 8;
const MAX_CONTENT = 4096;
const NAME = /^([a-z0-9_.-]{1,64}):([^\0]{1,128})$/;
const SIGNED_CURVE = "signed_curve25519";

/**
 * Only the shape of a signature is checked, not the signature: fifty in an upload would hold up everybody for seven milliseconds, and
 * whoever claims a key must verify it anyway.
 * @throws MatrixError M_INVALID_PARAM, M_TOO_LARGE.
 */
export function checkOneTimeKeys(actor: Actor, uploaded: JsonObject | undefined): readonly CheckedKey[] {
  const entries = Object.entries(uploaded ?? {});
  if (entries.length > MAX_ONE_TIME_KEYS) throw tooMany(`one_time_keys: a device has at most ${MAX_ONE_TIME_KEYS}.`);
  return entries.map(([name, key]) => checkKey(actor, name, key, "one_time_keys"));
}

export function checkFallbackKeys(actor: Actor, uploaded: JsonObject | undefined): readonly CheckedKey[] {
  const entries = Object.entries(uploaded ?? {});
  if (entries.length > MAX_FALLBACK_KEYS) throw tooMany(`fallback_keys: a device has at most ${MAX_FALLBACK_KEYS}.`);
  const keys = entries.map(([name, key]) => checkKey(actor, name, key, "fallback_keys"));
  if (new Set(keys.map(({ algorithm }) => algorithm)).size < keys.length) throw invalid("fallback_keys: there is one key per algorithm.");
  return keys;
}

function checkKey(actor: Actor, name: string, key: JsonValue, where: string): CheckedKey {
  const [, algorithm] = NAME.exec(name) ?? [];
  if (algorithm === undefined) throw invalid(`${where}: the name of a key is its algorithm, a colon and an id.`);
  if (algorithm === SIGNED_CURVE) checkSignedKey(actor, key, where);
  else if (typeof key !== "string" && !isJsonObject(key)) throw invalid(`${where}: a key is a text or an object.`);
  const content = canonicalJson(key);
  if (content.length > MAX_CONTENT) throw tooMany(`${where}: a key has at most ${MAX_CONTENT} characters.`);
  return { name, algorithm, content };
}

function checkSignedKey({ userId, deviceId }: Actor, key: JsonValue, where: string): void {
  const object = isJsonObject(key) ? key : undefined;
  const publicKey = object === undefined ? undefined : ownString(object, "key");
  if (object === undefined || publicKey === undefined || !isPublicKey(publicKey)) {
    throw invalid(`${where}: a key of ${SIGNED_CURVE} has a member "key" with 32 bytes in base64.`);
  }
  const mine = ownObject(ownObject(object, "signatures") ?? {}, userId);
  if (mine === undefined || ownString(mine, ED25519 + deviceId) === undefined) {
    throw invalid(`${where}: a key of ${SIGNED_CURVE} is signed by this device.`);
  }
}
