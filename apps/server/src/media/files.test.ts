import assert from "node:assert/strict";
import { readdirSync, readFileSync, renameSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { personScope } from "#keys";
import type { Storage } from "#storage";
import { alice, bob, bytesOf, chunked, get, openMedia, sample, send } from "./media.test-support.ts";

const CHUNK = 65_536;
/** Paths of the sealed files, drafts apart. */
const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.endsWith("drafts"))
    .map((entry) => join(entry.parentPath, entry.name));
const draftsIn = (folder: string): string[] => readdirSync(join(folder, "drafts"));
const code = (name: string) => ({ code: name });

test("files of every size around the chunks come back as they were, whole and in any part", async (context) => {
  const { media, reopen } = await openMedia(context);
  const sizes = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 5 * CHUNK + 7];
  const ids: string[] = [];
  for (const size of sizes) ids.push(await send(media, alice, sample(size)));
  const again = (await reopen()).media;
  for (const [index, size] of sizes.entries()) {
    const file = await get(again, alice, ids[index] ?? "");
    const bytes = sample(size);
    assert.deepEqual([file.size, file.type, file.name], [size, "text/plain", "a.txt"]);
    assert.deepEqual(await bytesOf(file), bytes);
    for (const [first, last] of [
      [0, 0],
      [size - 1, size - 1],
      [CHUNK - 1, CHUNK],
      [CHUNK, 2 * CHUNK],
      [10, size - 2],
    ] as const)
      if (first >= 0 && last < size && first <= last)
        assert.deepEqual(await bytesOf(file, first, last), bytes.subarray(first, last + 1), `${size}: ${first}-${last}`);
  }
});

test("nothing of a file, its name or its type stands on the disk in clear", async (context) => {
  const { media, folder, storage } = await openMedia(context);
  const secret = Buffer.from("the very secret words ".repeat(5000));
  await media.upload(alice, { type: "text/x-secret", name: "secret-name", size: undefined, chunks: chunked(secret) });
  for (const path of filesIn(folder)) assert.ok(!readFileSync(path).includes("secret"));
  const find = storage.statements.read<{ media: { sealed: Uint8Array } }, object, { sealed: Uint8Array }>((db) =>
    db.selectFrom("media").select("sealed"),
  );
  for (const { sealed } of await find.all({})) assert.ok(!Buffer.from(sealed).includes("secret"));
});

test("a file that was altered, cut off, lengthened or replaced is an error, and no byte of it is given", async (context) => {
  const { media, folder } = await openMedia(context);
  const [one, two] = [sample(3 * CHUNK, "one"), sample(3 * CHUNK, "two")];
  const id = await send(media, alice, one);
  const [path = ""] = filesIn(folder);
  await send(media, alice, two);
  const other = filesIn(folder).find((found) => found !== path) ?? "";
  const stored = readFileSync(path);
  const piece = CHUNK + 16;
  const swapped = Buffer.concat([stored.subarray(piece, 2 * piece), stored.subarray(0, piece), stored.subarray(2 * piece)]);
  const flipped = Buffer.from(stored);
  flipped[2 * piece + 5] = (flipped[2 * piece + 5] ?? 0) ^ 1;
  const attacks: Readonly<Record<string, Buffer>> = {
    "cut at a chunk": stored.subarray(0, 2 * piece),
    "cut inside one": stored.subarray(0, -1),
    longer: Buffer.concat([stored, stored.subarray(0, piece)]),
    "chunks swapped": swapped,
    "one bit": flipped,
    "another file": readFileSync(other),
    empty: Buffer.alloc(0),
  };
  for (const [name, bytes] of Object.entries(attacks)) {
    writeFileSync(path, bytes);
    const given: Uint8Array[] = [];
    await assert.rejects(
      async () => {
        for await (const chunk of (await get(media, alice, id)).read(0, one.length - 1)) given.push(chunk);
      },
      { name: "FileBroken" },
      name,
    );
    const got = Buffer.concat(given);
    assert.deepEqual(got, one.subarray(0, got.length), `${name}: nothing wrong came before the error`);
  }
  writeFileSync(path, stored);
  assert.deepEqual(await bytesOf(await get(media, alice, id)), one);
  renameSync(path, `${path}x`);
  await assert.rejects(async () => bytesOf(await get(media, alice, id)), code("ENOENT"));
});

test("a part of a large file is read without the rest: damage elsewhere does not matter to it", async (context) => {
  const { media, folder } = await openMedia(context);
  const bytes = sample(10 * CHUNK);
  const id = await send(media, alice, bytes);
  const [path = ""] = filesIn(folder);
  const stored = readFileSync(path);
  stored.fill(0, 0, 9 * (CHUNK + 16));
  writeFileSync(path, stored);
  assert.deepEqual(await bytesOf(await get(media, alice, id), 9 * CHUNK + 5, 9 * CHUNK + 9), bytes.subarray(9 * CHUNK + 5, 9 * CHUNK + 10));
});

