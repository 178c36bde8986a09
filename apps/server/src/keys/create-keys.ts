import { readdirSync } from "node:fs";
import type { KeyObject } from "node:crypto";
import { deriveKey, ed25519FromSeed, EnvelopeBroken, openEnvelope, readKeyId, sealEnvelope } from "@wardroom/crypto";
import type { Clock, Logger, Random } from "#kernel";
import { createAuditKeyCache } from "./audit-key-cache.ts";
import { createAuditKeys } from "./audit-keys.ts";
import type { Keys, KeyScope } from "./contract.ts";
import { createDataKeys, type DataKeys } from "./data-keys.ts";
import { createDestroy } from "./destroy-keys.ts";
import { KeyMissing, KeyringError, SealBroken } from "./errors.ts";
import type { KeyProvider } from "./key-provider.ts";
import { newKeyFileName, openKeyVault, prepareFirstFile, type VaultStep } from "./key-vault.ts";
import {
  addLogSigning,
  draftKeyring,
  installKeyring,
  type Keyring,
  keyringExists,
  makeKeyring,
  openLogSigningSeed,
  openSigningSeed,
  openStoreKey,
  readKeyring,
} from "./keyring.ts";
import { createWaitingKeys } from "./waiting-keys.ts";

export interface KeysDeps {
  readonly dataDir: string;
  readonly kek: KeyProvider;
  readonly serverName: string;
  readonly random: Random;
  readonly clock: Clock;
  readonly log: Logger;
  /** Called between the steps of a replacement of the file of keys, for tests that crash there. */
  readonly afterStep?: (step: VaultStep) => void;
}

const IV_BYTES = 12;

/**
 * Opens the keys of the data folder, or makes them if it holds no store yet. The provider is asked once.
 * @throws KeyringError, or what the provider throws for a wrong key.
 */
export async function createKeys(deps: KeysDeps): Promise<Keys> {
  const { dataDir, random, clock } = deps;
  const { keyring, storeKey } = keyringExists(dataDir) ? await openRing(deps) : await makeRing(deps);
  const vault = openKeyVault({ dataDir, storeKey, random, afterStep: deps.afterStep ?? (() => {}) }, keyring);
  const wrapped = { store: () => vault.store(), wrapping: deriveKey(storeKey, "data-key/wrap"), random, clock };
  const dataKeys = createDataKeys(wrapped);
  const waiting = createWaitingKeys(dataKeys);
  const auditCache = createAuditKeyCache({ ...wrapped, waiting });
  const forget = () => {
    dataKeys.forget();
    auditCache.forget();
  };
  const { destroyPerson, destroyErased } = createDestroy({ vault, waiting, forget });
  return {
    signing: { keyId: keyring.signing.keyId, privateKey: signingKey(openSigningSeed(storeKey, keyring.signing)) },
    logSigning: { privateKey: signingKey(openLogSigningSeed(storeKey, keyring.logSigning)) },
    audit: { ...createAuditKeys(auditCache, random), destroyErased },
    storePageKey: () => deriveKey(storeKey, "pages").export(),
    derive: (purpose) => deriveKey(storeKey, `derive/${purpose}`),
    ensure: waiting.ensure,
    seal(scope, associated, plaintext) {
      const found = dataKeys.newest(scope);
      if (typeof found !== "object") throw new KeyMissing(found === "destroyed" ? "the key was destroyed" : "the key was not made");
      return sealEnvelope({ key: found.key, keyId: found.id, iv: random.bytes(IV_BYTES), associated, plaintext });
    },
    open: (scope, associated, sealed) => openSealed(dataKeys, { scope, associated, sealed }),
    destroyPerson,
    close() {
      forget();
      vault.close();
    },
  };
}

/** Clears the seed. */
function signingKey(seed: Uint8Array): KeyObject {
  const key = ed25519FromSeed(seed);
  seed.fill(0);
  return key;
}

interface Sealed {
  readonly scope: KeyScope;
  readonly associated: string;
  readonly sealed: Uint8Array;
}

function openSealed(dataKeys: DataKeys, { scope, associated, sealed }: Sealed): Uint8Array | undefined {
  try {
    const found = dataKeys.byId(readKeyId(sealed));
    if (found === "destroyed") return undefined;
    if (found === undefined || found.scope !== scope) throw new SealBroken("sealed under a key that is not this one's");
    return openEnvelope(found.key, associated, sealed);
  } catch (error) {
    throw error instanceof EnvelopeBroken ? new SealBroken(error.message) : error;
  }
}

interface OpenRing {
  readonly keyring: Keyring;
  readonly storeKey: KeyObject;
}

async function openRing({ dataDir, serverName, kek, random, log }: KeysDeps): Promise<OpenRing> {
  const found = readKeyring(dataDir, serverName);
  const storeKey = await openStoreKey(found, kek);
  if (found.format !== 1) return { keyring: found, storeKey };
  // Before the file of keys is opened: from then on the vault writes the keyring, from what it was given here.
  const keyring = addLogSigning(found, storeKey, random);
  draftKeyring(dataDir, keyring);
  installKeyring(dataDir);
  log.info({}, "key for the audit log made");
  return { keyring, storeKey };
}

async function makeRing({ dataDir, serverName, kek, random, log }: KeysDeps): Promise<OpenRing> {
  // New keys over an existing store would hide that its own are lost, and then overwrite what a backup could mend.
  if (readdirSync(dataDir).some((name) => name.endsWith(".db"))) {
    throw new KeyringError(`keyring.json is missing in ${dataDir}, which holds a store made with it. Put keyring.json back.`);
  }
  const keyring = await makeKeyring({ kek, serverName, random, keyFileName: newKeyFileName(random) });
  const storeKey = await openStoreKey(keyring, kek);
  prepareFirstFile({ dataDir, storeKey }, keyring);
  draftKeyring(dataDir, keyring);
  installKeyring(dataDir);
  log.info({ signingKey: keyring.signing.keyId }, "keys made");
  return { keyring, storeKey };
}
