import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { createFakeClock, createSeededRandom, type FakeClock, makeTempFolder } from "@wardroom/testkit";
import { canonicalJson, type JsonObject } from "@wardroom/matrix-core";
import { type Audit, auditMigrations, createAudit } from "#audit";
import { createE2ee, type E2ee, e2eeMigrations, keyRemoval, keyRename } from "#e2ee";
import { createIdentity, type Identity, identityMigrations } from "#identity";
import { type Actor, silentLogger } from "#kernel";
import { createKeyFile, createKeys, fileKeyProvider } from "#keys";
import { type Batch, openStorage, type Storage } from "#storage";

/** The key server over a real identity module on a real store. */
export interface KeyHouse {
  readonly e2ee: E2ee;
  readonly identity: Identity;
  readonly audit: Audit;
  readonly storage: Storage;
  readonly clock: FakeClock;
  /** Who was told of changes, in order. */
  readonly announced: (readonly [userId: string, onlyFor: string | undefined])[];
  /** Signs a person in, with an account made at the first time. */
  signIn(name: string, deviceId: string, displayName?: string): Promise<Actor>;
  restart(): Promise<KeyHouse>;
  close(): Promise<void>;
}

const serverName = "test";
const cheapArgon2 = {
  hash: async (password: string) => `c$${password}`,
  verify: async (encoded: string, password: string) => encoded === `c$${password}`,
};

export async function openKeyHouse(onCommit?: (batch: Batch) => void): Promise<KeyHouse> {
  const folder = makeTempFolder("e2ee");
  createKeyFile(`${folder.path}/test.key`);
  return openIn(folder.path, () => folder.remove(), createFakeClock(), onCommit);
}

async function openIn(path: string, remove: () => void, clock: FakeClock, onCommit?: (batch: Batch) => void): Promise<KeyHouse> {
  const random = createSeededRandom(`${path}${process.hrtime.bigint()}`);
  const log = silentLogger;
  const keys = await createKeys({ dataDir: path, kek: fileKeyProvider(`${path}/test.key`), serverName, random, clock, log });
  const storage = await openStorage({
    path: `${path}/store.db`,
    pageKey: keys.storePageKey(),
    cipher: "aegis",
    migrations: [...auditMigrations, ...identityMigrations, ...e2eeMigrations],
    random,
    log,
  });
  const audit = createAudit({ storage, clock, random, log });
  const base = { keys, clock, random, serverName, audit, log };
  const { statements } = storage;
  const onDeviceRemoved = [keyRemoval(statements)];
  const identity = createIdentity({ ...base, storage, argon2: cheapArgon2, onDeviceRemoved, onDeviceChanged: [keyRename(statements)] });
  const commit: Storage["commit"] = (batch, onDurable) => {
    onCommit?.(batch);
    return storage.commit(batch, onDurable);
  };
  const e2ee = await createE2ee({ ...base, storage: { ...storage, commit }, identity, shareRoom: async () => true });
  const announced: (readonly [string, string | undefined])[] = [];
  e2ee.feed.onDeviceListChange((userId, onlyFor) => void announced.push([userId, onlyFor]));
  const stop = async () => {
    await audit.flush();
    await storage.close();
    keys.close();
  };
  return {
    e2ee,
    identity,
    audit,
    storage,
    clock,
    announced,
    async signIn(name, deviceId, displayName) {
      const userId = `@${name}:${serverName}`;
      if (!(await identity.accountExists(userId))) await identity.createAccount({ localpart: name, password: "a long pass phrase" });
      await identity.createSession(userId, { deviceId, ...(displayName === undefined ? {} : { displayName }) });
      return { userId, deviceId, isAdmin: false };
    },
    async restart() {
      await stop();
      return openIn(path, remove, clock, onCommit);
    },
    async close() {
      await stop();
      remove();
    },
  };
}

/** An Ed25519 key pair as a client has one. */
export interface SigningKey {
  /** Unpadded base64. */
  readonly publicKey: string;
  sign(object: JsonObject): string;
}

const unpadded = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64").replaceAll("=", "");

function rawOf(key: KeyObject): Uint8Array {
  return Buffer.from(key.export({ format: "jwk" }).x ?? "", "base64url");
}

export function newSigningKey(): SigningKey {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  return {
    publicKey: unpadded(rawOf(publicKey)),
    sign: (object) => unpadded(sign(null, Buffer.from(canonicalJson(object)), privateKey)),
  };
}

/** A fresh Curve25519 public key. */
export const newCurveKey = (): string => unpadded(rawOf(generateKeyPairSync("x25519").publicKey));

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

/** A device with its keys. */
export interface TestDevice {
  readonly actor: Actor;
  readonly key: SigningKey;
  readonly deviceKeys: JsonObject;
  /** `count` new one-time keys, named from `from` on. */
  oneTimeKeys(count: number, from?: number): JsonObject;
  fallbackKey(id: string): JsonObject;
}

export function newDevice(actor: Actor): TestDevice {
  const key = newSigningKey();
  const { userId, deviceId } = actor;
  const name = `ed25519:${deviceId}`;
  const identityKeys = {
    user_id: userId,
    device_id: deviceId,
    algorithms: ["m.olm.v1.curve25519-aes-sha2", "m.megolm.v1.aes-sha2"],
    keys: { [`curve25519:${deviceId}`]: newCurveKey(), [name]: key.publicKey },
  };
  const oneTimeKey = (more: JsonObject) => signed({ key: newCurveKey(), ...more }, userId, name, key);
  return {
    actor,
    key,
    deviceKeys: signed(identityKeys, userId, name, key),
    oneTimeKeys: (count, from = 1) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`signed_curve25519:K${from + index}`, oneTimeKey({})])),
    fallbackKey: (id) => ({ [`signed_curve25519:${id}`]: oneTimeKey({ fallback: true }) }),
  };
}

/** The three keys of a person. */
export interface TestIdentity {
  readonly master: SigningKey;
  readonly selfSigning: SigningKey;
  readonly userSigning: SigningKey;
  /** As they are uploaded. */
  readonly keys: { readonly master_key: JsonObject; readonly self_signing_key: JsonObject; readonly user_signing_key: JsonObject };
}

export function crossSigningKey(userId: string, usage: string, key: SigningKey): JsonObject {
  return { user_id: userId, usage: [usage], keys: { [`ed25519:${key.publicKey}`]: key.publicKey } };
}

export function newIdentity(userId: string, master = newSigningKey()): TestIdentity {
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

/** The value at the path; undefined where the path ends early. */
export function dig(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((here, step) => (typeof here === "object" && here !== null ? asObject(here)[step] : undefined), value);
}