test("the same person's same bytes are stored once under two ids; another person's are not found by them", async (context) => {
  const { media, folder, storage } = await openMedia(context);
  const bytes = sample(1000);
  const [first, second] = [await send(media, alice, bytes), await send(media, alice, bytes)];
  assert.notEqual(first, second);
  assert.equal(filesIn(folder).length, 1);
  await Promise.all([send(media, alice, bytes), send(media, alice, bytes), send(media, bob, bytes)]);
  assert.equal(filesIn(folder).length, 2, "one of each person");
  const digests = storage.statements.read<{ media_files: { digest: Uint8Array } }, object, { digest: Uint8Array }>((db) =>
    db.selectFrom("media_files").select("digest"),
  );
  const [one, two] = await digests.all({});
  assert.notDeepEqual(one?.digest, two?.digest, "and the digests do not tell that the files are alike");
  assert.deepEqual(draftsIn(folder), []);
});

test("what a person stored cannot be read once they are erased, and they can store nothing more", async (context) => {
  const { media, keys } = await openMedia(context);
  const id = await send(media, alice, sample(1000));
  const file = await get(media, alice, id);
  await keys.destroyPerson(alice.userId);
  await assert.rejects(get(media, alice, id), code("M_NOT_FOUND"));
  await assert.rejects(send(media, alice, sample(1000)), code("M_USER_DEACTIVATED"));
  assert.ok(file.size > 0);
  await keys.ensure([personScope(alice.userId)], { renew: true });
  const fresh = await send(media, alice, sample(1000));
  assert.deepEqual(await bytesOf(await get(media, alice, fresh)), sample(1000), "who is active again stores anew");
});

test("a file is in its place before its row is there, and a failed commit leaves neither", async (context) => {
  const seen: { files: number; drafts: number }[] = [];
  let refuse = false;
  const house = await openMedia(context, {
    storage: (storage) => ({
      ...storage,
      commit: async (batch, onDurable) => {
        if (batch.writes.length > 1) seen.push({ files: filesIn(house.folder).length, drafts: draftsIn(house.folder).length });
        if (refuse) throw new Error("the disk is gone");
        return storage.commit(batch, onDurable);
      },
    }),
  });
  await send(house.media, alice, sample(10));
  assert.deepEqual(seen, [{ files: 1, drafts: 1 }]);
  refuse = true;
  await assert.rejects(send(house.media, alice, sample(11)), /disk is gone/);
  assert.equal(filesIn(house.folder).length, 2, "whether the row is there cannot be known, so the file stays");
  refuse = false;
  const { folder } = await house.reopen();
  assert.equal(filesIn(folder).length, 1, "at the next start it is known");
  assert.deepEqual(draftsIn(folder), []);
});

test("an upload that breaks off leaves nothing", async (context) => {
  const { media, folder } = await openMedia(context);
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield sample(100_000);
    throw new Error("gone");
  }
  await assert.rejects(media.upload(alice, { type: "", name: undefined, size: undefined, chunks: broken() }), /gone/);
  assert.deepEqual([filesIn(folder), draftsIn(folder)], [[], []]);
});

test("at a start drafts whose row is missing go with their file, and those whose row is there leave it", async (context) => {
  const { media, folder, reopen } = await openMedia(context);
  const id = await send(media, alice, sample(10));
  const [path = ""] = filesIn(folder);
  const name = path.split("/").at(-1) ?? "";
  writeFileSync(join(folder, "drafts", name), readFileSync(path));
  const lost = "x".repeat(27);
  writeFileSync(join(folder, "drafts", lost), "half a file");
  truncateSync(join(folder, "drafts", lost), 3);
  const again = await reopen();
  assert.deepEqual(draftsIn(folder), []);
  assert.deepEqual(filesIn(folder), [path]);
  assert.deepEqual(await bytesOf(await get(again.media, alice, id)), sample(10));
});

test("each upload is recorded with its id and size, in the batch of its row", async (context) => {
  const batches: number[] = [];
  const { media, records } = await openMedia(context, {
    storage: (storage: Storage) => ({
      ...storage,
      commit: (batch, done) => (batches.push(batch.writes.length), storage.commit(batch, done)),
    }),
  });
  const id = await send(media, alice, sample(12));
  assert.deepEqual(records, [{ event: "media.uploaded", actor: alice.userId, deviceId: "PHONE", target: id, outcome: "done" }]);
});
