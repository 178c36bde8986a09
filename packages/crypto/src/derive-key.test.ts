import assert from "node:assert/strict";
import { createSecretKey, sign, verify, createPublicKey } from "node:crypto";
import { test } from "node:test";
import { equalInConstantTime } from "./constant-time.ts";
import { deriveKey } from "./derive-key.ts";
import { ed25519FromSeed } from "./signing-key.ts";

const secret = createSecretKey(Buffer.alloc(32, 7));

test("a purpose always derives the same key, so that nothing derived need be stored", () => {
  assert.equal(deriveKey(secret, "pages").export().toString("hex"), "0c062420c4014137358b8d166624e4756ff48d67bbcaa5c007537b60bbfc4fee");
});

test("another purpose or another secret derives another key", () => {
  const pages = deriveKey(secret, "pages").export();
  assert.notDeepEqual(deriveKey(secret, "access-token").export(), pages);
  assert.notDeepEqual(deriveKey(createSecretKey(Buffer.alloc(32, 8)), "pages").export(), pages);
});

test("the signing key of the RFC 8032 seed makes the RFC's signature", () => {
  // RFC 8032, section 7.1, test 2
  const key = ed25519FromSeed(Buffer.from("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "hex"));
  const signature = sign(null, Buffer.from("72", "hex"), key);
  assert.equal(
    signature.toString("hex"),
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
  );
  assert.equal(verify(null, Buffer.from("72", "hex"), createPublicKey(key), signature), true);
});

test("a seed of another length is refused", () => {
  assert.throws(() => ed25519FromSeed(new Uint8Array(31)), RangeError);
});

test("bytes are equal only if all of them and their number are", () => {
  assert.equal(equalInConstantTime(Buffer.from("abc"), Buffer.from("abc")), true);
  assert.equal(equalInConstantTime(Buffer.from("abc"), Buffer.from("abd")), false);
  assert.equal(equalInConstantTime(Buffer.from("abc"), Buffer.from("ab")), false);
});
