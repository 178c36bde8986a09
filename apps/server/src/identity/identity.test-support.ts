import { createFakeClock, createSeededRandom, type FakeClock, makeTempFolder } from "@wardroom/testkit";
import { type AuditLog, auditMigrations } from "#audit";
import { openTestAudit } from "#audit/test";
import { createIdentity, type Identity, type IdentityDeps, identityMigrations } from "#identity";
import { type AuditRecord, type AuditSink, silentLogger } from "#kernel";
import { createKeyFile, createKeys, fileKeyProvider, type Keys } from "#keys";
import { type Batch, openStorage, type Storage, type Write } from "#storage";
import type { Argon2 } from "./password-hasher.ts";

export const serverName = "example.org";

/** An identity module on a real encrypted store in a folder of its own. */
export interface TestHouse {
  readonly identity: Identity;
  readonly audit: AuditLog;
  /** What the module handed to the audit, deeds and refusals in one order. */
  readonly noted: readonly AuditRecord[];
  readonly storage: Storage;
  readonly keys: Keys;
  readonly clock: FakeClock;
  /** How many password hashes were computed so far. */
  hashes(): number;
  /** Stops and starts again on the same folder. */
  restart(): Promise<TestHouse>;
  close(): Promise<void>;
}

type Options = Partial<Pick<IdentityDeps, "onDeviceRemoved" | "onDeviceChanged" | "argon2" | "devicesPerUser">> & {
  readonly migrations?: readonly { id: string; sql: string[] }[];
  /** Sees each batch of the identity module before it is queued. */
  readonly onCommit?: (batch: Batch) => void;
};

/** Text instead of Argon2: the tests that count hashes or do many logins need its calls, not its cost. */
const cheapArgon2: Argon2 = {
  hash: async (password, salt) => `cheap$${Buffer.from(salt).toString("hex")}$${password}`,
  verify: async (encoded, password) => encoded.startsWith("cheap$") && encoded.split("$").slice(2).join("$") === password,
};

export async function openHouse(options: Options = {}): Promise<TestHouse> {
  const folder = makeTempFolder("identity");
  createKeyFile(`${folder.path}/test.key`);
  return openIn(folder.path, () => folder.remove(), createFakeClock(), options);
}

async function openIn(path: string, remove: () => void, clock: FakeClock, options: Options): Promise<TestHouse> {
  const random = createSeededRandom(`${path}${process.hrtime.bigint()}`);
  const kek = fileKeyProvider(`${path}/test.key`);
  const keys = await createKeys({ dataDir: path, kek, serverName, random, clock, log: silentLogger });
  const storage = await openStorage({
    path: `${path}/store.db`,
    pageKey: keys.storePageKey(),
    cipher: "aegis",
    migrations: [...auditMigrations, ...identityMigrations, ...(options.migrations ?? [])],
    random,
    log: silentLogger,
  });
  const audit = await openTestAudit({ storage, keys, clock, random, path });
  const noted: AuditRecord[] = [];
  const noting: AuditSink<Write> = {
    writes(...records) {
      noted.push(...records);
      return audit.writes(...records);
    },
    refused(record) {
      noted.push(record);
      audit.refused(record);
    },
    observed: (record) => audit.observed(record),
  };
  const counted = countCalls(options.argon2 ?? cheapArgon2);
  const { onDeviceRemoved = [], onDeviceChanged = [], devicesPerUser, onCommit } = options;
  const commit: Storage["commit"] = (batch, onDurable) => {
    onCommit?.(batch);
    return storage.commit(batch, onDurable);
  };
  const identity = createIdentity({
    storage: { ...storage, commit },
    keys,
    clock,
    random,
    serverName,
    audit: noting,
    log: silentLogger,
    argon2: counted.argon2,
    onDeviceRemoved,
    onDeviceChanged,
    ...(devicesPerUser === undefined ? {} : { devicesPerUser }),
  });
  const stop = async () => {
    await audit.close();
    await storage.close();
    keys.close();
  };
  return {
    identity,
    audit,
    noted,
    storage,
    keys,
    clock,
    hashes: () => counted.calls(),
    async restart() {
      await stop();
      return openIn(path, remove, clock, options);
    },
    async close() {
      await stop();
      remove();
    },
  };
}

function countCalls(argon2: Argon2): { readonly argon2: Argon2; calls(): number } {
  let calls = 0;
  const counting: Argon2 = {
    hash: (password, salt) => {
      calls += 1;
      return argon2.hash(password, salt);
    },
    verify: (encoded, password) => {
      calls += 1;
      return argon2.verify(encoded, password);
    },
  };
  return { argon2: counting, calls: () => calls };
}
