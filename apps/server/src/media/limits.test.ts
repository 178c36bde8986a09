import assert from "node:assert/strict";
import { test } from "node:test";
import { alice, bob, bytesOf, chunked, get, openMedia, sample, send } from "./media.test-support.ts";

const code = (name: string) => ({ code: name });
const LIMITS = { maxUploadSize: 100_000, quotaPerPerson: 250_000 };
const DAY = 24 * 60 * 60 * 1000;

test("a file that is too large is refused by what is announced, and by what comes", async (context) => {
  const { media } = await openMedia(context, { settings: LIMITS });
  let read = 0;
  async function* counted() {
    for await (const chunk of chunked(sample(500_000))) {
      read += chunk.length;
      yield chunk;
    }
  }
  const input = { type: "", name: undefined, chunks: counted() };
  await assert.rejects(media.upload(alice, { ...input, size: 100_001 }), code("M_TOO_LARGE"));
  assert.equal(read, 0, "not a byte was asked for");
  await assert.rejects(media.upload(alice, { ...input, size: undefined }), code("M_TOO_LARGE"));
  assert.ok(read <= 110_000);
  assert.ok(await send(media, alice, sample(100_000)));
});

test("one person's files take no more than their quota, however many are sent at once; the same bytes count once", async (context) => {
  const { media } = await openMedia(context, { settings: LIMITS });
  const sent = await Promise.allSettled(["a", "b", "c", "d", "e"].map((seed) => send(media, alice, sample(100_000, seed))));
  const refusals = sent.flatMap((each) => (each.status === "rejected" ? [each.reason.code] : []));
  assert.ok(sent.length - refusals.length <= 2);
  assert.ok(refusals.every((each) => each === "M_FORBIDDEN"));
  await Promise.allSettled(["f", "g"].map((seed) => send(media, alice, sample(100_000, seed))));
  await assert.rejects(send(media, alice, sample(60_000)), code("M_FORBIDDEN"));
  assert.ok(await send(media, alice, sample(35_000)));
  await assert.rejects(send(media, alice, sample(1, "z")), code("M_FORBIDDEN"));
  assert.ok(await send(media, bob, sample(100_000)), "what others store is no matter of hers");
});

test("files with nothing in them count as well, and so does the same file sent again: each is a row and perhaps a file", async (context) => {
  const { media } = await openMedia(context, { settings: { ...LIMITS, quotaPerPerson: 20_000 } });
  for (let n = 0; n < 2; n += 1) assert.ok(await send(media, alice, sample(0)));
  for (let n = 0; n < 2; n += 1) assert.ok(await send(media, alice, sample(1, String(n))));
  await assert.rejects(send(media, alice, sample(0)), code("M_FORBIDDEN"));
  await assert.rejects(send(media, alice, sample(1, "more")), code("M_FORBIDDEN"));
  const { mediaId } = await media.reserve(bob);
  for (let n = 0; n < 4; n += 1) assert.ok(await send(media, bob, sample(1)));
  await assert.rejects(send(media, bob, sample(1), mediaId), code("M_FORBIDDEN"));
});

test("the quota holds in the store itself, also between two processes", async (context) => {
  const house = await openMedia(context, { settings: { ...LIMITS, quotaPerPerson: 165_000 } });
  const other = await house.beside();
  await send(house.media, alice, sample(10));
  const [one, two] = await Promise.allSettled([send(house.media, alice, sample(100_000, "a")), send(other, alice, sample(100_000, "b"))]);
  assert.deepEqual([one.status, two.status].toSorted(), ["fulfilled", "rejected"]);
  await assert.rejects(send(other, alice, sample(100_000, "c")), code("M_FORBIDDEN"));
  const same = await Promise.all([send(house.media, alice, sample(40_000, "d")), send(other, alice, sample(40_000, "d"))]);
  assert.equal((await get(other, alice, same[0])).size, 40_000, "and the same bytes twice are one file");
});

test("a person sends a few files at once and no more", async (context) => {
  const { media } = await openMedia(context);
  const gate = Promise.withResolvers<void>();
  async function* slow() {
    yield sample(10);
    await gate.promise;
  }
  const input = { type: "", name: undefined, size: undefined };
  const sent = Array.from({ length: 9 }, () => media.upload(alice, { ...input, chunks: slow() }));
  await assert.rejects(Promise.race(sent), code("M_LIMIT_EXCEEDED"));
  assert.ok(await send(media, bob, sample(10)));
  gate.resolve();
  assert.equal((await Promise.allSettled(sent)).filter(({ status }) => status === "fulfilled").length, 8);
  assert.ok(await send(media, alice, sample(10)));
});

test("a reserved id takes one file, from its maker, in its time", async (context) => {
  const { media, clock } = await openMedia(context);
  const { mediaId, expiresAt } = await media.reserve(alice);
  assert.equal(expiresAt, clock.now() + DAY);
  await assert.rejects(send(media, bob, sample(1), mediaId), code("M_NOT_FOUND"));
  await assert.rejects(send(media, alice, sample(1), "x".repeat(27)), code("M_NOT_FOUND"));
  await assert.rejects(get(media, alice, mediaId), code("M_NOT_YET_UPLOADED"));
  const sent = await Promise.allSettled([send(media, alice, sample(20), mediaId), send(media, alice, sample(30), mediaId)]);
  assert.deepEqual(sent.map(({ status }) => status).toSorted(), ["fulfilled", "rejected"]);
  assert.deepEqual(
    sent.flatMap((each) => (each.status === "rejected" ? [each.reason.code] : [])),
    ["M_CANNOT_OVERWRITE_MEDIA"],
  );
  assert.ok([20, 30].includes((await bytesOf(await get(media, alice, mediaId))).length));
  await assert.rejects(send(media, alice, sample(1), mediaId), code("M_CANNOT_OVERWRITE_MEDIA"));
  const late = await media.reserve(alice);
  clock.advance(DAY);
  await assert.rejects(send(media, alice, sample(1), late.mediaId), code("M_NOT_FOUND"));
  await assert.rejects(get(media, alice, late.mediaId), code("M_NOT_FOUND"));
});

test("open reservations are bounded, side by side too, and become free again with time and with each upload", async (context) => {
  const { media, clock } = await openMedia(context);
  const made = await Promise.allSettled(Array.from({ length: 40 }, () => media.reserve(alice)));
  const [first] = made.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
  assert.ok(first);
  assert.equal(made.filter(({ status }) => status === "fulfilled").length, 32);
  await assert.rejects(media.reserve(alice), code("M_LIMIT_EXCEEDED"));
  assert.ok(await media.reserve(bob));
  await send(media, alice, sample(5), first.mediaId);
  assert.ok(await media.reserve(alice));
  await assert.rejects(media.reserve(alice), code("M_LIMIT_EXCEEDED"));
  clock.advance(DAY + 1);
  assert.ok(await media.reserve(alice));
});

test("who asks for a file that is on its way gets it when it comes, and may stop waiting", async (context) => {
  const { media } = await openMedia(context);
  const { mediaId } = await media.reserve(alice);
  const waiting = get(media, alice, mediaId, 60_000);
  const gone = new AbortController();
  const other = media.download(alice, { mediaId, timeoutMs: 60_000, signal: gone.signal });
  gone.abort();
  await assert.rejects(other, code("M_NOT_YET_UPLOADED"));
  await send(media, alice, sample(77), mediaId);
  assert.equal((await waiting).size, 77);
});
