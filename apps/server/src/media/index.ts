import { type AuditSink, type Clock, type Logger, type Random, systemTimers, type Timers } from "#kernel";
import type { Keys } from "#keys";
import type { Storage, Write } from "#storage";
import { openBlobFolder } from "./blob-folder.ts";
import { createBlobs } from "./blobs.ts";
import type { Media, MediaPorts, MediaSettings } from "./contract.ts";
import { notFound } from "./errors.ts";
import { createEraseFiles } from "./erase-files.ts";
import { createFindFile, type NoteFileRead } from "./find-file.ts";
import { createThumbnail } from "./make-thumbnail.ts";
import { createMayRead } from "./may-read.ts";
import { createMediaStores } from "./media-stores.ts";
import { createOpenPerson } from "./open-person.ts";
import { createReserve } from "./reserve-place.ts";
import { sweepDrafts } from "./sweep-drafts.ts";
import { createThumbnailer } from "./thumbnailer.ts";
import { createUpload } from "./upload-file.ts";

export type { Media, MediaPorts } from "./contract.ts";
export { createMediaReferences } from "./media-references.ts";
export { mediaMigrations } from "./migrations.ts";

export interface MediaDeps {
  readonly storage: Storage;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly random: Random;
  readonly timers?: Timers;
  readonly log: Logger;
  readonly serverName: string;
  readonly audit: AuditSink<Write>;
  /** Folder of the sealed files. */
  readonly folder: string;
  readonly settings: MediaSettings;
  readonly ports: MediaPorts;
}

export async function createMedia(deps: MediaDeps): Promise<Media> {
  const { storage, keys, clock, random, log, serverName, settings, ports, timers = systemTimers } = deps;
  const stores = createMediaStores(storage.statements);
  const { store, thumbnails, people, references } = stores;
  const folder = openBlobFolder(deps.folder);
  await sweepDrafts(folder, store, thumbnails);
  const blobs = createBlobs(folder, keys, random);
  const mayRead = createMayRead({ references, ports, access: settings.access, serverName });
  const { find, noteUploaded } = createFindFile({ store, keys, clock, timers, mayRead });
  const noteRead: NoteFileRead = async (actor, { roomId }) => (roomId === undefined ? undefined : ports.noteRead(actor, roomId));
  const openPerson = createOpenPerson({ storage, keys, random, people });
  const thumbnailer = createThumbnailer({ timers, log });
  return {
    maxUploadSize: settings.maxUploadSize,
    upload: createUpload({ ...deps, store, people, openPerson, folder, blobs, onUploaded: noteUploaded }),
    reserve: createReserve({ storage, store, clock, random }),
    async download(actor, query) {
      const found = await find(actor, query);
      const { mediaId, file, type, name } = found;
      const read = blobs.open(file.owner, { id: file.file_id, size: file.size, sealedKey: file.sealed_key });
      if (read === undefined) throw notFound();
      await noteRead(actor, found);
      return { type, name, tag: mediaId, size: file.size, read };
    },
    erasePerson: createEraseFiles({ ...stores, storage, folder }),
    thumbnail: createThumbnail({
      storage,
      thumbnails,
      thumbnailer,
      people,
      quota: settings.quotaPerPerson,
      folder,
      blobs,
      find,
      noteRead,
      log,
    }),
    close: () => thumbnailer.close(),
  };
}
