import { join } from "node:path";
import type { TestContext } from "node:test";
import { createFakeClock, createSeededRandom, type FakeClock, makeTempFolder } from "@wardroom/testkit";
import { type Actor, type AuditRecord, silentLogger } from "#kernel";
import { createKeyFile, createKeys, fileKeyProvider, type Keys } from "#keys";
import { openStorage, type Storage } from "#storage";
import type { Media, MediaPorts, MediaSettings, StoredFile } from "./contract.ts";
import { createMedia, mediaMigrations } from "./index.ts";

/** Media on a real store and real keys, in a folder of its own. */
export interface MediaHouse {
  readonly media: Media;
  readonly storage: Storage;
  readonly keys: Keys;
  readonly clock: FakeClock;
  /** Of the sealed files. */
  readonly folder: string;
  readonly records: readonly AuditRecord[];
  /** Another one on the same store, as of a second process. */
  readonly beside: () => Promise<Media>;
  /** Opens it again on the same files, as after a crash. */
  readonly reopen: () => Promise<MediaHouse>;
}

interface Options {
  readonly settings?: Partial<MediaSettings>;
  readonly ports?: Partial<MediaPorts>;
  /** Stands between the module and the store, for faults. */
  readonly storage?: (storage: Storage) => Storage;
}

const person = (name: string): Actor => ({ userId: `@${name}:test`, deviceId: "PHONE", isAdmin: false });
export const alice = person("alice");
export const bob = person("bob");

/** Nobody sees anything of anybody. */
const alone: MediaPorts = {
  maySee: async () => false,
  noteRead: () => undefined,
  shareRoom: async () => false,
  roomsOf: async () => new Set(),
  avatarOf: async () => undefined,
};
const SETTINGS: MediaSettings = { access: "rooms", maxUploadSize: 1024 * 1024, quotaPerPerson: 4 * 1024 * 1024 };

export async function openMedia(context: TestContext, options: Options = {}): Promise<MediaHouse> {
  const folder = makeTempFolder("media");
  createKeyFile(join(folder.path, "key"));
  let open: MediaHouse | undefined;
  const close = async () => {
    await open?.media.close();
    await open?.storage.close();
    open?.keys.close();
  };
  let starts = 0;
  const start = async (): Promise<MediaHouse> => {
    await close();
    open = await openHouse(folder.path, `${folder.path} ${(starts += 1)}`, options, start);
    return open;
  };
  context.after(async () => {
    await close();
    folder.remove();
  });
  return start();
}

async function openHouse(path: string, seed: string, options: Options, reopen: () => Promise<MediaHouse>): Promise<MediaHouse> {
  const clock = createFakeClock();
  const random = createSeededRandom(seed);
  const log = silentLogger;
  const keys = await createKeys({ dataDir: path, kek: fileKeyProvider(join(path, "key")), serverName: "test", random, clock, log });
  const pageKey = keys.storePageKey();
  const storage = await openStorage({ path: join(path, "store.db"), pageKey, cipher: "aegis", migrations: mediaMigrations, random, log });
  const records: AuditRecord[] = [];
  const audit = {
    writes: (record: AuditRecord) => {
      records.push(record);
      return [];
    },
    refused: () => {},
    observed: () => {},
  };
  const folder = join(path, "media");
  const make = (own: string) =>
    createMedia({
      storage: options.storage?.(storage) ?? storage,
      keys,
      clock,
      random: createSeededRandom(own),
      log,
      serverName: "test",
      audit,
      folder,
      settings: { ...SETTINGS, ...options.settings },
      ports: { ...alone, ...options.ports },
    });
  const media = await make(`${seed} media`);
  return { media, storage, keys, clock, folder, records, reopen, beside: () => make(`${seed} beside`) };
}

export async function* chunked(bytes: Uint8Array, size = 10_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

export const send = (media: Media, who: Actor, bytes: Uint8Array, mediaId?: string): Promise<string> =>
  media.upload(who, {
    type: "text/plain",
    name: "a.txt",
    size: bytes.length,
    chunks: chunked(bytes),
    ...(mediaId === undefined ? {} : { mediaId }),
  });

export const get = (media: Media, who: Actor, mediaId: string, timeoutMs = 0): Promise<StoredFile> =>
  media.download(who, { mediaId, timeoutMs, signal: new AbortController().signal });

export async function bytesOf(file: StoredFile, first = 0, last = file.size - 1): Promise<Buffer> {
  const found: Uint8Array[] = [];
  for await (const chunk of file.read(first, last)) found.push(chunk);
  return Buffer.concat(found);
}

/** Bytes of which no two stretches are alike. */
export const sample = (size: number, seed = "sample"): Buffer => Buffer.from(createSeededRandom(seed).bytes(size));
