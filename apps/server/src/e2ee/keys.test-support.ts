import { createFakeClock, createSeededRandom, type FakeClock, makeTempFolder } from "@wardroom/testkit";
import type { JsonObject } from "@wardroom/matrix-core";
import { type AuditLog, auditMigrations } from "#audit";
import { openTestAudit } from "#audit/test";
import { createE2ee, type E2ee, e2eeMigrations, keyRemoval, keyRename } from "#e2ee";
import { createIdentity, type Identity, identityMigrations } from "#identity";
import { type Actor, silentLogger } from "#kernel";
import { createKeyFile, createKeys, fileKeyProvider } from "#keys";
import { type Batch, openStorage, type Storage } from "#storage";
import { asObject, type DeviceKeys, newDeviceKeys } from "./client-keys.test-support.ts";

/** The key server over a real identity module on a real store. */
export interface KeyHouse {
  readonly e2ee: E2ee;
  readonly identity: Identity;
  readonly audit: AuditLog;
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
  const audit = await openTestAudit({ storage, keys, clock, random, path });
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
    await audit.close();
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

/** A device that is signed in, with its keys. */
export interface TestDevice extends Omit<DeviceKeys, "oneTimeKeys"> {
  readonly actor: Actor;
  /** `count` new one-time keys, named from `from` on. */
  oneTimeKeys(count: number, from?: number): JsonObject;
}

export function newDevice(actor: Actor): TestDevice {
  const keys = newDeviceKeys(actor);
  const names = (count: number, from: number) => Array.from({ length: count }, (_, index) => `K${from + index}`);
  return { ...keys, actor, oneTimeKeys: (count, from = 1) => keys.oneTimeKeys(...names(count, from)) };
}

/** The value at the path; undefined where the path ends early. */
export function dig(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((here, step) => (typeof here === "object" && here !== null ? asObject(here)[step] : undefined), value);
}
