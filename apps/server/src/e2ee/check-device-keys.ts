import { type JsonObject, ownObject, ownString } from "@wardroom/matrix-core";
import type { Actor } from "#kernel";
import { badSignature, invalid, tooMany } from "./key-errors.ts";
import { ED25519, isPublicKey, isSignedBy, ownStrings, signatureBy, type SignedJson, takeApart } from "./signed-json.ts";

export interface CheckedDeviceKeys {
  readonly signed: SignedJson;
  /** Name → public key. */
  readonly keys: ReadonlyMap<string, string>;
  readonly ownSignature: string;
}

const MAX_CONTENT = 8192;
const MAX_KEYS = 16;
const MAX_ALGORITHMS = 32;
const MAX_NAME = 255;
const MAX_KEY = 2048;
/** Algorithms whose keys are 32 bytes; those of others are opaque here. */
const CURVE_KEYS: ReadonlySet<string> = new Set(["ed25519", "curve25519"]);

/**
 * Identity keys as the device may publish them: its own, under its own name, signed by its Ed25519 key ("Uploading keys": the object
 * must be signed). Verified here, although clients verify it too: keys that nobody accepts would shut the device out for good.
 * @throws MatrixError M_INVALID_PARAM, M_INVALID_SIGNATURE, M_TOO_LARGE.
 */
export function checkDeviceKeys({ userId, deviceId }: Actor, uploaded: JsonObject): CheckedDeviceKeys {
  if (ownString(uploaded, "user_id") !== userId) throw invalid("device_keys.user_id: is not the user of this session.");
  if (ownString(uploaded, "device_id") !== deviceId) throw invalid("device_keys.device_id: is not the device of this session.");
  checkAlgorithms(uploaded);
  const keys = readKeys(uploaded, deviceId);
  const publicKey = keys.get(ED25519 + deviceId);
  if (publicKey === undefined) throw invalid("device_keys.keys: the Ed25519 key of the device is missing.");
  const signed = takeApart(uploaded);
  if (signed.content.length > MAX_CONTENT) throw tooMany(`device_keys: has at most ${MAX_CONTENT} characters.`);
  const ownSignature = signatureBy(signed, userId, ED25519 + deviceId);
  if (ownSignature === undefined || !isSignedBy(signed, userId, ED25519 + deviceId, publicKey)) {
    throw badSignature("device_keys.signatures: the signature of the device is missing or wrong.");
  }
  return { signed, keys, ownSignature };
}

function checkAlgorithms(uploaded: JsonObject): void {
  const algorithms = ownStrings(uploaded, "algorithms");
  if (algorithms === undefined || algorithms.length > MAX_ALGORITHMS || algorithms.some((name) => name.length > MAX_NAME)) {
    throw invalid(`device_keys.algorithms: must be a list of at most ${MAX_ALGORITHMS} names.`);
  }
}

function readKeys(uploaded: JsonObject, deviceId: string): ReadonlyMap<string, string> {
  const entries = Object.entries(ownObject(uploaded, "keys") ?? {});
  if (entries.length > MAX_KEYS) throw tooMany(`device_keys.keys: a device has at most ${MAX_KEYS} keys.`);
  const keys = new Map<string, string>();
  for (const [name, key] of entries) {
    const algorithm = name.endsWith(`:${deviceId}`) ? name.slice(0, -deviceId.length - 1) : "";
    if (algorithm === "") throw invalid("device_keys.keys: the name of a key is its algorithm, a colon and the id of this device.");
    if (typeof key !== "string" || key.length > MAX_KEY)
      throw invalid(`device_keys.keys: a key is a text of at most ${MAX_KEY} characters.`);
    if (CURVE_KEYS.has(algorithm) && !isPublicKey(key)) throw invalid(`device_keys.keys: a key of ${algorithm} is 32 bytes in base64.`);
    keys.set(name, key);
  }
  return keys;
}

/** The device's Ed25519 key in what was stored. */
export function signingKeyOf(content: JsonObject | undefined, deviceId: string): string | undefined {
  const keys = content === undefined ? undefined : ownObject(content, "keys");
  return keys === undefined ? undefined : ownString(keys, ED25519 + deviceId);
}

/** Whether the keys themselves are the same, whatever else changed. */
export function hasSameKeys(stored: JsonObject, { keys }: CheckedDeviceKeys): boolean {
  const before = Object.entries(ownObject(stored, "keys") ?? {});
  return before.length === keys.size && before.every(([name, key]) => keys.get(name) === key);
}
