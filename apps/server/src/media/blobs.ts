import { createSecretKey } from "node:crypto";
import { type Random, randomToken } from "#kernel";
import { type Keys, personScope, withPersonKey } from "#keys";
import type { BlobFolder } from "./blob-folder.ts";
import { readSealed, writeSealed } from "./sealed-file.ts";

/** A file on disk with its own random key, which is sealed under its owner's: destroying that one key erases all of them. */
export interface Blob {
  readonly id: string;
  readonly size: number;
  readonly sealedKey: Uint8Array;
}

export interface Blobs {
  /** A draft: `folder.keep` gives it its name. Leaves nothing where it throws. */
  write(owner: string, chunks: AsyncIterable<Uint8Array>): Promise<Blob>;
  /** What reads any part of it, or undefined if the owner was erased. */
  open(owner: string, blob: Blob): ((first: number, last: number) => AsyncIterable<Uint8Array>) | undefined;
}

const ID_BYTES = 20;
const KEY_BYTES = 32;

export function createBlobs(folder: BlobFolder, keys: Keys, random: Random): Blobs {
  const associated = (id: string) => `media_files/${id}/key`;
  return {
    async write(owner, chunks) {
      const id = randomToken(random, ID_BYTES);
      const bytes = random.bytes(KEY_BYTES);
      const key = createSecretKey(bytes);
      const handle = await folder.create(id);
      try {
        const size = await writeSealed(handle, { id, key }, chunks);
        const sealedKey = await withPersonKey(keys, owner, () => keys.seal(personScope(owner), associated(id), bytes));
        return { id, size, sealedKey };
      } catch (error) {
        await folder.discard(id);
        throw error;
      } finally {
        bytes.fill(0);
        await handle.close();
      }
    },
    open(owner, { id, size, sealedKey }) {
      const bytes = keys.open(personScope(owner), associated(id), sealedKey);
      if (bytes === undefined) return undefined;
      const key = createSecretKey(bytes);
      bytes.fill(0);
      return (first, last) => readSealed(() => folder.open(id), { id, key, size }, first, last);
    },
  };
}
