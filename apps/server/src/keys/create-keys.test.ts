import assert from "node:assert/strict";
import { readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createSeededRandom } from "@wardroom/testkit";
import { memberScope, personScope, roomScope } from "./contract.ts";
import { KeyMissing, SealBroken } from "./errors.ts";
import { keyFileIn, LATER, makePlace, sealFor, text } from "./keys.test-support.ts";

const room = roomScope("!r:example.org");
const ada = memberScope("!r:example.org", "@ada:example.org");

test("a value opens under its scope and associated text, also after a restart", async (context) => {
  const place = makePlace(context);
  const keys = await place.open();
  await keys.ensure([room, ada]);
  const sealed = keys.seal(ada, "event/$a/content", "tea at four");
  assert.equal(text(keys.open(ada, "event/$a/content", sealed)), "tea at four");
  keys.close();
  const again = await place.open();
  assert.equal(text(again.open(ada, "event/$a/content", sealed)), "tea at four");
  again.close();
});

test("a value put into another row, another column or another person's place does not open", async (context) => {
  const keys = await makePlace(context).open();
  const bob = memberScope("!r:example.org", "@bob:example.org");
  await keys.ensure([ada, bob]);
  const sealed = keys.seal(ada, "event/$a/content", "tea at four");
  assert.throws(() => keys.open(ada, "event/$b/content", sealed), SealBroken);
  assert.throws(() => keys.open(bob, "event/$a/content", sealed), SealBroken);
  keys.close();
});

test("no altered byte opens, the key id included", async (context) => {
  const keys = await makePlace(context).open();
  await keys.ensure([ada]);
  const sealed = keys.seal(ada, "x", "tea");
  for (let at = 0; at < sealed.length; at += 1) {
    const altered = Uint8Array.from(sealed, (byte, index) => (index === at ? byte ^ 0x80 : byte));
    assert.throws(() => keys.open(ada, "x", altered), SealBroken, `byte ${at}`);
  }
  assert.throws(() => keys.open(ada, "x", new Uint8Array(0)), SealBroken);
  keys.close();
});

test("sealing the same words twice gives different bytes", async (context) => {
  const keys = await makePlace(context).open();
  await keys.ensure([room]);
  assert.notDeepEqual(keys.seal(room, "x", "tea"), keys.seal(room, "x", "tea"));
  keys.close();
});

test("nothing is sealed under a key that is not durable", async (context) => {
  const place = makePlace(context);
  const keys = await place.open();
  assert.throws(() => keys.seal(room, "x", "tea"), KeyMissing);
  const made = keys.ensure([room]);
  assert.throws(() => keys.seal(room, "x", "tea"), KeyMissing);
  await made;
  const copied = place.copy("crashed");
  const sealed = keys.seal(room, "x", "tea");
  const other = await place.open({ dataDir: copied });
  assert.equal(text(other.open(room, "x", sealed)), "tea");
  other.close();
  keys.close();
});

test("ensure does not wait for keys that are there, and many waiting share one key", async (context) => {
  const keys = await makePlace(context).open();
  await Promise.all([keys.ensure([room]), keys.ensure([room, ada]), keys.ensure([ada])]);
  assert.equal(keys.ensure([room, ada]), undefined);
  const sealed = keys.seal(ada, "x", "tea");
  assert.equal(text(keys.open(ada, "x", sealed)), "tea");
  keys.close();
});

test("ids that run together do not make the same key", async (context) => {
  const keys = await makePlace(context).open();
  const [one, other] = [memberScope("!a", "b@c"), memberScope("!ab", "@c")];
  await keys.ensure([one, other]);
  assert.throws(() => keys.open(other, "x", keys.seal(one, "x", "tea")), SealBroken);
  keys.close();
});

