import assert from "node:assert/strict";
import { createSecretKey } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { test } from "node:test";
import Database from "better-sqlite3-multiple-ciphers";
import { openDatabase } from "./open-database.ts";
import { openStoreFile } from "./open-store-file.ts";
import { CIPHERS, makeStorePlace, NOTES, notesOf, PAGE_KEY } from "./storage.test-support.ts";

const MARKER = "the-words-of-a-person";

for (const cipher of CIPHERS) {
  test(`neither file nor log hold anything in clear (${cipher})`, async (context) => {
    const place = makeStorePlace(context);
    const store = await place.open({ cipher });
    const notes = notesOf(store);
    await Promise.all(Array.from({ length: 50 }, (_, index) => store.commit(notes.add(`${MARKER}${index}`, MARKER.repeat(20)))));
    for (const when of ["open", "closed"]) {
      const bytes = place.bytes();
      assert.ok(bytes.length > 50 * MARKER.length * 20, "the rows are there");
      for (const clear of [MARKER, "CREATE TABLE", "SQLite format 3", Buffer.from(PAGE_KEY)]) assert.equal(bytes.indexOf(clear), -1, when);
      if (when === "open") await store.close();
    }
  });

  test(`a flipped bit is detected and never served (${cipher})`, async (context) => {
    const place = makeStorePlace(context);
    const store = await place.open({ cipher });
    const notes = notesOf(store);
    await Promise.all(Array.from({ length: 50 }, (_, index) => store.commit(notes.add(`n${index}`, MARKER.repeat(40)))));
    await store.close();
    const good = readFileSync(place.path);
    const pages = good.length / 4096;
    for (let page = 0; page < pages; page += 1) {
      const bad = Buffer.from(good);
      bad[page * 4096 + 2000] = (bad[page * 4096 + 2000] ?? 0) ^ 1;
      writeFileSync(place.path, bad);
      const db = () => openDatabase({ path: place.path, key: PAGE_KEY, cipher, applicationId: 0x57_44_52_4d });
      assert.throws(() => db().pragma("integrity_check"), /malformed|does not open/, `page ${page}`);
    }
  });

  test(`a wrong key is refused with the mend, without a stack for the operator (${cipher})`, async (context) => {
    const place = makeStorePlace(context);
    await (await place.open({ cipher })).close();
    const before = readFileSync(place.path);
    await assert.rejects(place.open({ cipher, pageKey: new Uint8Array(32).fill(6) }), {
      name: "StoreUnreadable",
      message: /Put the right key back/,
    });
    assert.deepEqual(readFileSync(place.path), before, "the file is left as it was");
    await (await place.open({ cipher })).close();
  });
}

test("a changed store_cipher is named among the causes of a file that does not open", async (context) => {
  const place = makeStorePlace(context);
  await (await place.open({ cipher: "aegis" })).close();
  await assert.rejects(place.open({ cipher: "sqlcipher" }), { name: "StoreUnreadable", message: /set store_cipher back/ });
});

test("the store of an existing house that is missing, emptied or blank is refused with the mend and not made anew", async (context) => {
  const place = makeStorePlace(context);
  const refused = { name: "StoreUnreadable", message: new RegExp(`^${place.path} is missing or empty.*Restore it from a backup`) };
  await assert.rejects(place.open({ mustExist: true }), refused);
  assert.equal(existsSync(place.path), false);
  await (await place.open()).close();
  await (await place.open({ mustExist: true })).close();
  truncateSync(place.path);
  await assert.rejects(place.open({ mustExist: true }), refused);
  assert.equal(statSync(place.path).size, 0);
  const other = makeStorePlace(context);
  const blank = openDatabase({ path: other.path, key: PAGE_KEY, cipher: "aegis", applicationId: 0 });
  blank.exec("CREATE TABLE t (a)");
  blank.close();
  await assert.rejects(other.open({ mustExist: true }), { name: "StoreUnreadable", message: /Restore it from a backup/ });
});

