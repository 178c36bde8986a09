import {
  type Checkpoint,
  formatCheckpoint,
  openNote,
  parseCheckpoint,
  proveConsistency,
  type ReadTile,
  type Signer,
  signNote,
  verifyConsistency,
} from "@wardroom/merkle-log";
import { LogBroken } from "./errors.ts";
import type { SecondPlace } from "./second-place.ts";

export interface CheckpointSigner {
  /**
   * Signs the head of the log, after the second place has it durably.
   * @throws LogBroken if the second place holds anything that this head does not extend
   */
  sign(head: { readonly size: number; readonly root: Uint8Array }, readTile: ReadTile): Promise<string>;
}

export interface CheckpointSignerDeps {
  readonly signer: Signer;
  readonly secondPlace: SecondPlace;
  /** What the second place holds now: the log's last checkpoint, or what a new log continues; undefined if nothing. */
  readonly last: string | undefined;
}

/** The only one who signs. The second place is read before and written before anything is given out, so that whoever cuts, rewrites or rolls back the store is found, even with the signing key in hand. */
export function createCheckpointSigner({ signer, secondPlace, last: before }: CheckpointSignerDeps): CheckpointSigner {
  let last = before;
  return {
    async sign({ size, root }, readTile) {
      if ((await secondPlace.read()) !== last) throw new LogBroken(`${secondPlace.path} is not what was last written there`);
      const previous = last === undefined ? undefined : headOf(last);
      if (previous?.origin === signer.name) {
        const proof = previous.size > size ? [] : await proveConsistency({ oldSize: previous.size, size, readTile });
        if (!verifyConsistency({ oldSize: previous.size, oldRoot: previous.root, size, root, proof }))
          throw new LogBroken(`the log of ${size} entries does not extend the signed one of ${previous.size}`);
      }
      const note = signNote(formatCheckpoint({ origin: signer.name, size, root }), [signer]);
      await secondPlace.write(note);
      last = note;
      return note;
    },
  };
}

/** Whose signature it is was judged when the log was opened; a log that begins over something unreadable has it in its first entry. */
function headOf(note: string): Checkpoint | undefined {
  try {
    return parseCheckpoint(openNote(note, []).text);
  } catch {
    return undefined;
  }
}
