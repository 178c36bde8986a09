import {
  canonicalJson,
  emptyObject,
  isJsonObject,
  isSignatureOf,
  type JsonObject,
  type JsonValue,
  own,
  ownObject,
  ownString,
  parseJson,
  readPublicKey,
} from "@wardroom/matrix-core";

/** A signed object apart: what the signatures are over, and by whom they are said to be. */
export interface SignedJson {
  readonly object: JsonObject;
  /** Canonical JSON of it. */
  readonly content: string;
  /** user → key → signature, as sent. */
  readonly signatures: JsonObject;
}

const KEY_BYTES = 32;
const PUBLIC_KEY = /^[A-Za-z0-9+/]{43}$/;
const unsigned: ReadonlySet<string> = new Set(["signatures", "unsigned"]);
export const ED25519 = "ed25519:";

/**
 * Whether this is the one spelling of a 32-byte key: unpadded base64 leaves two bits over, and of two spellings of one key the
 * comparison of names would see two keys.
 */
export function isPublicKey(text: string): boolean {
  if (!PUBLIC_KEY.test(text)) return false;
  const bytes = Buffer.from(text, "base64");
  return bytes.length === KEY_BYTES && bytes.toString("base64").slice(0, 43) === text;
}

/** @throws JsonError for what has no canonical form. */
export function takeApart(signed: JsonObject): SignedJson {
  const object = without(signed);
  return { object, content: canonicalJson(object), signatures: ownObject(signed, "signatures") ?? emptyObject() };
}

function without(signed: JsonObject): JsonObject {
  const rest = emptyObject();
  for (const [key, value] of Object.entries(signed)) if (!unsigned.has(key)) rest[key] = value;
  return rest;
}

/** The signature that stands there in the name of this key; undefined if there is none. */
export function signatureBy({ signatures }: SignedJson, userId: string, keyName: string): string | undefined {
  const ofUser = ownObject(signatures, userId);
  return ofUser === undefined ? undefined : ownString(ofUser, keyName);
}

/** @param publicKey unpadded base64 */
export function isSignedBy(signed: SignedJson, userId: string, keyName: string, publicKey: string): boolean {
  const signature = signatureBy(signed, userId, keyName);
  const key = isPublicKey(publicKey) ? readPublicKey(publicKey) : undefined;
  return signature !== undefined && key !== undefined && isSignatureOf(signed.object, signature, key);
}

/** The member, if it is a list of strings. */
export function ownStrings(object: JsonObject, key: string): readonly string[] | undefined {
  const value = own(object, key);
  const items: readonly JsonValue[] | undefined = isList(value) ? value : undefined;
  const texts = items?.filter((item) => typeof item === "string");
  return texts?.length === items?.length ? texts : undefined;
}

const isList = (value: JsonValue | undefined): value is readonly JsonValue[] => Array.isArray(value);

/** Of what this module stored itself: canonical JSON of an object. */
export function readObject(content: string): JsonObject {
  const value = parseJson(content);
  if (!isJsonObject(value)) throw new TypeError("a stored key is no object");
  return value;
}
