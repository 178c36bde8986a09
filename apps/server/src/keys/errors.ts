/** The scope has no key to seal with: `ensure` was not called, or the key was destroyed. */
export class KeyMissing extends Error {
  override readonly name = "KeyMissing";
}

/** Sealed bytes, or what they were bound to, were altered. Says nothing about which byte. */
export class SealBroken extends Error {
  override readonly name = "SealBroken";
}

/** The key-encryption key cannot be used. The message names the file and the mend. */
export class KeyFileError extends Error {
  override readonly name = "KeyFileError";
}

/** `keyring.json`, or the file of keys that it names, is missing or damaged. */
export class KeyringError extends Error {
  override readonly name = "KeyringError";
}
