import { createHmac } from "node:crypto";
import { actedBy, type Actor, type AuditSink, type Clock, faultText, type Logger, MatrixError, type Random, randomToken } from "#kernel";
import { type Keys, personScope, withPersonKey } from "#keys";
import { Conflict, retryConflicts, type Storage, type Write } from "#storage";
import type { BlobFolder } from "./blob-folder.ts";
import type { Blob, Blobs } from "./blobs.ts";
import type { MediaSettings, UploadInput } from "./contract.ts";
import { busy, cannotOverwrite, notFound, quotaExceeded, tooLarge } from "./errors.ts";
import type { MediaStore } from "./media-store.ts";
import type { createOpenPerson } from "./open-person.ts";
import { OVERHEAD_BYTES, type PeopleStore } from "./people-store.ts";
import { createUploadsInProgress } from "./uploads-in-progress.ts";

export interface UploadDeps {
  readonly storage: Storage;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly audit: AuditSink<Write>;
  readonly store: MediaStore;
  readonly people: PeopleStore;
  readonly openPerson: ReturnType<typeof createOpenPerson>;
  readonly folder: BlobFolder;
  readonly blobs: Blobs;
  readonly settings: MediaSettings;
  /** Called once a reserved id has its file. */
  readonly onUploaded: (mediaId: string) => void;
}

export const ID_BYTES = 20;

/** Where type and name of a media id are bound to. */
export const describedBy = (mediaId: string): string => `media/${mediaId}/sealed`;

/** Takes a file in: sealed and flushed before its row is committed, and the row before the answer. */
export function createUpload(deps: UploadDeps): (actor: Actor, input: UploadInput) => Promise<string> {
  const { blobs, clock, folder, openPerson, random, settings, store } = deps;
  const inProgress = createUploadsInProgress(settings);
  const keep = createKeep(deps);

  async function checkPlace(userId: string, mediaId: string): Promise<void> {
    const row = await store.find(mediaId);
    // @NOTSPEC The specification has M_FORBIDDEN for another's place: anybody could try which files there are.
    if (row?.owner !== userId) throw notFound();
    if (row.file_id !== null) throw cannotOverwrite();
    if ((row.expires_at ?? 0) <= clock.now()) throw notFound();
  }
  return async (actor, input) => {
    const { userId } = actor;
    const { size: announced = 0 } = input;
    if (announced > settings.maxUploadSize) throw tooLarge(settings.maxUploadSize);
    if (input.mediaId !== undefined) await checkPlace(userId, input.mediaId);
    const progress = inProgress.begin(userId);
    try {
      const person = await openPerson(userId);
      if (person.bytes + announced > settings.quotaPerPerson) throw quotaExceeded();
      const digest = createHmac("sha256", person.secret);
      const blob = await blobs.write(
        userId,
        metered(input.chunks, (chunk) => {
          progress.take(chunk.length, person.bytes);
          digest.update(chunk);
        }),
      );
      const mediaId = input.mediaId ?? randomToken(random, ID_BYTES);
      try {
        await keep({ actor, mediaId, input, blob, digest: digest.digest(), checkPlace });
      } catch (error) {
        // After a fault of the store the row may be found at the next start; then so must be the file (sweep-drafts.ts).
        if (error instanceof MatrixError) await folder.discard(blob.id);
        throw error;
      }
      return mediaId;
    } finally {
      progress.end();
    }
  };
}

async function* metered(chunks: AsyncIterable<Uint8Array>, note: (chunk: Uint8Array) => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    note(chunk);
    yield chunk;
  }
}

interface Kept {
  readonly actor: Actor;
  readonly mediaId: string;
  readonly input: UploadInput;
  readonly blob: Blob;
  readonly digest: Uint8Array;
  readonly checkPlace: (userId: string, mediaId: string) => Promise<void>;
}

/** Commits the file, or points to the same one that the person sent before. */
function createKeep({ storage, keys, clock, log, audit, store, people, folder, settings, onUploaded }: UploadDeps) {
  function placeWrite({ actor, mediaId, input }: Kept, fileId: string): Write {
    const { userId: owner } = actor;
    const sealed = keys.seal(personScope(owner), describedBy(mediaId), JSON.stringify({ type: input.type, name: input.name }));
    const now = clock.now();
    return input.mediaId === undefined
      ? store.insert({ media_id: mediaId, owner, file_id: fileId, sealed, created_at: now, expires_at: null })
      : store.fillPlace({ media_id: mediaId, owner, file_id: fileId, sealed, now });
  }
  function fileWrites({ actor, blob, digest }: Kept): readonly Write[] {
    const { id, size, sealedKey } = blob;
    const row = { file_id: id, owner: actor.userId, size, digest, sealed_key: sealedKey, created_at: clock.now() };
    return [store.insertFile(row)];
  }
  /** @throws Conflict; MatrixError where it is plain why */
  async function commit(kept: Kept): Promise<void> {
    const { actor, mediaId, blob, digest, input } = kept;
    const { userId } = actor;
    if (input.mediaId !== undefined) await kept.checkPlace(userId, mediaId);
    const same = await store.findSame(userId, digest);
    const cost = (same === undefined ? blob.size : 0) + OVERHEAD_BYTES;
    if (((await people.find(userId))?.bytes ?? 0) + cost > settings.quotaPerPerson) throw quotaExceeded();
    const record = audit.writes({ event: "media.uploaded", ...actedBy(actor), target: mediaId, outcome: "done" });
    const counted = people.addBytes(userId, cost, settings.quotaPerPerson);
    await storage.commit({
      writes: [...(same === undefined ? fileWrites(kept) : []), placeWrite(kept, same ?? blob.id), counted, ...record],
    });
    // The act is done: what cannot be tidied now is tidied at the next start.
    const tidied = same === undefined ? folder.settle(blob.id) : folder.discard(blob.id);
    await tidied.catch((error: unknown) => log.warn({ reason: faultText(error) }, "a draft could not be removed"));
  }
  return async (kept: Kept): Promise<void> => {
    await folder.keep(kept.blob.id);
    try {
      await retryConflicts(() => withPersonKey(keys, kept.actor.userId, () => commit(kept)));
    } catch (error) {
      throw error instanceof Conflict ? busy("The file could not be kept. Try again.") : error;
    }
    onUploaded(kept.mediaId);
  };
}
