import type { Storage } from "#storage";
import type { BlobFolder } from "./blob-folder.ts";
import type { Media } from "./contract.ts";
import type { createMediaStores } from "./media-stores.ts";

interface EraseDeps extends ReturnType<typeof createMediaStores> {
  readonly storage: Storage;
  readonly folder: BlobFolder;
}

const AT_A_TIME = 100;

/**
 * What an erased person has uploaded goes from the disk: unreadable it is already. The ids first, so that nobody is on the way to a
 * file; then each file before its row, so that a stop in the middle leaves rows by which the next attempt finds the rest.
 */
export function createEraseFiles({ storage, folder, store, thumbnails, references, people }: EraseDeps): Media["erasePerson"] {
  return async (userId) => {
    await storage.commit({ writes: [references.removeOfOwner(userId), store.removeAll(userId)], erases: true });
    for (;;) {
      const files = await store.listFilesOf(userId, AT_A_TIME);
      if (files.length === 0) break;
      for (const fileId of files) for (const id of [...(await thumbnails.listBlobsOf(fileId)), fileId]) await folder.discard(id);
      await storage.commit({ writes: files.flatMap((fileId) => [thumbnails.removeOf(fileId), store.removeFile(fileId)]), erases: true });
    }
    await storage.commit({ writes: [people.remove(userId)], erases: true });
  };
}
