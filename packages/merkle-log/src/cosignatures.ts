import { type KeyObject, sign } from "node:crypto";
import { parseCheckpoint } from "./checkpoints.ts";
import { COSIGNATURE, describeKey, ED25519, parseVerifierKey, type Signer, type Verifier } from "./note-keys.ts";
import { MalformedKey } from "./errors.ts";
import { requireCount } from "./tiles.ts";

/** A witness's key: it states when it saw a checkpoint as the newest of its log. */
export interface Cosigner {
  readonly name: string;
  readonly vkey: string;
  /**
   * A signer for checkpoints seen at that time, in seconds since 1970.
   * Signing throws MalformedCheckpoint for a text that is none.
   */
  at(time: number): Signer;
}

const TIME_BYTES = 8;

const message = (text: string, time: bigint): string => `cosignature/v1\ntime ${time}\n${text}`;

/** Ed25519 cosignatures (C2SP tlog-cosignature, type 0x04). @throws MalformedKey */
export function createCosigner(name: string, privateKey: KeyObject): Cosigner {
  const key = describeKey(name, COSIGNATURE, privateKey);
  const signAt = (text: string, time: number): Uint8Array => {
    parseCheckpoint(text);
    const seconds = Buffer.alloc(TIME_BYTES);
    seconds.writeBigUInt64BE(BigInt(time));
    return Buffer.concat([seconds, sign(null, Buffer.from(message(text, BigInt(time))), privateKey)]);
  };
  return {
    name: key.name,
    vkey: key.vkey,
    at(time) {
      requireCount(time, "a time");
      return { ...key, sign: (text) => signAt(text, time) };
    },
  };
}

/**
 * For keys of type 0x01 (Ed25519) and 0x04 (timestamped Ed25519 cosignatures).
 * @throws MalformedKey, also for other types
 */
export function createVerifier(vkey: string): Verifier {
  const key = parseVerifierKey(vkey);
  const { name, keyId, type } = key;
  if (type === ED25519) return { name, vkey, keyId, verify: (text, signature) => (key.isSignature(text, signature) ? {} : undefined) };
  if (type !== COSIGNATURE) throw new MalformedKey("a key of this signature type is not known here");
  return {
    name,
    vkey,
    keyId,
    verify(text, signature) {
      if (signature.length < TIME_BYTES) return undefined;
      const time = Buffer.from(signature).readBigUInt64BE();
      // A time that no number holds exactly is hundreds of millions of years away: no statement about anything.
      if (time > BigInt(Number.MAX_SAFE_INTEGER)) return undefined;
      return key.isSignature(message(text, time), signature.subarray(TIME_BYTES)) ? { time: Number(time) } : undefined;
    },
  };
}
