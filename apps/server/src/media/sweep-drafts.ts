import type { BlobFolder } from "./blob-folder.ts";
import type { MediaStore } from "./media-store.ts";
import type { ThumbnailStore } from "./thumbnail-store.ts";

/** What an earlier process had in hand when it ended: a file that a row names loses its draft, any other goes whole. */
export async function sweepDrafts(folder: BlobFolder, store: MediaStore, thumbnails: ThumbnailStore): Promise<void> {
  for (const id of folder.listDrafts()) {
    const isKept = (await store.findFile(id)) !== undefined || (await thumbnails.hasBlob(id));
    await (isKept ? folder.settle(id) : folder.discard(id));
  }
}
