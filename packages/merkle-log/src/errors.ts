/** What was read is not what it claims to be. The message names the rule and never holds contents. */
export class MerkleLogError extends Error {
  override readonly name: string = "MerkleLogError";
}

/** A verifier key, or the key given to sign with. */
export class MalformedKey extends MerkleLogError {
  override readonly name = "MalformedKey";
}

export class MalformedTile extends MerkleLogError {
  override readonly name = "MalformedTile";
}

export class MalformedBundle extends MerkleLogError {
  override readonly name = "MalformedBundle";
}

export class MalformedNote extends MerkleLogError {
  override readonly name = "MalformedNote";
}

/** A key that the reader knows stands on the note, and its signature is not one over this text. */
export class BadSignature extends MerkleLogError {
  override readonly name = "BadSignature";
}

export class MalformedCheckpoint extends MerkleLogError {
  override readonly name = "MalformedCheckpoint";
}

export class MalformedProof extends MerkleLogError {
  override readonly name = "MalformedProof";
}

/** A well-formed proof that does not prove it. */
export class ProofFailed extends MerkleLogError {
  override readonly name = "ProofFailed";
}
