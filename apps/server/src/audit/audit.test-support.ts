import { mkdirSync } from "node:fs";
import {
  createFakeClock,
  createManualTimers,
  createSeededRandom,
  type FakeClock,
  makeTempFolder,
  type ManualTimers,
} from "@wardroom/testkit";
import { silentLogger } from "#kernel";
import { createKeyFile, createKeys, fileKeyProvider, type Keys } from "#keys";
import { type Migration, openStorage, type Storage } from "#storage";
import type { AuditLog, AuditQuery, OpenedEntry } from "./contract.ts";
import { type AuditDeps, createAudit } from "./create-audit.ts";
import { auditMigrations } from "./migrations.ts";

/** An audit log over a store and keys that a test has made. `path` is a folder of its own. */
export function openTestAudit(
  deps: Pick<AuditDeps, "storage" | "keys" | "clock" | "random"> & Partial<AuditDeps> & { readonly path: string },
): Promise<AuditLog> {
  const { path, ...given } = deps;
  return createAudit({
    serverName: "example.org",
    policySet: "0123456789abcdef",
    secondPlace: `${path}/audit-head`,
    keepDays: 400,
    timers: createManualTimers().timers,
    log: silentLogger,
    ...given,
  });
}

/** What tests look at of an entry. */
export interface SeenRecord extends Omit<OpenedEntry, "code"> {
  readonly event: string;
}

const tester = { actor: "test" } as const;

/** The newest records, first the newest; without what log and server say of themselves. */
export async function recordsOf(audit: AuditLog, limit = 1000): Promise<readonly SeenRecord[]> {
  return (await everyEntry(audit))
    .filter(({ code }) => !/^(?:audit|server)\./.test(code) || code === "audit.gap")
    .slice(0, limit)
    .map(({ code, ...entry }) => ({ ...entry, event: code }));
}

/** All that fits, through all pages, of what is there when this is called. */
export async function everyEntry(audit: AuditLog, query: Partial<AuditQuery> = {}): Promise<readonly OpenedEntry[]> {
  await audit.flush();
  await audit.checkpoint();
  const found: OpenedEntry[] = [];
  let after: string | undefined;
  do {
    const page = await audit.search(tester, { limit: 1000, ...query, ...(after === undefined ? {} : { after }) });
    found.push(...page.entries);
    after = page.next;
  } while (after !== undefined);
  return found;
}

/** An audit log on a real encrypted store with real keys, in a folder of its own. */
export interface AuditHouse {
  readonly audit: AuditLog;
  readonly storage: Storage;
  readonly keys: Keys;
  readonly clock: FakeClock;
  readonly timers: ManualTimers;
  /** Holds the store and the keys. */
  readonly dataDir: string;
  readonly secondPlace: string;
  /** Stops, lets `meanwhile` do what it wants, and starts again. */
  restart(meanwhile?: () => void, changes?: Partial<AuditDeps>): Promise<AuditHouse>;
  /** Stops the log alone: the store stays open to whoever meddles with it. */
  stopLog(): Promise<void>;
  /** Ends as a killed process does: nothing is flushed or signed. */
  kill(): Promise<void>;
  close(): Promise<void>;
}

/** Begins at the start of a minute. */
const START = 1_700_000_040_000;

export function openAuditHouse(changes: Partial<AuditDeps> = {}, migrations: readonly Migration[] = []): Promise<AuditHouse> {
  const folder = makeTempFolder("audit");
  createKeyFile(`${folder.path}/test.key`);
  return openIn({ path: folder.path, remove: () => folder.remove(), clock: createFakeClock(START), migrations }, changes);
}

interface Place {
  readonly path: string;
  readonly remove: () => void;
  readonly clock: FakeClock;
  readonly migrations: readonly Migration[];
}

async function openIn(place: Place, changes: Partial<AuditDeps>): Promise<AuditHouse> {
  const { path, clock, migrations } = place;
  const random = createSeededRandom(`${path}${process.hrtime.bigint()}`);
  const dataDir = `${path}/data`;
  mkdirSync(dataDir, { recursive: true });
  const base = { random, clock, log: silentLogger };
  const keys = await createKeys({ ...base, dataDir, kek: fileKeyProvider(`${path}/test.key`), serverName: "example.org" });
  const pageKey = keys.storePageKey();
  const storage = await openStorage({
    ...base,
    path: `${dataDir}/store.db`,
    pageKey,
    cipher: "aegis",
    migrations: [...auditMigrations, ...migrations],
  });
  const timers = createManualTimers();
  const audit = await openTestAudit({ ...base, storage, keys, path, timers: timers.timers, ...changes });
  let isStopped = false;
  const kill = async () => {
    if (isStopped) return;
    isStopped = true;
    await storage.close();
    keys.close();
  };
  let isLogStopped = false;
  const stopLog = async () => {
    if (isLogStopped || isStopped) return;
    isLogStopped = true;
    await audit.close();
  };
  const stop = async () => {
    await stopLog();
    await kill();
  };
  return {
    audit,
    storage,
    keys,
    clock,
    timers,
    dataDir,
    secondPlace: `${path}/audit-head`,
    async restart(meanwhile, next = {}) {
      await stop();
      meanwhile?.();
      return openIn(place, { ...changes, ...next });
    },
    stopLog,
    kill,
    async close() {
      await stop();
      place.remove();
    },
  };
}
