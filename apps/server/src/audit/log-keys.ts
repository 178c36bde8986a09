import { createHash } from "node:crypto";
import { createVerifier, MerkleLogError, type Verifier } from "@wardroom/merkle-log";

/** Types of C2SP signed-note: a log's key, and a witness's. */
const LOG_KEY = 0x01;
const WITNESS_KEY = 0x04;

/** A key that signs logs, whatever their names: an installation has one for all its logs. */
export interface LogKey {
  /** The name that it was given with. */
  readonly name: string;
  /** Base64 of type and public key. */
  readonly key: string;
}

/** The key in base64, without its name and id; the name holds no plus. */
const keyOf = (vkey: string): string => vkey.split("+").slice(2).join("+");
const typeOf = (vkey: string): number | undefined => Buffer.from(keyOf(vkey), "base64")[0];

function tryVerifier(vkey: string, type: number): Verifier | undefined {
  try {
    const verifier = createVerifier(vkey);
    return typeOf(vkey) === type ? verifier : undefined;
  } catch (error) {
    if (error instanceof MerkleLogError) return undefined;
    throw error;
  }
}

/** Undefined if it is no log's key in the form of a signed note. */
export function readLogKey(vkey: string): LogKey | undefined {
  const verifier = tryVerifier(vkey, LOG_KEY);
  return verifier === undefined ? undefined : { name: verifier.name, key: keyOf(vkey) };
}

/** The verifier of a log of that name that is signed with this key; undefined if no key can have this name. */
export function verifierOf(origin: string, { key }: LogKey): Verifier | undefined {
  const bytes = Buffer.from(key, "base64");
  const id = createHash("sha256").update(`${origin}\n`).update(bytes).digest("hex").slice(0, 8);
  return tryVerifier(`${origin}+${id}+${key}`, LOG_KEY);
}

/** What people compare: SHA-256 of the public key. */
export const fingerprintOf = ({ key }: LogKey): string =>
  `SHA256:${createHash("sha256").update(Buffer.from(key, "base64").subarray(1)).digest("base64").replace(/=+$/, "")}`;

/** Two names of one key are one party; undefined if one of them is no witness's key. */
export function readWitnesses(vkeys: readonly string[]): readonly Verifier[] | undefined {
  const known = new Map<string, Verifier>();
  for (const vkey of vkeys) {
    const verifier = tryVerifier(vkey, WITNESS_KEY);
    if (verifier === undefined) return undefined;
    known.set(vkey, verifier);
  }
  return [...known.values()];
}

/** Who signs with the log's own key is no independent party. */
export function countParties(vkeys: readonly string[], own: LogKey | undefined): number {
  const publicKey = (key: string): string => Buffer.from(key, "base64").subarray(1).toString("base64");
  const parties = new Set(vkeys.map((vkey) => publicKey(keyOf(vkey))));
  if (own !== undefined) parties.delete(publicKey(own.key));
  return parties.size;
}