test("the copy of the page key that opens the file is cleared, also when the file does not open", async (context) => {
  const place = makeStorePlace(context);
  await (await place.open()).close();
  for (const fill of [5, 6]) {
    const key = createSecretKey(new Uint8Array(32).fill(fill));
    const exported = context.mock.method(key, "export");
    const open = () => openStoreFile({ path: place.path, key, cipher: "aegis" }, { readonly: true }).close();
    if (fill === 6) assert.throws(open, { name: "StoreUnreadable" });
    else open();
    assert.deepEqual(
      exported.mock.calls.map(({ result }) => result),
      [Buffer.alloc(32)],
    );
  }
});

test("a closed store is one file: the log is in it and gone", async (context) => {
  const place = makeStorePlace(context);
  const store = await place.open();
  const notes = notesOf(store);
  await store.commit(notes.add("a"));
  await notes.listLong();
  await store.close();
  assert.deepEqual(readdirSync(dirname(place.path)), [basename(place.path)]);
});

test("a file of another program, encrypted or not, is not taken over", async (context) => {
  const place = makeStorePlace(context);
  const plain = new Database(place.path);
  plain.exec("CREATE TABLE t (a)");
  plain.close();
  await assert.rejects(place.open(), { name: "StoreUnreadable" });
  const other = makeStorePlace(context);
  const foreign = openDatabase({ path: other.path, key: PAGE_KEY, cipher: "aegis", applicationId: 77 });
  foreign.exec("CREATE TABLE t (a)");
  foreign.close();
  await assert.rejects(other.open(), { name: "StoreUnreadable", message: /not the file that is expected/ });
});

test("a key of another length is refused before anything is written", async (context) => {
  const place = makeStorePlace(context);
  await assert.rejects(place.open({ pageKey: new Uint8Array(16) }), RangeError);
  assert.equal(place.bytes().length, 0);
});

test("the store is for its owner only", async (context) => {
  const place = makeStorePlace(context);
  const store = await place.open();
  await store.commit(notesOf(store).add("a"));
  for (const suffix of ["", "-wal", "-shm"]) assert.equal(statSync(place.path + suffix).mode & 0o777, 0o600, suffix);
  await store.close();
});

test("an older file is brought forward by the missing migrations in order of id, and keeps its rows", async (context) => {
  const place = makeStorePlace(context);
  const old = await place.open();
  await old.commit(notesOf(old).add("a", "tea"));
  await old.close();
  const later = [
    { id: "notes-0003", sql: ["UPDATE tag SET name = 'second'"] },
    NOTES,
    { id: "notes-0002", sql: ["CREATE TABLE tag (name TEXT NOT NULL)", "INSERT INTO tag (name) VALUES ('first')"] },
  ];
  for (const _ of ["migrates", "finds nothing to do"]) {
    const store = await place.open({ migrations: later });
    const tags = store.statements.read<{ tag: { name: string } }, object, { name: string }>((db) => db.selectFrom("tag").selectAll());
    assert.deepEqual(await tags.all({}), [{ name: "second" }]);
    assert.equal((await notesOf(store).list()).length, 1);
    assert.equal(store.generation, old.generation);
    await store.close();
  }
});

test("a migration that fails leaves nothing of itself and the file usable by the old program", async (context) => {
  const place = makeStorePlace(context);
  await (await place.open()).close();
  const broken = { id: "notes-0002", sql: ["CREATE TABLE half (a TEXT)", "INSERT INTO nowhere VALUES (1)"] };
  await assert.rejects(place.open({ migrations: [NOTES, broken] }), /no such table: nowhere/);
  const store = await place.open();
  assert.throws(() => store.statements.read<{ half: object }, object, object>((db) => db.selectFrom("half").selectAll()), /no such table/);
  await store.close();
});

test("a file with a newer schema refuses to start and says what to do", async (context) => {
  const place = makeStorePlace(context);
  await (await place.open({ migrations: [NOTES, { id: "notes-0002", sql: ["CREATE TABLE tag (name TEXT)"] }] })).close();
  await assert.rejects(place.open(), { name: "StoreTooNew", message: /does not know notes-0002\. Update Wardroom/ });
});

test("two migrations with one id are a mistake that shows at start", async (context) => {
  await assert.rejects(makeStorePlace(context).open({ migrations: [NOTES, NOTES] }), /same id/);
});
