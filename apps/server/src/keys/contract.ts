import type { KeyObject } from "node:crypto";

/** Names a data key: whose words it seals. Made by the functions below only. */
export type KeyScope = string & { readonly __scope: true };

// The separator cannot stand in a Matrix identifier, so no two pairs of ids make the same name.
const SEPARATOR = "\u0000";
const scope = (...parts: string[]): KeyScope => parts.join(SEPARATOR) as KeyScope; // the only maker of the brand

/** Seals what survives redaction. */
export const roomScope = (roomId: string): KeyScope => scope("room", roomId);
/** Seals exactly what redaction would remove from this person's events in this room. */
export const memberScope = (roomId: string, userId: string): KeyScope => scope("member", roomId, userId);
/** Seals a person's account data, profile and devices' names. */
export const personScope = (userId: string): KeyScope => scope("person", userId);

export interface Keys {
  /** Raw 32-byte page key of the main store. */
  storePageKey(): Uint8Array;
  /** Creates the keys that do not exist yet and resolves when they are durable. Returns undefined, without waiting, when all are loaded. A destroyed key is not made again unless `renew`. */
  ensure(scopes: readonly KeyScope[], options?: { readonly renew?: boolean }): Promise<void> | undefined;
  /** AES-256-GCM under the scope's newest key. @throws KeyMissing if `ensure` was not called or the key is destroyed. */
  seal(scope: KeyScope, associated: string, plaintext: Uint8Array | string): Uint8Array;
  /** The plaintext, or undefined if the key was destroyed. @throws SealBroken if the bytes or `associated` were altered. Loads the key if it is not in the cache. */
  open(scope: KeyScope, associated: string, sealed: Uint8Array): Uint8Array | undefined;
  /** Destroys every key of the person's words (account and all rooms), none of the audit's: rewrites the key file under a fresh file key. Resolves when that is durable. Returns the rooms touched. */
  destroyPerson(userId: string): Promise<readonly string[]>;
  /** The server's Ed25519 signing key and its Matrix key id, e.g. `ed25519:a_1`. */
  readonly signing: { readonly keyId: string; readonly privateKey: KeyObject };
  /** The Ed25519 key that signs the audit log's checkpoints. */
  readonly logSigning: { readonly privateKey: KeyObject };
  readonly audit: AuditKeys;
  /** A secret derived for one purpose (HKDF), e.g. `access-token`; never stored. */
  derive(purpose: string): KeyObject;
  close(): void;
}

/** Whom an audit key belongs to. A person's deeds in an administrative role have a key of their own, which no erasure destroys. */
export type AuditOwner =
  | { readonly kind: "person" | "administrator" | "room"; readonly id: string }
  /** What is no account's and no room's here. */
  | { readonly kind: "system" };

/** Keys of the audit log: one per owner and quarter, apart from the keys of content. */
export interface AuditKeys {
  /**
   * Seals one segment and makes its search token under the owner's key of the quarter that holds `at`. Synchronous: a key that does not exist yet is
   * made, and durable, before this returns. Who has no account or room here is given the system's key.
   * @param at milliseconds since the Unix epoch
   * @param value what can be searched for: a user id, a room id, a name
   */
  seal(
    owner: AuditOwner,
    at: number,
    segment: { readonly associated: string; readonly plaintext: string; readonly value: string },
  ): SealedSegment;
  /**
   * The owner's id alone, sealed: the same segment each time within a quarter, so that what names one room thousands of times a second costs one
   * look. Who has no room or account here is sealed anew, under the system's key.
   */
  sealName(owner: Exclude<AuditOwner, { readonly kind: "system" }>, at: number, associated: string): SealedSegment;
  /** The plaintext, and for whom it was sealed; undefined if the key was destroyed. @throws SealBroken if it was altered or moved */
  open(associated: string, sealed: Uint8Array): { readonly plaintext: Uint8Array; readonly owner: AuditOwner } | undefined;
  /** The tokens that `value` may have been given, one per owner kind and quarter whose key is left, newest quarter first. */
  tokens(value: string): readonly Uint8Array[];
  /**
   * Destroys the keys of quarters that ended before `endedBefore`, of persons who were erased: their own keys, not those of their deeds as
   * administrators. Returns how many. Resolves when that is durable.
   */
  destroyErased(endedBefore: number): Promise<number>;
}

export interface SealedSegment {
  readonly sealed: Uint8Array;
  /** HMAC-SHA-256 of the value under the same key, 16 bytes. */
  readonly token: Uint8Array;
}
