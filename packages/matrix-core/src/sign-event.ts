import { createPublicKey, sign, verify } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { canonicalJson } from "./canonical-json.ts";
import type { JsonObject, Pdu, RoomVersion } from "./contract.ts";
import { essentialJson, fieldsWithout } from "./hash-event.ts";
import { emptyObject, ownObject, ownString } from "./json-value.ts";

/** `keyId` with its algorithm, e.g. `ed25519:a_1`. */
export interface EventSigner {
  readonly serverName: string;
  readonly keyId: string;
  readonly privateKey: KeyObject;
}
export interface EventVerifier {
  readonly serverName: string;
  readonly keyId: string;
  readonly publicKey: KeyObject;
}

const SIGNATURE = /^[A-Za-z0-9+/]{86}(?:==)?$/;
const PUBLIC_KEY = /^[A-Za-z0-9+/_-]{43}=?$/;

const unsignedKeys: ReadonlySet<string> = new Set(["unsigned", "signatures"]);

const decodeSignature = (text: string): Buffer | undefined => (SIGNATURE.test(text) ? Buffer.from(text, "base64") : undefined);

/** `signatures` with one more under `serverName` and `keyId`; the others stay. */
const addSignature = (signatures: JsonObject, signer: EventSigner, signature: string): JsonObject => {
  const ofServer = emptyObject();
  Object.assign(ofServer, ownObject(signatures, signer.serverName));
  ofServer[signer.keyId] = signature;
  const all = emptyObject();
  Object.assign(all, signatures);
  all[signer.serverName] = ofServer;
  return all;
};

/** The event with an Ed25519 signature over its redacted form (Server-Server API, "Adding hashes and signatures"). */
export const signEvent = (pdu: Pdu, version: RoomVersion, signer: EventSigner): Pdu => {
  const signature = sign(null, Buffer.from(essentialJson(pdu, version)), signer.privateKey);
  const text = signature.toString("base64").slice(0, 86);
  return { ...pdu, signatures: addSignature(pdu.signatures ?? emptyObject(), signer, text) };
};

/** Whether this server signed the event with this key. Anything malformed is simply false. */
export const verifyEventSignature = (pdu: Pdu, version: RoomVersion, verifier: EventVerifier): boolean => {
  const ofServer = ownObject(pdu.signatures ?? emptyObject(), verifier.serverName);
  const text = ofServer === undefined ? undefined : ownString(ofServer, verifier.keyId);
  const signature = text === undefined ? undefined : decodeSignature(text);
  return signature !== undefined && verify(null, Buffer.from(essentialJson(pdu, version)), verifier.publicKey, signature);
};

/** A raw Ed25519 public key in base64 of either alphabet. Undefined if it is none: 32 bytes, of which all make a key. */
export const readPublicKey = (text: string): KeyObject | undefined => {
  if (!PUBLIC_KEY.test(text)) return undefined;
  const x = Buffer.from(text, "base64").toString("base64url");
  return createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
};

/** Whether the signature is one over this signed JSON object (Matrix appendices, "Checking for a Signature"). */
export const isSignatureOf = (object: JsonObject, signature: string, publicKey: KeyObject): boolean => {
  const bytes = decodeSignature(signature);
  return bytes !== undefined && verify(null, Buffer.from(canonicalJson(fieldsWithout(object, unsignedKeys))), publicKey, bytes);
};
