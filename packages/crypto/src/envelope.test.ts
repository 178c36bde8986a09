import assert from "node:assert/strict";
import { createSecretKey } from "node:crypto";
import { test } from "node:test";
import { EnvelopeBroken, openEnvelope, readKeyId, sealEnvelope } from "./envelope.ts";

const key = createSecretKey(Buffer.alloc(32, 0x11));
const keyId = Buffer.alloc(16, 0x22);
const iv = Buffer.alloc(12, 0x33);
const sealed = () => sealEnvelope({ key, keyId, iv, associated: "event/$a/content/1", plaintext: "tea at four" });

const GOLDEN = "0122222222222222222222222222222222333333333333333333333333f0e63366abe6554addcd99f9d40dcd20f97daeabb20f7ca1f44642";

test("version 1 of the stored form does not change", () => {
  assert.equal(Buffer.from(sealed()).toString("hex"), GOLDEN);
  assert.equal(Buffer.from(openEnvelope(key, "event/$a/content/1", Buffer.from(GOLDEN, "hex"))).toString(), "tea at four");
});

test("text and its UTF-8 bytes seal to the same value", () => {
  const input = { key, keyId, iv, associated: "x" };
  assert.deepEqual(sealEnvelope({ ...input, plaintext: "茶" }), sealEnvelope({ ...input, plaintext: Buffer.from("茶") }));
});

test("an empty plaintext comes back empty", () => {
  const empty = sealEnvelope({ key, keyId, iv, associated: "x", plaintext: "" });
  assert.equal(openEnvelope(key, "x", empty).length, 0);
});

test("the key id is readable without the key", () => {
  assert.deepEqual(Buffer.from(readKeyId(sealed())), keyId);
});

test("no single altered byte opens: version, key id, IV, ciphertext and tag are all bound", () => {
  for (let at = 0; at < sealed().length; at += 1) {
    const altered = sealed();
    altered[at] = (altered[at] ?? 0) ^ 1;
    assert.throws(() => openEnvelope(key, "event/$a/content/1", altered), EnvelopeBroken, `byte ${at}`);
  }
});

test("a value moved to another row or column does not open", () => {
  assert.throws(() => openEnvelope(key, "event/$b/content/1", sealed()), EnvelopeBroken);
});

test("no cut-off value opens, and a short tag is not accepted", () => {
  for (let length = 0; length < sealed().length; length += 1) {
    assert.throws(() => openEnvelope(key, "event/$a/content/1", sealed().subarray(0, length)), EnvelopeBroken, `length ${length}`);
  }
});

test("another key does not open it", () => {
  assert.throws(() => openEnvelope(createSecretKey(Buffer.alloc(32, 0x12)), "event/$a/content/1", sealed()), EnvelopeBroken);
});
