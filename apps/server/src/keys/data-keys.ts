import { createSecretKey, type KeyObject } from "node:crypto";
import { EnvelopeBroken, KEY_ID_BYTES, openEnvelope, sealEnvelope } from "@wardroom/crypto";
import { type BoundedCache, type Clock, createBoundedCache, type Random } from "#kernel";
import type { KeyScope } from "./contract.ts";
import { KeyringError } from "./errors.ts";
import type { KeyPlace, KeyRow, KeyStore } from "./key-store.ts";

/** A room or person key, unwrapped. */
interface DataKey {
  readonly id: Uint8Array;
  readonly scope: KeyScope;
  readonly key: KeyObject;
}

type FoundKey = DataKey | "destroyed" | undefined;

export interface DataKeys {
  /** The scope's newest key. */
  newest(scope: KeyScope): FoundKey;
  byId(id: Uint8Array): FoundKey;
  /** Makes a key for each scope, in one commit. */
  create(scopes: Iterable<KeyScope>): void;
  /** Lets go of every unwrapped key. */
  forget(): void;
}

export interface DataKeysDeps {
  readonly store: () => KeyStore;
  readonly wrapping: KeyObject;
  readonly random: Random;
  readonly clock: Clock;
}

const KEY_BYTES = 32;
const IV_BYTES = 12;
// About 400 bytes each, native part included.
const CACHE_LIMIT = 50_000;

const SEPARATOR = "\u0000";

/** The fields of a scope made by contract.ts. */
function placeOf(scope: KeyScope): KeyPlace {
  const [kind = "", first = "", second = ""] = scope.split(SEPARATOR);
  return kind === "person" ? { kind, roomId: "", userId: first } : { kind, roomId: first, userId: second };
}

function scopeOf({ kind, roomId, userId }: KeyPlace): KeyScope {
  const parts = kind === "room" ? [kind, roomId] : kind === "person" ? [kind, userId] : [kind, roomId, userId];
  return parts.join(SEPARATOR) as KeyScope; // the inverse of placeOf, whose input was a scope
}

export function createDataKeys(deps: DataKeysDeps): DataKeys {
  const { store, wrapping, random, clock } = deps;
  const newestByScope: BoundedCache<KeyScope, DataKey> = createBoundedCache({ entries: CACHE_LIMIT });
  const known: BoundedCache<string, DataKey | "destroyed"> = createBoundedCache({ entries: CACHE_LIMIT });

  const load = (row: KeyRow | undefined): FoundKey => {
    if (row === undefined) return undefined;
    if (row.wrapped === undefined) return "destroyed";
    const secret = unwrap(wrapping, row, row.wrapped);
    const key = createSecretKey(secret);
    secret.fill(0);
    return { id: row.id, scope: scopeOf(row.place), key };
  };
  const newest = (scope: KeyScope): FoundKey => {
    const cached = newestByScope.get(scope);
    if (cached !== undefined) return cached;
    const found = load(store().findNewest(placeOf(scope)));
    if (typeof found === "object") newestByScope.set(scope, found);
    return found;
  };
  return {
    newest,
    byId(id) {
      const name = Buffer.from(id.buffer, id.byteOffset, id.byteLength).toString("latin1");
      const cached = known.get(name);
      if (cached !== undefined) return cached;
      const found = load(store().findById(id));
      // An unknown id is not kept: whoever sends forged ones would push the real ones out.
      if (found !== undefined) known.set(name, found);
      return found;
    },
    create(scopes) {
      const made = Array.from(scopes, (scope) => {
        const version = (store().findNewest(placeOf(scope))?.version ?? 0) + 1;
        return makeKey({ scope, version, createdAt: clock.now() }, wrapping, random);
      });
      store().insert(made.map(({ row }) => row));
      for (const { dataKey } of made) newestByScope.set(dataKey.scope, dataKey);
    },
    forget() {
      newestByScope.clear();
      known.clear();
    },
  };
}

interface KeyHead {
  readonly scope: KeyScope;
  readonly version: number;
  readonly createdAt: number;
}

function makeKey({ scope, version, createdAt }: KeyHead, wrapping: KeyObject, random: Random): { row: KeyRow; dataKey: DataKey } {
  const id = random.bytes(KEY_ID_BYTES);
  const secret = random.bytes(KEY_BYTES);
  const iv = random.bytes(IV_BYTES);
  const wrapped = sealEnvelope({ key: wrapping, keyId: id, iv, associated: boundText(scope, version), plaintext: secret });
  const key = createSecretKey(secret);
  secret.fill(0);
  return { row: { id, place: placeOf(scope), version, createdAt, wrapped }, dataKey: { id, scope, key } };
}

function unwrap(wrapping: KeyObject, { place, version }: KeyRow, wrapped: Uint8Array): Uint8Array {
  try {
    return openEnvelope(wrapping, boundText(scopeOf(place), version), wrapped);
  } catch (error) {
    if (!(error instanceof EnvelopeBroken)) throw error;
    throw new KeyringError("a wrapped key was altered or moved to another place. Restore the file of keys from a backup.");
  }
}

// A wrapped key put in another person's row would open what it should not.
const boundText = (scope: KeyScope, version: number) => `data-key/${version}/${scope}`;
