import assert from "node:assert/strict";
import { createSecretKey } from "node:crypto";
import { test } from "node:test";
import { EnvelopeBroken } from "./envelope.ts";
import { CHUNK_BYTES, type ChunkPlace, openChunk, sealChunk } from "./sealed-chunks.ts";

const key = createSecretKey(Buffer.alloc(32, 7));
const place: ChunkPlace = { file: "f", index: 3, isLast: false };
const text = Buffer.from("the third piece");

test("a chunk opens at its own place, the empty and the full one included", () => {
  for (const plaintext of [text, Buffer.alloc(0), Buffer.alloc(CHUNK_BYTES, 1)]) {
    const sealed = sealChunk(key, place, plaintext);
    assert.equal(sealed.length, plaintext.length + 16);
    assert.deepEqual(openChunk(key, place, sealed), plaintext);
  }
});

test("a chunk opens at no other place, in no other file, under no other key and neither cut nor altered", () => {
  const sealed = sealChunk(key, place, text);
  for (const wrong of [{ index: 2 }, { index: 4 }, { isLast: true }, { file: "g" }])
    assert.throws(() => openChunk(key, { ...place, ...wrong }, sealed), EnvelopeBroken);
  assert.throws(() => openChunk(createSecretKey(Buffer.alloc(32, 8)), place, sealed), EnvelopeBroken);
  for (const cut of [sealed.subarray(1), sealed.subarray(0, -1), sealed.subarray(0, 10), Buffer.concat([sealed, Buffer.of(0)])])
    assert.throws(() => openChunk(key, place, cut), EnvelopeBroken);
  for (let at = 0; at < sealed.length; at += 1) {
    const altered = Buffer.from(sealed);
    altered[at] = (altered[at] ?? 0) ^ 1;
    assert.throws(() => openChunk(key, place, altered), EnvelopeBroken);
  }
});

test("places beyond 2^32 and chunks that are too large are refused, for an IV would come twice", () => {
  assert.throws(() => sealChunk(key, { ...place, index: 2 ** 32 }, text), RangeError);
  assert.throws(() => sealChunk(key, { ...place, index: -1 }, text), RangeError);
  assert.throws(() => sealChunk(key, place, Buffer.alloc(CHUNK_BYTES + 1)), RangeError);
});
