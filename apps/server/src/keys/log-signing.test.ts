import assert from "node:assert/strict";
import { createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openDatabase } from "#storage";
import { personScope } from "./contract.ts";
import { fileKeyProvider } from "./key-file.ts";
import { keyFileIn, LATER, makePlace, openAudit, type Place, sealFor, text } from "./keys.test-support.ts";
import { openFileKey, openStoreKey, readKeyring } from "./keyring.ts";

const ada = personScope("@ada:example.org");
const publicOf = (key: KeyObject) => createPublicKey(key).export({ format: "jwk" })["x"];
const ringOf = ({ dataDir }: Pick<Place, "dataDir">) => join(dataDir, "keyring.json");
const read = (place: Place): Record<string, unknown> => JSON.parse(readFileSync(ringOf(place), "utf8"));

/** Makes the folder what a Wardroom without an audit log left: format 1, no key of the log, no index of the destroyed. */
async function makeOld(place: Place): Promise<void> {
  const { dataDir, keyFile } = place;
  const { keyFile: named, ...keyring } = readKeyring(dataDir, "example.org");
  const storeKey = await openStoreKey(keyring, fileKeyProvider(keyFile));
  // "WDRK", the mark of a file of keys
  const db = openDatabase({ path: keyFileIn(dataDir), key: openFileKey(storeKey, named), cipher: "aegis", applicationId: 0x57_44_52_4b });
  db.exec("DROP INDEX data_key_destroyed");
  db.close();
  const { logSigning: _, ...old } = read(place);
  writeFileSync(ringOf(place), JSON.stringify({ ...old, format: 1 }));
}

test("the log's key signs, is not the server's, and is the same after a restart and after an erasure", async (context) => {
  const place = makePlace(context);
  const keys = await place.open();
  const mine = publicOf(keys.logSigning.privateKey);
  const message = Buffer.from("checkpoint");
  assert.equal(verify(null, message, createPublicKey(keys.logSigning.privateKey), sign(null, message, keys.logSigning.privateKey)), true);
  assert.notEqual(mine, publicOf(keys.signing.privateKey));
  await keys.ensure([ada]);
  await keys.destroyPerson("@ada:example.org");
  keys.close();
  const again = await place.open();
  assert.equal(publicOf(again.logSigning.privateKey), mine);
  again.close();
});

test("a folder of before the audit log gets a key for it, once, and keeps everything else", async (context) => {
  const place = makePlace(context);
  const first = await place.open();
  await first.ensure([ada]);
  const sealed = first.seal(ada, "x", "tea");
  const { keyId } = first.signing;
  first.close();
  await makeOld(place);
  const before = read(place);
  const keys = await place.open();
  assert.equal(text(keys.open(ada, "x", sealed)), "tea");
  assert.equal(keys.signing.keyId, keyId);
  const mine = publicOf(keys.logSigning.privateKey);
  const { logSigning, ...after } = read(place);
  assert.deepEqual(after, { ...before, format: 2 });
  const segment = sealFor(keys, { kind: "person", id: "@ada:example.org" }, LATER);
  await keys.destroyPerson("@ada:example.org");
  assert.deepEqual(read(place)["logSigning"], logSigning, "the next keyring keeps it");
  keys.close();
  const again = await place.open();
  assert.equal(publicOf(again.logSigning.privateKey), mine);
  assert.equal(again.open(ada, "x", sealed), undefined);
  assert.equal(openAudit(again, segment), "about @ada:example.org for person");
  assert.equal(await again.audit.destroyErased(LATER * 2), 1);
  again.close();
});

test("a start that cannot write the new keyring, or was cut off before it counted, leaves the old one as it was", async (context) => {
  const place = makePlace(context);
  (await place.open()).close();
  await makeOld(place);
  const before = readFileSync(ringOf(place), "utf8");
  const draft = `${ringOf(place)}.new`;
  mkdirSync(draft);
  await assert.rejects(place.open());
  assert.equal(readFileSync(ringOf(place), "utf8"), before);
  rmdirSync(draft);
  writeFileSync(draft, before.slice(0, 50));
  const keys = await place.open();
  const mine = publicOf(keys.logSigning.privateKey);
  keys.close();
  const again = await place.open();
  assert.equal(publicOf(again.logSigning.privateKey), mine);
  again.close();
});

test("an erasure that was cut off before the update is ended by it: the keyring goes on naming the file that counts", async (context) => {
  const place = makePlace(context);
  let crashed = "";
  const keys = await place.open({
    afterStep(step) {
      if (step !== "keyring written") return;
      const { logSigning: _, ...old } = read(place);
      writeFileSync(ringOf(place), JSON.stringify({ ...old, format: 1 }));
      crashed = place.copy("crashed");
      throw new Error("crash");
    },
  });
  await keys.ensure([ada]);
  const sealed = keys.seal(ada, "x", "tea");
  await assert.rejects(keys.destroyPerson("@ada:example.org"), /crash/);
  keys.close();
  const survivor = await place.open({ dataDir: crashed });
  assert.equal(survivor.open(ada, "x", sealed), undefined);
  survivor.close();
  keyFileIn(crashed);
});

test("another key file makes nothing new of an old keyring", async (context) => {
  const [place, other] = [makePlace(context), makePlace(context)];
  (await place.open()).close();
  await makeOld(place);
  const before = readFileSync(ringOf(place), "utf8");
  await assert.rejects(place.open({ kek: fileKeyProvider(other.keyFile) }), { name: "KeyFileError" });
  assert.equal(readFileSync(ringOf(place), "utf8"), before);
});

test("a keyring without the log's key, with a damaged one or with another's in its place is refused, not mended", async (context) => {
  const place = makePlace(context);
  (await place.open()).close();
  const good = read(place);
  const { logSigning: _, ...without } = good;
  for (const bad of [
    without,
    { ...good, logSigning: null },
    { ...good, logSigning: { wrapped: 7 } },
    { ...good, logSigning: { wrapped: "AAAA" } },
    { ...good, logSigning: good["signing"] },
    { ...good, signing: { ...Object(good["signing"]), ...Object(good["logSigning"]) } },
  ]) {
    const written = JSON.stringify(bad);
    writeFileSync(ringOf(place), written);
    await assert.rejects(place.open(), { name: "KeyringError" }, written);
    assert.equal(readFileSync(ringOf(place), "utf8"), written);
  }
});

test("a newer program's keyring is refused with the mend: rewriting it would drop what this one does not know", async (context) => {
  const place = makePlace(context);
  (await place.open()).close();
  writeFileSync(ringOf(place), JSON.stringify({ ...read(place), format: 3 }));
  await assert.rejects(place.open(), { name: "KeyringError", message: /newer Wardroom\. Update/ });
});
