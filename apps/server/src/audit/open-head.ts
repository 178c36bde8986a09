import { BadSignature, type Checkpoint, MerkleLogError, openNote, parseCheckpoint, type Verifier } from "@wardroom/merkle-log";
import { countParties, type LogKey, verifierOf } from "./log-keys.ts";
import type { FindingName } from "./finding.ts";

/** A checkpoint as it was found. */
export interface OpenedHead {
  /** What it says, also where the signature does not hold. */
  readonly claimed?: Checkpoint;
  /** Independent parties whose signature holds. */
  readonly witnesses: number;
  readonly fault?: FindingName;
}

/** @param key undefined if none can be had: what is claimed is then not verified */
export function openHead(note: string | Uint8Array, key: LogKey | undefined, witnesses: readonly Verifier[] = []): OpenedHead {
  const claimed = readClaim(note);
  if (claimed === undefined) return { witnesses: 0, fault: "checkpoint-malformed" };
  const verifier = key === undefined ? undefined : verifierOf(claimed.origin, key);
  if (key !== undefined && !isSigned(note, verifier)) return { claimed, witnesses: 0, fault: "checkpoint-signature" };
  try {
    const { verified } = openNote(note, witnesses);
    const parties = countParties(
      verified.map(({ vkey }) => vkey),
      key,
    );
    return { claimed, witnesses: parties };
  } catch (error) {
    if (!(error instanceof MerkleLogError)) throw error;
    return { claimed, witnesses: 0, fault: error instanceof BadSignature ? "witness-signature" : "checkpoint-malformed" };
  }
}

function readClaim(note: string | Uint8Array): Checkpoint | undefined {
  try {
    return parseCheckpoint(openNote(note, []).text);
  } catch (error) {
    if (error instanceof MerkleLogError) return undefined;
    throw error;
  }
}

function isSigned(note: string | Uint8Array, verifier: Verifier | undefined): boolean {
  try {
    return verifier !== undefined && openNote(note, [verifier]).verified.length > 0;
  } catch (error) {
    if (error instanceof MerkleLogError) return false;
    throw error;
  }
}
