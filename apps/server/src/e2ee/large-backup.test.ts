import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { JsonObject } from "@wardroom/matrix-core";
import { createKeyBackup } from "./create-key-backup.ts";
import { device, openStore } from "./e2ee-store.test-support.ts";

const alice = device("@alice:example.org");
const algorithm = "m.megolm_backup.v1.curve25519-aes-sha2";
const limits = { backups: 20, sessions: 10_000, bytes: 1e8, answerBytes: 1e8 };
const key: JsonObject = { first_message_index: 1, forwarded_count: 1, is_verified: true, session_data: { ciphertext: "c" } };
const rooms = (room: string, count: number, value = key): JsonObject => ({
  [room]: { sessions: Object.fromEntries(Array.from({ length: count }, (_, index) => [`s${index}`, value])) },
});

async function open(context: TestContext, changed: Partial<typeof limits> = {}) {
  const store = await openStore(context);
  const backup = createKeyBackup({ ...store, limits: { ...limits, ...changed } });
  const version = await backup.createBackup(alice, { algorithm, authData: {} });
  return { ...store, backup, version };
}

interface Tables {
  readonly key_backup_sessions: { readonly user_id: string };
}
const rowsOf = async ({ storage }: Awaited<ReturnType<typeof open>>) => {
  const read = storage.statements.read<Tables, { userId: string }, { readonly user_id: string }>((db, p) =>
    db.selectFrom("key_backup_sessions").select("user_id").where("user_id", "=", p.userId),
  );
  return (await read.all(alice)).length;
};

test("a large backup is read whole, page by page, and deleted in bounded commits with a right count", async (context) => {
  const house = await open(context);
  const { backup, version, batches } = house;
  for (const room of ["!a:x", "!b:x", "!c:x"]) await backup.putRoomKeys(alice, version, rooms(room, 800));
  const whole: unknown = JSON.parse((await backup.getRoomKeys(alice, version, {})).text);
  assert.deepEqual(whole, { rooms: { ...rooms("!a:x", 800), ...rooms("!b:x", 800), ...rooms("!c:x", 800) } });
  assert.deepEqual(JSON.parse((await backup.getRoomKeys(alice, version, { roomId: "!b:x" })).text), rooms("!b:x", 800)["!b:x"]);
  batches.length = 0;
  assert.equal((await backup.deleteRoomKeys(alice, version, { roomId: "!b:x" })).count, 1600);
  assert.equal((await backup.deleteRoomKeys(alice, version, {})).count, 0);
  assert.equal(batches.length, 3, "800; then 1000 and 600");
  assert.equal(await rowsOf(house), 0);
});

test("a deleted backup is gone at once; keys that a crash left go with the next change", async (context) => {
  const house = await open(context);
  const { backup, version, storage } = house;
  for (const room of ["!a:x", "!b:x"]) await backup.putRoomKeys(alice, version, rooms(room, 800));
  let commits = 2;
  const crashing = createKeyBackup({
    ...house,
    limits,
    storage: { ...storage, commit: (...batch) => ((commits -= 1) < 0 ? Promise.reject(new Error("crash")) : storage.commit(...batch)) },
  });
  await assert.rejects(crashing.deleteBackup(alice, version), /crash/);
  await assert.rejects(backup.getBackup(alice, version), { code: "M_NOT_FOUND" });
  await assert.rejects(backup.getRoomKeys(alice, version, {}), { code: "M_NOT_FOUND" });
  assert.equal(await rowsOf(house), 600);
  await backup.deleteBackup(alice, version);
  assert.equal(await rowsOf(house), 0);
});

test("a person has so many keys and bytes, and a better key in the place of another is still taken", async (context) => {
  const { backup, version } = await open(context, { sessions: 5 });
  await backup.putRoomKeys(alice, version, rooms("!a:x", 5));
  await assert.rejects(backup.putRoomKeys(alice, version, rooms("!b:x", 1)), { code: "M_TOO_LARGE" });
  const better = { ...key, first_message_index: 0 };
  assert.deepEqual(await backup.putRoomKeys(alice, version, rooms("!a:x", 5, better)), { count: 5, etag: "2" });
  const small = await open(context, { bytes: 1000 });
  await assert.rejects(small.backup.putRoomKeys(alice, small.version, rooms("!a:x", 50)), { code: "M_TOO_LARGE" });
});

test("what is more than an answer may hold is refused, and one room of it is not", async (context) => {
  const { backup, version } = await open(context, { answerBytes: 50_000 });
  for (const room of ["!a:x", "!b:x"]) await backup.putRoomKeys(alice, version, rooms(room, 300));
  await assert.rejects(backup.getRoomKeys(alice, version, {}), { code: "M_TOO_LARGE" });
  assert.deepEqual(JSON.parse((await backup.getRoomKeys(alice, version, { roomId: "!a:x" })).text), rooms("!a:x", 300)["!a:x"]);
});

test("two writers that do not know of each other lose no key", async (context) => {
  const house = await open(context);
  const second = createKeyBackup({ ...house, limits });
  const both = [house.backup, second];
  await Promise.all(
    Array.from({ length: 4 }, (_, round) =>
      both.map((one, index) => one.putRoomKeys(alice, house.version, rooms(`!${round}-${index}:x`, 3))),
    ).flat(),
  ).catch(() => undefined);
  const { count } = JSON.parse((await house.backup.getBackup(alice)).text);
  assert.equal(count, await rowsOf(house));
  assert.ok(count >= 12);
});

test("an erased person has no backup", async (context) => {
  const { backup, version, keys } = await open(context);
  await backup.putRoomKeys(alice, version, rooms("!a:x", 2));
  await keys.destroyPerson(alice.userId);
  await assert.rejects(backup.getBackup(alice), { code: "M_NOT_FOUND" });
  await assert.rejects(backup.putRoomKeys(alice, version, rooms("!b:x", 1)), { code: "M_USER_DEACTIVATED" });
  assert.deepEqual(JSON.parse((await backup.getRoomKeys(alice, version, {})).text), { rooms: {} });
});
