import { checkProof, MerkleLogError, parseProof, ProofFailed, BadSignature } from "@wardroom/merkle-log";
import type { ProofReport, VerifyProof } from "./export-report.ts";
import { MalformedEntry, parseEntry } from "./entry.ts";
import type { FindingName } from "./finding.ts";
import { countParties, type LogKey, readLogKey, readWitnesses, verifierOf } from "./log-keys.ts";
import { openHead } from "./open-head.ts";

/** Checks one portable proof of one entry: needs neither the log nor its folder. Never throws for what it is given. */
export const verifyProof: VerifyProof = async ({ proof, entry, vkey, witnesses = [] }) => {
  const text = Buffer.from(proof).toString("utf8");
  const claim = readClaim(text);
  const fail = (fault: FindingName): ProofReport => ({ ...claim, witnesses: 0, fault });
  const key = vkey.split("\n").flatMap((line) => readLogKey(line) ?? []);
  const known = readWitnesses(witnesses);
  if (key.length === 0) return fail("key-malformed");
  if (known === undefined) return fail("witness-key-malformed");
  const named = key.find(({ name }) => name === claim.origin);
  const verifier = named === undefined ? undefined : verifierOf(named.name, named);
  if (verifier === undefined) return fail(claim.origin === "" ? "proof-malformed" : "key-of-other-log");
  try {
    const { verified } = checkProof({ proof: text, entry, verifiers: [verifier, ...known] });
    parseEntry(entry);
    return { ...claim, witnesses: countWitnesses(verified, named) };
  } catch (error) {
    if (error instanceof MalformedEntry) return fail("entry-malformed");
    if (error instanceof ProofFailed) return fail("proof-mismatch");
    if (error instanceof BadSignature) return fail("checkpoint-signature");
    if (error instanceof MerkleLogError) return fail("proof-malformed");
    throw error;
  }
};

const countWitnesses = (verified: readonly { readonly vkey: string; readonly time?: number }[], own: LogKey | undefined): number =>
  countParties(
    verified.flatMap(({ vkey, time }) => (time === undefined ? [] : [vkey])),
    own,
  );

function readClaim(text: string): Pick<ProofReport, "origin" | "index" | "size"> {
  try {
    const { index, checkpoint } = parseProof(text);
    const { claimed } = openHead(checkpoint, undefined);
    return { origin: claimed?.origin ?? "", index, size: claimed?.size ?? 0 };
  } catch (error) {
    if (error instanceof MerkleLogError) return { origin: "", index: 0, size: 0 };
    throw error;
  }
}
