import { copyFileSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { createFakeClock, createSeededRandom, makeTempFolder } from "@wardroom/testkit";
import { silentLogger } from "#kernel";
import { createKeys, type KeysDeps } from "./create-keys.ts";
import type { AuditOwner, Keys, SealedSegment } from "./contract.ts";
import { createKeyFile, fileKeyProvider } from "./key-file.ts";
import { openKeyStore } from "./key-store.ts";
import { openFileKey, openStoreKey, readKeyring } from "./keyring.ts";

export interface Place {
  readonly root: string;
  readonly dataDir: string;
  readonly keyFile: string;
  open(changes?: Partial<KeysDeps>): ReturnType<typeof createKeys>;
  /** All bytes of all files of the data folder. */
  bytes(): Buffer;
  /** Copies the data folder aside and returns the copy's path. */
  copy(name: string): string;
}

let seeds = 0;

export function makePlace(context: TestContext): Place {
  const folder = makeTempFolder("keys");
  context.after(() => folder.remove());
  const [dataDir, keyFile] = [join(folder.path, "data"), join(folder.path, "wardroom.key")];
  mkdirSync(dataDir);
  createKeyFile(keyFile);
  return {
    root: folder.path,
    dataDir,
    keyFile,
    open(changes) {
      const random = createSeededRandom(`keys ${(seeds += 1)}`);
      const kek = fileKeyProvider(keyFile);
      return createKeys({ dataDir, kek, serverName: "example.org", random, clock: createFakeClock(), log: silentLogger, ...changes });
    },
    bytes: () => Buffer.concat(readdirSync(dataDir).map((name) => readFileSync(join(dataDir, name)))),
    copy(name) {
      const target = join(folder.path, name);
      mkdirSync(target);
      for (const file of readdirSync(dataDir)) copyFileSync(join(dataDir, file), join(target, file));
      return target;
    },
  };
}

export const text = (bytes: Uint8Array | undefined) => (bytes === undefined ? undefined : Buffer.from(bytes).toString());

export function keyFileIn(dataDir: string): string {
  const [name, ...more] = readdirSync(dataDir).filter((file) => /^keys-[A-Z]+\.db$/.test(file));
  if (name === undefined || more.length > 0) throw new Error(`not exactly one file of keys: ${readdirSync(dataDir).join(" ")}`);
  return join(dataDir, name);
}

/** Opens the file of keys as the module does. Close the keys first. */
async function openFileOf({ dataDir, keyFile }: Pick<Place, "dataDir" | "keyFile">) {
  const keyring = readKeyring(dataDir, "example.org");
  const storeKey = await openStoreKey(keyring, fileKeyProvider(keyFile));
  return openKeyStore(join(dataDir, keyring.keyFile.name), openFileKey(storeKey, keyring.keyFile), { mustExist: true });
}

/** Kinds and owners of the audit's rows in the file. */
export async function auditRowsOf(place: Pick<Place, "dataDir" | "keyFile">): Promise<readonly string[]> {
  const store = await openFileOf(place);
  const rows = Array.from(store.all(), ({ place: { kind, roomId, userId } }) => `${kind} ${roomId}${userId}`.trim());
  store.close();
  return rows.filter((row) => row.startsWith("audit-")).toSorted();
}

/** A time in the quarter before the one of `LATER`. */
export const EARLIER = Date.UTC(2026, 8, 30, 23, 59, 59, 999);
export const LATER = EARLIER + 1;

/** Seals `value` under the owner's key, bound to `entry`. */
export const sealFor = (keys: Keys, owner: AuditOwner, at: number, value = owner.kind === "system" ? "operator" : owner.id) =>
  keys.audit.seal(owner, at, { associated: "entry", plaintext: `about ${value}`, value });

/** What was sealed, and for whom. */
export const openAudit = (keys: Keys, { sealed }: SealedSegment) => {
  const opened = keys.audit.open("entry", sealed);
  return opened === undefined ? undefined : `${text(opened.plaintext)} for ${opened.owner.kind}`;
};

export const holds = (tokens: readonly Uint8Array[], token: Uint8Array) => tokens.some((one) => Buffer.compare(one, token) === 0);
