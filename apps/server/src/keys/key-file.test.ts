import assert from "node:assert/strict";
import { verify } from "node:crypto";
import { chmodSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createKeyFile, fileKeyProvider } from "./key-file.ts";
import { makePlace } from "./keys.test-support.ts";

test("a new key file is a versioned text for its owner only and never overwrites one", (context) => {
  const { keyFile } = makePlace(context);
  assert.match(readFileSync(keyFile, "utf8"), /^wardroom-key-1:[\w-]{43}\n$/);
  assert.equal(statSync(keyFile).mode & 0o777, 0o600);
  assert.throws(() => createKeyFile(keyFile), /EEXIST/);
});

for (const mode of [0o640, 0o604, 0o660, 0o601]) {
  test(`a key file with mode ${mode.toString(8)} is refused with the mend`, (context) => {
    const { keyFile } = makePlace(context);
    chmodSync(keyFile, mode);
    assert.throws(() => fileKeyProvider(keyFile), { name: "KeyFileError", message: new RegExp(`chmod 600 ${keyFile}$`) });
  });
}

test("a missing file and a file of another kind are refused without showing what is in it", (context) => {
  const { keyFile } = makePlace(context);
  writeFileSync(keyFile, "wardroom-key-2:supersecret\n");
  assert.throws(
    () => fileKeyProvider(keyFile),
    (error) => error instanceof Error && error.name === "KeyFileError" && !error.message.includes("supersecret"),
  );
  rmSync(keyFile);
  assert.throws(() => fileKeyProvider(keyFile), { name: "KeyFileError", message: /Put the key back/ });
});

test("another key opens nothing, with an error that has a name of its own and shows no key", async (context) => {
  const [here, other] = [makePlace(context), makePlace(context)];
  (await here.open()).close();
  const foreign = fileKeyProvider(other.keyFile);
  await assert.rejects(here.open({ kek: foreign }), { name: "KeyFileError", message: /is not the key that this store was made with/ });
});

test("what is wrapped for one purpose does not unwrap for another", async (context) => {
  const kek = fileKeyProvider(makePlace(context).keyFile);
  const wrapped = await kek.wrap(Buffer.from("secret"), "store-key");
  assert.equal(Buffer.from(await kek.unwrap(wrapped, "store-key")).toString(), "secret");
  await assert.rejects(kek.unwrap(wrapped, "signing"), { name: "KeyFileError" });
});

test("the key signs, and always as the same signer", async (context) => {
  const { keyFile, root } = makePlace(context);
  const [one, again] = [fileKeyProvider(keyFile), fileKeyProvider(keyFile)];
  const message = Buffer.from("checkpoint");
  assert.deepEqual(await one.sign(message), await again.sign(message));
  createKeyFile(join(root, "other.key"));
  assert.notDeepEqual(await fileKeyProvider(join(root, "other.key")).sign(message), await one.sign(message));
  assert.equal(verify(null, message, one.publicKey, await one.sign(message)), true);
});
