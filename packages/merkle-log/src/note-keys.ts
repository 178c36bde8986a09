import { createPublicKey, hash, type KeyObject, sign, verify } from "node:crypto";
import { decodeBase64, encodeBase64 } from "./base64.ts";
import { MalformedKey } from "./errors.ts";

/** Signs notes under a name. */
export interface Signer {
  readonly name: string;
  /** The verifier key, to be given to those who check. */
  readonly vkey: string;
  /** First 4 bytes of the hash of name, type and public key. */
  readonly keyId: Uint8Array;
  /** The signature as it stands on the note, without the key id. */
  sign(text: string): Uint8Array;
}

export interface Verifier {
  readonly name: string;
  readonly vkey: string;
  readonly keyId: Uint8Array;
  /** Undefined if it is no signature of this key over the text; the time, in seconds since 1970, if the signature states one. */
  verify(text: string, signature: Uint8Array): { readonly time?: number } | undefined;
}

/** Signature types of C2SP signed-note. */
export const ED25519 = 0x01;
export const COSIGNATURE = 0x04;

const PUBLIC_KEY_BYTES = 32;
// The fixed DER of an Ed25519 public key up to its 32 bytes (RFC 8410, section 4).
const SPKI_HEAD = Buffer.from("302a300506032b6570032100", "hex");

/** Not empty, no Unicode spaces, no plus; no control characters either, which a note could not hold. */
export function isKeyName(name: string): boolean {
  return name.isWellFormed() && /^[^\p{White_Space}\p{Cc}+]+$/u.test(name);
}

function keyIdOf(name: string, type: number, publicKey: Uint8Array): Uint8Array {
  return hash("sha256", Buffer.concat([Buffer.from(`${name}\n`), Buffer.of(type), publicKey]), "buffer").subarray(0, 4);
}

/** Name, key id and verifier key of a private key. @throws MalformedKey */
export function describeKey(name: string, type: number, privateKey: KeyObject): Omit<Signer, "sign"> {
  if (!isKeyName(name)) throw new MalformedKey("a key's name is not empty and holds neither spaces nor plus");
  if (privateKey.type !== "private" || privateKey.asymmetricKeyType !== "ed25519") throw new MalformedKey("not an Ed25519 private key");
  const publicKey = createPublicKey(privateKey).export({ format: "der", type: "spki" }).subarray(SPKI_HEAD.length);
  const keyId = keyIdOf(name, type, publicKey);
  const vkey = `${name}+${Buffer.from(keyId).toString("hex")}+${encodeBase64(Buffer.concat([Buffer.of(type), publicKey]))}`;
  return { name, vkey, keyId };
}

/** @throws MalformedKey */
export function createSigner(name: string, privateKey: KeyObject): Signer {
  return { ...describeKey(name, ED25519, privateKey), sign: (text) => sign(null, Buffer.from(text), privateKey) };
}

export interface ParsedKey {
  readonly name: string;
  readonly keyId: Uint8Array;
  readonly type: number;
  /** Ed25519 alone, no prefix, no context (RFC 8032, section 5.1). */
  isSignature(message: string, signature: Uint8Array): boolean;
}

/** Of `<name>+<key id>+<base64 of type and public key>`. @throws MalformedKey */
export function parseVerifierKey(vkey: string): ParsedKey {
  const [, name, id, base64] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(vkey) ?? [];
  if (name === undefined || id === undefined || base64 === undefined) throw new MalformedKey("not of the form name+keyid+key");
  if (!isKeyName(name)) throw new MalformedKey("a key's name is not empty and holds neither spaces nor plus");
  const bytes = decodeBase64(base64);
  const type = bytes?.[0];
  if (bytes === undefined || type === undefined) throw new MalformedKey("the key is not base64");
  const publicKey = bytes.subarray(1);
  if (publicKey.length !== PUBLIC_KEY_BYTES) throw new MalformedKey(`an Ed25519 public key has ${PUBLIC_KEY_BYTES} bytes`);
  const keyId = keyIdOf(name, type, publicKey);
  if (Buffer.compare(keyId, Buffer.from(id, "hex")) !== 0) throw new MalformedKey("the key id is not the one of this name and key");
  const key = createPublicKey({ key: Buffer.concat([SPKI_HEAD, publicKey]), format: "der", type: "spki" });
  return { name, keyId, type, isSignature: (message, signature) => verify(null, Buffer.from(message), key, signature) };
}
