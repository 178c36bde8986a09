import { createSecretKey, type KeyObject } from "node:crypto";
import { EnvelopeBroken, KEY_ID_BYTES, openEnvelope, sealEnvelope } from "@wardroom/crypto";
import type { Clock, Random } from "#kernel";
import { KeyringError } from "./errors.ts";
import type { KeyPlace, KeyRow, KeyStore } from "./key-store.ts";

/** What keys in the file of keys are found with, opened with and made with. */
export interface WrappedKeysDeps {
  readonly store: () => KeyStore;
  readonly wrapping: KeyObject;
  readonly random: Random;
  readonly clock: Clock;
}

const KEY_BYTES = 32;
const IV_BYTES = 12;
const SEPARATOR = "\u0000";

/** Names the place. Rows of every version of the program were wrapped with this text. */
export function textOf({ kind, roomId, userId }: KeyPlace): string {
  const parts = kind === "room" ? [kind, roomId] : kind === "person" ? [kind, userId] : [kind, roomId, userId];
  return parts.join(SEPARATOR);
}

/** A fresh random key, and the row that is to keep it. */
export function makeWrapped(deps: WrappedKeysDeps, place: KeyPlace, version: number): { readonly row: KeyRow; readonly key: KeyObject } {
  const id = deps.random.bytes(KEY_ID_BYTES);
  const secret = deps.random.bytes(KEY_BYTES);
  const iv = deps.random.bytes(IV_BYTES);
  const wrapped = sealEnvelope({ key: deps.wrapping, keyId: id, iv, associated: boundText(place, version), plaintext: secret });
  const key = createSecretKey(secret);
  secret.fill(0);
  return { row: { id, place, version, createdAt: deps.clock.now(), wrapped }, key };
}

/** The key of a row, or undefined if it was destroyed. @throws KeyringError if the row was altered */
export function openWrapped(wrapping: KeyObject, { place, version, wrapped }: KeyRow): KeyObject | undefined {
  if (wrapped === undefined) return undefined;
  try {
    const secret = openEnvelope(wrapping, boundText(place, version), wrapped);
    const key = createSecretKey(secret);
    secret.fill(0);
    return key;
  } catch (error) {
    if (!(error instanceof EnvelopeBroken)) throw error;
    throw new KeyringError("a wrapped key was altered or moved to another place. Restore the file of keys from a backup.");
  }
}

/** A key's id as the key of a map. */
export const nameOf = (id: Uint8Array): string => Buffer.from(id.buffer, id.byteOffset, id.byteLength).toString("latin1");

// A wrapped key put in another person's row would open what it should not.
const boundText = (place: KeyPlace, version: number) => `data-key/${version}/${textOf(place)}`;
