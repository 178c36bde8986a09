import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { KeyObject } from "node:crypto";
import { flushFolder, type Random, randomLetters, renameDurably } from "#kernel";
import { StoreMissing } from "#storage";
import { KeyringError } from "./errors.ts";
import { type KeyRow, type KeyStore, openKeyStore } from "./key-store.ts";
import { draftKeyring, installKeyring, type Keyring, makeFileKey, openFileKey } from "./keyring.ts";

/** Where in a replacement a crash test stops. */
export type VaultStep = "new file written" | "keyring written" | "new file in place" | "old file removed";

export interface VaultDeps {
  readonly dataDir: string;
  readonly storeKey: KeyObject;
  readonly random: Random;
  readonly afterStep: (step: VaultStep) => void;
}

/** The open file of keys, and the way to replace it. */
export interface KeyVault {
  /** @throws KeyringError if a replacement failed half-way: only a new start can tell which file counts. */
  store(): KeyStore;
  /** Rewrites the file under a fresh file key with what `keep` makes of each row; undefined leaves it out. Durable, and the old file gone, when it returns. */
  replace(keep: (row: KeyRow) => KeyRow | undefined): void;
  close(): void;
}

const KEY_FILE = /^keys-[A-Z]+\.db/;
const NAME_LETTERS = 8;

export const newKeyFileName = (random: Random) => `keys-${randomLetters(random, NAME_LETTERS)}.db`;

/** Writes the first, empty file beside its future place. It counts when the keyring names it. */
export function prepareFirstFile({ dataDir, storeKey }: Pick<VaultDeps, "dataDir" | "storeKey">, keyring: Keyring): void {
  // A start that crashed before it wrote a keyring leaves such files; with no keyring nothing opens them.
  for (const name of readdirSync(dataDir)) if (/^keys-[A-Z]+\.db\.new/.test(name)) rmSync(join(dataDir, name));
  writeFresh(join(dataDir, keyring.keyFile.name), openFileKey(storeKey, keyring.keyFile), []);
}

/**
 * Opens the file that the keyring names, and ends what a crash left half done. One write decides which file
 * counts: that of `keyring.json`. Before it the old file is whole and the new one a stray, after it the reverse.
 */
export function openKeyVault(deps: VaultDeps, first: Keyring): KeyVault {
  const { dataDir, storeKey, random, afterStep } = deps;
  let keyring = first;
  let store: KeyStore | undefined = openNamed(dataDir, storeKey, keyring);
  removeStrays(dataDir, keyring.keyFile.name);

  const current = (): KeyStore => {
    if (store === undefined) throw new KeyringError("the file of keys was not replaced whole; restart the server");
    return store;
  };
  /** All that needs room on the disk. Whatever fails here leaves the old file in use. */
  const prepare = (rows: Iterable<KeyRow>): Keyring => {
    const next = { ...keyring, keyFile: makeFileKey(storeKey, random, newKeyFileName(random)) };
    try {
      writeFresh(join(dataDir, next.keyFile.name), openFileKey(storeKey, next.keyFile), rows);
      afterStep("new file written");
      draftKeyring(dataDir, next);
      return next;
    } catch (error) {
      removeStrays(dataDir, keyring.keyFile.name);
      throw error;
    }
  };
  return {
    store: current,
    replace(keep) {
      const old = current();
      const next = prepare(mapRows(old.all(), keep));
      // From here on nothing may be added to the old file: it could be lost with it.
      store = undefined;
      old.close();
      installKeyring(dataDir);
      afterStep("keyring written");
      const opened = openNamed(dataDir, storeKey, next);
      afterStep("new file in place");
      keyring = next;
      removeStrays(dataDir, next.keyFile.name);
      afterStep("old file removed");
      store = opened;
    },
    close: () => store?.close(),
  };
}

function* mapRows(rows: Iterable<KeyRow>, keep: (row: KeyRow) => KeyRow | undefined): Iterable<KeyRow> {
  for (const row of rows) {
    const kept = keep(row);
    if (kept !== undefined) yield kept;
  }
}

function writeFresh(path: string, fileKey: Uint8Array, rows: Iterable<KeyRow>): void {
  const fresh = openWith(`${path}.new`, fileKey, false);
  try {
    fresh.insert(rows);
  } catch (error) {
    fresh.close();
    throw error;
  }
  fresh.close(); // moves the log into the file, flushes it and removes the log
}

function openNamed(dataDir: string, storeKey: KeyObject, { keyFile }: Keyring): KeyStore {
  const path = join(dataDir, keyFile.name);
  if (!existsSync(path)) {
    if (!existsSync(`${path}.new`)) throw new KeyringError(lossOf(path));
    renameDurably(`${path}.new`, path);
  }
  try {
    return openWith(path, openFileKey(storeKey, keyFile), true);
  } catch (error) {
    // An emptied file would open as a new one, and every sealed word would be lost without a sign.
    throw error instanceof StoreMissing ? new KeyringError(lossOf(path)) : error;
  }
}

// An older file of keys does not open with a newer keyring: one without the other is no restore.
const lossOf = (path: string) =>
  `${path} is missing or empty, and keyring.json names it. Restore it from a backup, with the keyring.json of the same backup.`;

/** Clears `fileKey`. */
function openWith(path: string, fileKey: Uint8Array, mustExist: boolean): KeyStore {
  try {
    return openKeyStore(path, fileKey, { mustExist });
  } finally {
    fileKey.fill(0);
  }
}

function removeStrays(dataDir: string, kept: string): void {
  const strays = readdirSync(dataDir).filter((name) => KEY_FILE.test(name) && ![kept, `${kept}-wal`, `${kept}-shm`].includes(name));
  for (const name of strays) rmSync(join(dataDir, name));
  if (strays.length > 0) flushFolder(dataDir);
}
