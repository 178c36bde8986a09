import { faultText, type Logger, MatrixError } from "#kernel";
import { Conflict, type Storage } from "#storage";
import type { BlobFolder } from "./blob-folder.ts";
import type { Blobs } from "./blobs.ts";
import type { Media, StoredFile } from "./contract.ts";
import { noThumbnail, notFound, tooManyPixels } from "./errors.ts";
import type { createFindFile, FoundFile, NoteFileRead } from "./find-file.ts";
import type { FileRow } from "./media-store.ts";
import { OVERHEAD_BYTES, type PeopleStore } from "./people-store.ts";
import { pictureType, PICTURE_START_BYTES } from "./picture-type.ts";
import type { DecodeAnswer } from "./thumbnail-messages.ts";
import type { ThumbnailRow, ThumbnailStore } from "./thumbnail-store.ts";
import { chooseVariant, type Variant } from "./thumbnail-variant.ts";
import type { Thumbnailer } from "./thumbnailer.ts";

interface ThumbnailDeps {
  readonly storage: Storage;
  readonly thumbnails: ThumbnailStore;
  readonly thumbnailer: Thumbnailer;
  readonly people: PeopleStore;
  /** Bytes; files of one person and the pictures made of them together take no more than twice that. */
  readonly quota: number;
  readonly folder: BlobFolder;
  readonly blobs: Blobs;
  readonly find: ReturnType<typeof createFindFile>["find"];
  readonly noteRead: NoteFileRead;
  readonly log: Logger;
}

/** In memory twice while it is decoded. */
const MOST_BYTES = 24 * 1024 * 1024;

/** `GET …/thumbnail`: made at the first question, kept sealed like the file, and gone with its owner's key. */
export function createThumbnail(deps: ThumbnailDeps): Media["thumbnail"] {
  const { thumbnails, blobs, find, noteRead } = deps;
  const make = createMake(deps);
  /** Those who ask for one that is being made wait for it. */
  const running = new Map<string, Promise<ThumbnailRow>>();
  const makeOnce = (asking: string, file: FileRow, variant: Variant): Promise<ThumbnailRow> => {
    const key = `${file.file_id} ${variant.name}`;
    const started = running.get(key) ?? make(asking, file, variant).finally(() => running.delete(key));
    running.set(key, started);
    return started;
  };
  return async (actor, query) => {
    const found = await find(actor, query);
    const variant = chooseVariant(query);
    const row = (await thumbnails.find(found.file.file_id, variant.name)) ?? (await makeOnce(actor.userId, found.file, variant));
    if (row.outcome === "too-large") throw tooManyPixels();
    if (row.outcome === "refused" || row.type === null) throw noThumbnail();
    const picture = present(blobs, found, row);
    await noteRead(actor, found);
    return picture;
  };
}

function present(blobs: Blobs, { mediaId, file }: FoundFile, row: ThumbnailRow): StoredFile {
  const { blob_id: id, sealed_key: sealedKey, size } = row;
  const isOwn = row.outcome === "made" && id !== null && sealedKey !== null;
  const blob = isOwn ? { id, size, sealedKey } : { id: file.file_id, size: file.size, sealedKey: file.sealed_key };
  const read = blobs.open(file.owner, blob);
  if (read === undefined) throw notFound();
  const type = row.type ?? "";
  return { type, name: `thumbnail.${type.slice("image/".length)}`, tag: `${mediaId}-${row.variant}`, size: blob.size, read };
}

function createMake({ storage, thumbnails, thumbnailer, people, quota, folder, blobs, log }: ThumbnailDeps) {
  // A small file may make thirty large pictures. They count as its owner's: else a few files and many questions fill the disk.
  async function checkRoom(owner: string, cost: number): Promise<void> {
    if (((await people.find(owner))?.bytes ?? 0) + cost > 2 * quota) throw noThumbnail();
  }
  async function keep(owner: string, row: ThumbnailRow): Promise<void> {
    const cost = row.size + OVERHEAD_BYTES;
    try {
      await checkRoom(owner, cost);
      await storage.commit({ writes: [thumbnails.insert(row), people.addBytes(owner, cost, 2 * quota)] });
    } catch (error) {
      // Another process made the same one: that one stays.
      if ((error instanceof Conflict || error instanceof MatrixError) && row.blob_id !== null) await folder.discard(row.blob_id);
      throw error;
    }
    if (row.blob_id === null) return;
    await folder.settle(row.blob_id).catch((error: unknown) => log.warn({ reason: faultText(error) }, "a draft could not be removed"));
  }
  async function rowOf(answer: DecodeAnswer, file: FileRow, variant: string, type: string): Promise<ThumbnailRow> {
    const head = { file_id: file.file_id, variant, outcome: answer.kind };
    if (answer.kind !== "made")
      return { ...head, type: answer.kind === "original" ? type : null, blob_id: null, size: 0, sealed_key: null };
    const { id, size, sealedKey } = await blobs.write(file.owner, once(answer.bytes));
    await folder.keep(id);
    return { ...head, type: answer.type, blob_id: id, size, sealed_key: sealedKey };
  }
  return async (asking: string, file: FileRow, variant: Variant): Promise<ThumbnailRow> => {
    const read = blobs.open(file.owner, { id: file.file_id, size: file.size, sealedKey: file.sealed_key });
    if (read === undefined) throw notFound();
    const type = pictureType(await whole(read(0, Math.min(PICTURE_START_BYTES, file.size) - 1)));
    if (type === undefined) throw noThumbnail();
    if (file.size > MOST_BYTES) throw tooManyPixels();
    // Before the work as well: it would be done again at each question, and never kept.
    await checkRoom(file.owner, OVERHEAD_BYTES);
    const { width, height, crop, animated } = variant;
    const answer = await thumbnailer.make(asking, { width, height, crop, animated }, () => whole(read(0, file.size - 1)));
    const row = await rowOf(answer, file, variant.name, type);
    await keep(file.owner, row);
    return row;
  };
}

async function whole(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const found: Uint8Array[] = [];
  for await (const chunk of chunks) found.push(chunk);
  return Buffer.concat(found);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
