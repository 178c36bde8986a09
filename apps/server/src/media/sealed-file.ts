import type { KeyObject } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { CHUNK_BYTES, openChunk, sealChunk, SEALED_CHUNK_BYTES } from "@wardroom/crypto";

/** Names a file's bytes on disk and what opens them. */
export interface SealedFile {
  readonly id: string;
  readonly key: KeyObject;
  /** Of the plaintext. */
  readonly size: number;
}

/** A stored file is not what was written: damaged, cut off, or replaced. Its bytes are not served. */
class FileBroken extends Error {
  override readonly name = "FileBroken";
}

/** Seals what comes into the file, and flushes it. @returns its size */
export async function writeSealed(
  handle: FileHandle,
  { id, key }: Omit<SealedFile, "size">,
  chunks: AsyncIterable<Uint8Array>,
): Promise<number> {
  const pending = Buffer.allocUnsafe(CHUNK_BYTES);
  let [filled, index] = [0, 0];
  const flush = async (isLast: boolean) => {
    const sealed = sealChunk(key, { file: id, index, isLast }, pending.subarray(0, filled));
    await handle.writeFile(sealed);
    index += 1;
    filled = 0;
  };
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length;) {
      // A full one waits for the next byte: only then is it known not to be the last.
      if (filled === CHUNK_BYTES) await flush(false);
      const taken = Math.min(chunk.length - at, CHUNK_BYTES - filled);
      pending.set(chunk.subarray(at, at + taken), filled);
      filled += taken;
      at += taken;
    }
  }
  const size = index * CHUNK_BYTES + filled;
  await flush(true);
  pending.fill(0);
  await handle.sync();
  return size;
}

const chunksOf = (size: number): number => Math.max(1, Math.ceil(size / CHUNK_BYTES));
const sealedSize = (size: number): number => size + chunksOf(size) * (SEALED_CHUNK_BYTES - CHUNK_BYTES);

/** Chunks that are read from the disk in one go. */
const AT_ONCE = 4;

/** The bytes `first` … `last`, both included; opens only the chunks that they stand in. @throws FileBroken */
export async function* readSealed(
  open: () => Promise<FileHandle>,
  file: SealedFile,
  first: number,
  last: number,
): AsyncGenerator<Uint8Array> {
  if (last < first) return;
  const handle = await open();
  try {
    if ((await handle.stat()).size !== sealedSize(file.size)) throw new FileBroken("a stored file has not its size");
    const end = Math.floor(last / CHUNK_BYTES);
    for (let index = Math.floor(first / CHUNK_BYTES); index <= end; index += AT_ONCE) {
      const count = Math.min(AT_ONCE, end - index + 1);
      for (const [offset, plaintext] of (await readChunks(handle, file, index, count)).entries()) {
        const start = (index + offset) * CHUNK_BYTES;
        yield plaintext.subarray(Math.max(first - start, 0), Math.min(last - start + 1, plaintext.length));
      }
    }
  } finally {
    await handle.close();
  }
}

async function readChunks(handle: FileHandle, { id, key, size }: SealedFile, from: number, count: number): Promise<Buffer[]> {
  const final = chunksOf(size) - 1;
  const at = from * SEALED_CHUNK_BYTES;
  const sealed = Buffer.allocUnsafe(Math.min(count * SEALED_CHUNK_BYTES, sealedSize(size) - at));
  const { bytesRead } = await handle.read(sealed, 0, sealed.length, at);
  if (bytesRead !== sealed.length) throw new FileBroken("a stored file ends early");
  return Array.from({ length: count }, (_, offset) => {
    const index = from + offset;
    try {
      const chunk = sealed.subarray(offset * SEALED_CHUNK_BYTES, (offset + 1) * SEALED_CHUNK_BYTES);
      return openChunk(key, { file: id, index, isLast: index === final }, chunk);
    } catch {
      throw new FileBroken("a stored file was altered");
    }
  });
}
