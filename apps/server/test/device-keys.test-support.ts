// Keys as a client makes them, for requests.
import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { canonicalJson } from "@wardroom/matrix-core";
import type { JsonRecord, Session } from "@wardroom/testkit";

export interface SigningKey {
  /** Unpadded base64. */
  readonly publicKey: string;
  sign(object: JsonRecord): string;
}

const unpadded = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64").replaceAll("=", "");
const rawOf = (key: KeyObject): string => unpadded(Buffer.from(key.export({ format: "jwk" }).x ?? "", "base64url"));

export function newSigningKey(): SigningKey {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  return { publicKey: rawOf(publicKey), sign: (object) => unpadded(sign(null, Buffer.from(canonicalJson(object)), privateKey)) };
}

const newCurveKey = (): string => rawOf(generateKeyPairSync("x25519").publicKey);

const signed = (object: JsonRecord, userId: string, keyName: string, key: SigningKey): JsonRecord => ({
  ...object,
  signatures: { [userId]: { [keyName]: key.sign(object) } },
});

/** What a device uploads first. */
export interface DeviceKeys {
  readonly key: SigningKey;
  readonly deviceKeys: JsonRecord;
  /** One-time keys of these ids. */
  oneTimeKeys(...ids: string[]): JsonRecord;
  fallbackKey(id: string): JsonRecord;
  /** The device's keys as another key signs them. */
  signedBy(key: SigningKey): JsonRecord;
}

export function newDeviceKeys({ userId, deviceId }: Pick<Session, "userId" | "deviceId">): DeviceKeys {
  const key = newSigningKey();
  const name = `ed25519:${deviceId}`;
  const body = {
    user_id: userId,
    device_id: deviceId,
    algorithms: ["m.olm.v1.curve25519-aes-sha2", "m.megolm.v1.aes-sha2"],
    keys: { [`curve25519:${deviceId}`]: newCurveKey(), [name]: key.publicKey },
  };
  const oneTimeKey = (more: JsonRecord) => signed({ key: newCurveKey(), ...more }, userId, name, key);
  return {
    key,
    deviceKeys: signed(body, userId, name, key),
    oneTimeKeys: (...ids) => Object.fromEntries(ids.map((id) => [`signed_curve25519:${id}`, oneTimeKey({})])),
    fallbackKey: (id) => ({ [`signed_curve25519:${id}`]: oneTimeKey({ fallback: true }) }),
    signedBy: (other) => signed(body, userId, `ed25519:${other.publicKey}`, other),
  };
}

export interface CrossSigningKeys {
  readonly master: SigningKey;
  readonly selfSigning: SigningKey;
  readonly userSigning: SigningKey;
  readonly masterKey: JsonRecord;
  /** The body of an upload. */
  readonly upload: JsonRecord;
}

export function newCrossSigningKeys(userId: string): CrossSigningKeys {
  const [master, selfSigning, userSigning] = [newSigningKey(), newSigningKey(), newSigningKey()];
  const body = (usage: string, { publicKey }: SigningKey) => ({
    user_id: userId,
    usage: [usage],
    keys: { [`ed25519:${publicKey}`]: publicKey },
  });
  const byMaster = (object: JsonRecord) => signed(object, userId, `ed25519:${master.publicKey}`, master);
  const masterKey = body("master", master);
  return {
    master,
    selfSigning,
    userSigning,
    masterKey,
    upload: {
      master_key: masterKey,
      self_signing_key: byMaster(body("self_signing", selfSigning)),
      user_signing_key: byMaster(body("user_signing", userSigning)),
    },
  };
}

/** The master key of somebody, signed by the user-signing key of another. */
export const verifiedBy = (masterKey: JsonRecord, by: Session, { userSigning }: CrossSigningKeys): JsonRecord =>
  signed(masterKey, by.userId, `ed25519:${userSigning.publicKey}`, userSigning);