test("no key lies in the data folder in clear", async (context) => {
  const place = makePlace(context);
  const drawn: Uint8Array[] = [];
  const source = createSeededRandom("drawn");
  const spy = {
    bytes(length: number) {
      const bytes = source.bytes(length);
      if (length === 32) drawn.push(Uint8Array.from(bytes)); // a copy: the module clears what it has used
      return bytes;
    },
  };
  const keys = await place.open({ random: spy });
  await keys.ensure([room, ada, personScope("@ada:example.org")]);
  sealFor(keys, { kind: "person", id: "@ada:example.org" }, LATER);
  assert.equal(drawn.length, 8, "store, signing, log, file, three data keys and one of the audit were drawn");
  const secrets = [...drawn, keys.storePageKey(), keys.derive("access-token").export()];
  for (const when of ["open", "closed"]) {
    const bytes = place.bytes();
    for (const secret of secrets) {
      assert.equal(bytes.indexOf(Buffer.from(secret)), -1, when);
      assert.equal(bytes.indexOf(Buffer.from(secret).toString("base64")), -1, when);
    }
    assert.equal(bytes.indexOf("@ada"), -1, "who has keys is not readable either");
    if (when === "open") keys.close();
  }
});

test("page key, derived secrets and signing key are the same after a restart and differ by purpose", async (context) => {
  const place = makePlace(context);
  const first = await place.open();
  const before = [first.storePageKey(), first.derive("a").export(), first.signing.privateKey.export({ format: "der", type: "pkcs8" })];
  assert.notDeepEqual(first.derive("a").export(), first.derive("b").export());
  assert.match(first.signing.keyId, /^ed25519:[A-Za-z0-9_]+$/);
  const { keyId } = first.signing;
  first.close();
  const again = await place.open();
  assert.deepEqual(
    [again.storePageKey(), again.derive("a").export(), again.signing.privateKey.export({ format: "der", type: "pkcs8" })],
    before,
  );
  assert.equal(again.signing.keyId, keyId);
  again.close();
});

test("the files of keys are for their owner only", async (context) => {
  const place = makePlace(context);
  (await place.open()).close();
  for (const path of [place.keyFile, join(place.dataDir, "keyring.json"), keyFileIn(place.dataDir)]) {
    assert.equal(statSync(path).mode & 0o777, 0o600, path);
  }
});

test("a missing keyring is not replaced over an existing store", async (context) => {
  const place = makePlace(context);
  (await place.open()).close();
  rmSync(join(place.dataDir, "keyring.json"));
  await assert.rejects(place.open(), { name: "KeyringError", message: /Put keyring\.json back/ });
  rmSync(keyFileIn(place.dataDir));
  writeFileSync(join(place.dataDir, "wardroom.db"), "");
  await assert.rejects(place.open(), { name: "KeyringError" });
});

test("a missing file of keys is not replaced by an empty one", async (context) => {
  const place = makePlace(context);
  (await place.open()).close();
  rmSync(keyFileIn(place.dataDir));
  await assert.rejects(place.open(), { name: "KeyringError", message: /is missing/ });
});

test("an emptied file of keys is refused with the mend and left as it is, not taken for a new one", async (context) => {
  const place = makePlace(context);
  (await place.open()).close();
  const file = keyFileIn(place.dataDir);
  truncateSync(file);
  await assert.rejects(place.open(), { name: "KeyringError", message: /is missing or empty.*Restore it from a backup/ });
  assert.equal(statSync(file).size, 0);
});

test("a keyring of another server is refused", async (context) => {
  const place = makePlace(context);
  (await place.open()).close();
  await assert.rejects(place.open({ serverName: "other.example" }), { name: "KeyringError", message: /belongs to "example\.org"/ });
});

test("an altered keyring is refused, also one that points out of the folder", async (context) => {
  const place = makePlace(context);
  (await place.open()).close();
  const path = join(place.dataDir, "keyring.json");
  const good = readFileSync(path, "utf8");
  const name = /keys-[A-Z]+\.db/.exec(good)?.[0] ?? "";
  for (const bad of ["", "[]", good.slice(0, 90), good.replace(name, "../keys-A.db"), good.replace(/("wrapped": "A.{40})./, "$1_")]) {
    writeFileSync(path, bad);
    await assert.rejects(place.open(), { name: "KeyringError" }, bad);
  }
  writeFileSync(path, good);
  (await place.open()).close();
});
