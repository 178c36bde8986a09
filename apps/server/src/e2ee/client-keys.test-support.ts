// Keys and signatures as a client makes them.
import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { canonicalJson, type JsonObject } from "@wardroom/matrix-core";

/** An Ed25519 key pair. */
export interface SigningKey {
  /** Unpadded base64. */
  readonly publicKey: string;
  sign(object: JsonObject): string;
}

const unpadded = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64").replaceAll("=", "");
const rawOf = (key: KeyObject): string => unpadded(Buffer.from(key.export({ format: "jwk" }).x ?? "", "base64url"));

export function newSigningKey(): SigningKey {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  return { publicKey: rawOf(publicKey), sign: (object) => unpadded(sign(null, Buffer.from(canonicalJson(object)), privateKey)) };
}

/** A fresh Curve25519 public key. */
export const newCurveKey = (): string => rawOf(generateKeyPairSync("x25519").publicKey);

/** The object with one more signature. */
export function signed(object: JsonObject, userId: string, keyName: string, key: SigningKey): JsonObject {
  const { signatures = {}, unsigned: _unsigned, ...rest } = object;
  const before = asObject(signatures);
  const mine = asObject(before[userId] ?? {});
  return { ...rest, signatures: { ...before, [userId]: { ...mine, [keyName]: key.sign(rest) } } };
}

export function asObject(value: unknown): JsonObject {
  if (typeof value !== "object" || value === null) throw new TypeError("an object is expected");
  // Only JSON goes through these tests.
  return value as JsonObject;
}

/** The keys of a device and what it signs with them. */
export interface DeviceKeys {
  readonly key: SigningKey;
  readonly deviceKeys: JsonObject;
  /** One-time keys of these ids. */
  oneTimeKeys(...ids: readonly string[]): JsonObject;
  fallbackKey(id: string): JsonObject;
  /** The device's keys as another key signs them. */
  signedBy(key: SigningKey): JsonObject;
}

export function newDeviceKeys({ userId, deviceId }: { readonly userId: string; readonly deviceId: string }): DeviceKeys {
  const key = newSigningKey();
  const name = `ed25519:${deviceId}`;
  const body = {
    user_id: userId,
    device_id: deviceId,
    algorithms: ["m.olm.v1.curve25519-aes-sha2", "m.megolm.v1.aes-sha2"],
    keys: { [`curve25519:${deviceId}`]: newCurveKey(), [name]: key.publicKey },
  };
  const oneTimeKey = (more: JsonObject) => signed({ key: newCurveKey(), ...more }, userId, name, key);
  return {
    key,
    deviceKeys: signed(body, userId, name, key),
    oneTimeKeys: (...ids) => Object.fromEntries(ids.map((id) => [`signed_curve25519:${id}`, oneTimeKey({})])),
    fallbackKey: (id) => ({ [`signed_curve25519:${id}`]: oneTimeKey({ fallback: true }) }),
    signedBy: (other) => signed(body, userId, `ed25519:${other.publicKey}`, other),
  };
}

/** The three keys of a person. */
export interface CrossSigningKeys {
  readonly master: SigningKey;
  readonly selfSigning: SigningKey;
  readonly userSigning: SigningKey;
  /** As they are uploaded. */
  readonly keys: { readonly master_key: JsonObject; readonly self_signing_key: JsonObject; readonly user_signing_key: JsonObject };
}

export function crossSigningKey(userId: string, usage: string, key: SigningKey): JsonObject {
  return { user_id: userId, usage: [usage], keys: { [`ed25519:${key.publicKey}`]: key.publicKey } };
}

export function newCrossSigningKeys(userId: string, master = newSigningKey()): CrossSigningKeys {
  const [selfSigning, userSigning] = [newSigningKey(), newSigningKey()];
  const byMaster = (object: JsonObject) => signed(object, userId, `ed25519:${master.publicKey}`, master);
  return {
    master,
    selfSigning,
    userSigning,
    keys: {
      master_key: crossSigningKey(userId, "master", master),
      self_signing_key: byMaster(crossSigningKey(userId, "self_signing", selfSigning)),
      user_signing_key: byMaster(crossSigningKey(userId, "user_signing", userSigning)),
    },
  };
}

/** The master key of somebody, signed by the user-signing key of another. */
export const verifiedBy = (masterKey: JsonObject, by: { readonly userId: string }, { userSigning }: CrossSigningKeys): JsonObject =>
  signed(masterKey, by.userId, `ed25519:${userSigning.publicKey}`, userSigning);
