import assert from "node:assert/strict";
import { createSecretKey, verify } from "node:crypto";
import fs, { chmodSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { createKeyFile, fileKeyProvider } from "./key-file.ts";
import { makePlace } from "./keys.test-support.ts";

test("a new key file is a versioned text for its owner only and never overwrites one", (context) => {
  const { keyFile } = makePlace(context);
  assert.match(readFileSync(keyFile, "utf8"), /^wardroom-key-1:[\w-]{43}\n$/);
  assert.equal(statSync(keyFile).mode & 0o777, 0o600);
  assert.throws(() => createKeyFile(keyFile), /EEXIST/);
});

/** Puts `act` in the place of a function of the file system, for the named imports too. */
function replaceFs(context: TestContext, name: "writeFileSync" | "fsyncSync" | "readFileSync", act: (...args: never[]) => unknown) {
  const mock = context.mock.method(fs, name, act);
  syncBuiltinESMExports();
  const restore = () => {
    mock.mock.restore();
    syncBuiltinESMExports();
  };
  context.after(restore);
  return restore;
}

for (const failing of ["writeFileSync", "fsyncSync"] as const) {
  test(`a key file that the disk had no room for leaves nothing that a later start stumbles over (${failing})`, (context) => {
    const { root } = makePlace(context);
    const path = join(root, "later.key");
    const before = readdirSync(root);
    const restore = replaceFs(context, failing, () => {
      throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
    });
    assert.throws(() => createKeyFile(path), { code: "ENOSPC" });
    restore();
    assert.deepEqual(readdirSync(root), before);
    createKeyFile(path);
    fileKeyProvider(path);
    assert.deepEqual(readdirSync(root).toSorted(), [...before, "later.key"].toSorted());
  });
}

test("a draft that a power cut left is no key file and does not stand in the way of one", (context) => {
  const { root } = makePlace(context);
  const path = join(root, "later.key");
  writeFileSync(`${path}.new`, "wardroom-k");
  createKeyFile(path);
  fileKeyProvider(path);
});

test("the bytes of a key file, and of the keys made of it, are cleared once they are taken in", (context) => {
  const { keyFile } = makePlace(context);
  const seen: Uint8Array[] = [];
  const read = fs.readFileSync;
  replaceFs(context, "readFileSync", (path: string) => {
    const bytes = read(path);
    seen.push(bytes);
    return bytes;
  });
  const exported = context.mock.method(Object.getPrototypeOf(createSecretKey(Buffer.alloc(32))), "export");
  fileKeyProvider(keyFile);
  const seed = exported.mock.calls.at(-1)?.result;
  assert.ok(seed instanceof Uint8Array);
  assert.deepEqual(
    [...seen, seed].map((bytes) => bytes.some((byte) => byte !== 0)),
    [false, false],
  );
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
