import { decodeBase64, encodeBase64 } from "./base64.ts";
import { parseCheckpoint, parseCount } from "./checkpoints.ts";
import { MalformedProof, ProofFailed } from "./errors.ts";
import { HASH_BYTES, hashLeaf } from "./hashes.ts";
import type { Verifier } from "./note-keys.ts";
import { type OpenedNote, openNote } from "./notes.ts";
import { isCount } from "./tiles.ts";
import { verifyInclusion } from "./verify.ts";

/** All that is needed, beside the entry and the keys, to prove offline that the entry is in the log (C2SP tlog-proof). */
export interface PortableProof {
  readonly index: number;
  /** From the leaf's sibling to the root's child. */
  readonly hashes: readonly Uint8Array[];
  /** The signed note. */
  readonly checkpoint: string;
  /** Not authenticated by anything. */
  readonly extra?: Uint8Array;
}

const HEADER = "c2sp.org/tlog-proof@v1";
/** No tree is higher. */
const MAX_HASHES = 63;
const MAX_PROOF_LENGTH = 2_000_000;

/** Kept as a `.tlog-proof` file. @throws MalformedProof */
export function formatProof({ index, hashes, checkpoint, extra }: PortableProof): string {
  if (!isCount(index)) throw new MalformedProof("the index is an integer from 0 to 2^53 - 1");
  if (hashes.length > MAX_HASHES) throw new MalformedProof(`at most ${MAX_HASHES} hashes`);
  if (!hashes.every((hash) => hash.length === HASH_BYTES)) throw new MalformedProof(`a hash has ${HASH_BYTES} bytes`);
  const extraLine = extra === undefined || extra.length === 0 ? [] : [`extra ${encodeBase64(extra)}`];
  return [HEADER, ...extraLine, `index ${index}`, ...hashes.map(encodeBase64), "", checkpoint].join("\n");
}

function parseHash(line: string): Uint8Array {
  const hash = decodeBase64(line);
  if (hash?.length !== HASH_BYTES) throw new MalformedProof(`a hash is not the base64 of ${HASH_BYTES} bytes`);
  return hash;
}

function parseExtra(line: string): Uint8Array {
  const extra = decodeBase64(line.slice("extra ".length));
  if (extra === undefined || extra.length === 0) throw new MalformedProof("the extra data are not base64");
  return extra;
}

/** What the proof says; nothing is verified, the checkpoint is not looked into. @throws MalformedProof */
export function parseProof(text: string): PortableProof {
  if (text.length > MAX_PROOF_LENGTH) throw new MalformedProof("too long");
  const end = text.indexOf("\n\n");
  if (end < 0) throw new MalformedProof("no empty line before the checkpoint");
  // As many lines as can be right, and one more that says that it is too many.
  const [header, ...lines] = text.slice(0, end).split("\n", MAX_HASHES + 4);
  if (header !== HEADER) throw new MalformedProof(`it does not begin with ${HEADER}`);
  const extra = lines[0]?.startsWith("extra ") === true ? parseExtra(lines.shift() ?? "") : undefined;
  const indexLine = lines.shift() ?? "";
  const index = indexLine.startsWith("index ") ? parseCount(indexLine.slice("index ".length)) : undefined;
  if (index === undefined) throw new MalformedProof("no index");
  if (lines.length > MAX_HASHES) throw new MalformedProof(`at most ${MAX_HASHES} hashes`);
  const proof = { index, hashes: lines.map(parseHash), checkpoint: text.slice(end + 2) };
  return extra === undefined ? proof : { ...proof, extra };
}

export interface CheckedProof {
  readonly index: number;
  readonly size: number;
  readonly origin: string;
  readonly verified: OpenedNote["verified"];
}

/**
 * That the log that signs under its origin's name has the entry. How many witnesses must be among `verified` is for the caller
 * to say: those have a `time`.
 * @param input.verifiers the log's key, of type 0x01 and named as its origin, and those of witnesses
 * @throws ProofFailed with the reason; MalformedProof, MalformedNote, BadSignature, MalformedCheckpoint
 */
export function checkProof(input: { proof: string; entry: Uint8Array; verifiers: readonly Verifier[] }): CheckedProof {
  const { index, hashes, checkpoint } = parseProof(input.proof);
  const { text, verified } = openNote(checkpoint, input.verifiers);
  const { origin, size, root } = parseCheckpoint(text);
  // A witness signs the heads of any log, of one that is named as the witness, too: its cosignature never stands for the log's own.
  if (!verified.some(({ name, time }) => name === origin && time === undefined)) {
    throw new ProofFailed("the checkpoint has no signature of the log by a key that is known");
  }
  if (index >= size) throw new ProofFailed("the tree has no entry of that index");
  if (!verifyInclusion({ leaf: hashLeaf(input.entry), index, size, root, proof: hashes })) {
    throw new ProofFailed("the entry is not at that place in the tree of the checkpoint");
  }
  return { index, size, origin, verified };
}
