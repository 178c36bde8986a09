// The backup of room keys: versions, which key stays, and what counts as a change.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Answer, at, type Json, type JsonRecord, ok, recordAt, refused, route, type Session, textAt } from "@wardroom/testkit";
import { composeHouse, tablesWith } from "./composed-house.test-support.ts";
import { useServer } from "./running-server.test-support.ts";

const server = useServer();
const algorithm = "m.megolm_backup.v1.curve25519-aes-sha2";
const backup = (key = "public"): JsonRecord => ({ algorithm, auth_data: { public_key: key, signatures: {} } });
const room = "!room:localhost";
const other = "!opaque-room-of-version-12";

const create = async (who: Session, key?: string) => textAt(ok(await who.post("/room_keys/version", backup(key))), "version");
const remove = (who: Session, version: string) => who.request("DELETE", route`/room_keys/version/${version}`);
const info = async (who: Session, version?: string) =>
  recordAt(ok(await who.get(version === undefined ? "/room_keys/version" : route`/room_keys/version/${version}`)));

interface Quality {
  readonly index?: number;
  readonly forwarded?: number;
  readonly verified?: boolean;
  readonly data?: JsonRecord;
}
const key = ({ index = 5, forwarded = 5, verified = false, data = { ciphertext: "c" } }: Quality = {}): JsonRecord => ({
  first_message_index: index,
  forwarded_count: forwarded,
  is_verified: verified,
  session_data: data,
});
const keys = (method: string, who: Session, version: string, scope = "", body?: Json): Promise<Answer> =>
  who.request(method, `/room_keys/keys${scope}`, { query: { version }, ...(body === undefined ? {} : { body }) });
const put = (who: Session, version: string, rooms: Json) => keys("PUT", who, version, "", { rooms });
const putOne = (who: Session, version: string, session: string, body: Json, where = room) =>
  keys("PUT", who, version, route`/${where}/${session}`, body);
const getAll = async (who: Session, version: string) => ok(await keys("GET", who, version));
const state = (answer: Answer): readonly [Json | undefined, string] => [at(ok(answer), "count"), textAt(ok(answer), "etag")];

test("a new person has no backup; the newest one is the current one, and numbers only grow, deleted ones included", async () => {
  const alice = await server.stranger();
  refused(await alice.get("/room_keys/version"), 404, "M_NOT_FOUND");
  const first = await create(alice, "first");
  const second = await create(alice, "second");
  assert.ok(Number(second) > Number(first));
  assert.deepEqual(await info(alice), { ...backup("second"), count: 0, etag: textAt(await info(alice), "etag"), version: second });
  assert.equal(at(await info(alice, first), "auth_data", "public_key"), "first");
  ok(await remove(alice, second));
  assert.equal(at(await info(alice), "version"), first);
  ok(await remove(alice, first));
  refused(await alice.get("/room_keys/version"), 404, "M_NOT_FOUND");
  assert.ok(Number(await create(alice)) > Number(second));
});

test("a deleted version answers 404 to everything but being deleted again; one that never was, to that too", async () => {
  const alice = await server.stranger();
  const version = await create(alice);
  ok(await putOne(alice, version, "s", key()));
  ok(await remove(alice, version));
  ok(await remove(alice, version));
  for (const answer of [
    await alice.get(route`/room_keys/version/${version}`),
    await alice.put(route`/room_keys/version/${version}`, backup()),
    await keys("GET", alice, version),
    await keys("GET", alice, version, route`/${room}`),
    await keys("GET", alice, version, route`/${room}/${"s"}`),
    await keys("DELETE", alice, version),
    await put(alice, version, {}),
    await remove(alice, String(Number(version) + 1)),
  ])
    refused(answer, 404, "M_NOT_FOUND");
  for (const strange of ["0", "01", "-1", "1e3", "constructor", "__proto__", "9".repeat(200)]) {
    refused(await alice.get(route`/room_keys/version/${strange}`), 404, "M_NOT_FOUND");
    refused(await remove(alice, strange), 404, "M_NOT_FOUND");
  }
});

test("only the auth data of a backup changes; another algorithm or version is refused", async () => {
  const alice = await server.stranger();
  const version = await create(alice);
  const update = (body: JsonRecord) => alice.put(route`/room_keys/version/${version}`, body);
  ok(await update({ ...backup("new"), version }));
  assert.equal(at(await info(alice), "auth_data", "public_key"), "new");
  ok(await update(backup("newer")));
  refused(await update({ ...backup("x"), version: String(Number(version) + 1) }), 400, "M_INVALID_PARAM");
  refused(await update({ ...backup("x"), algorithm: "m.other" }), 400, "M_INVALID_PARAM");
  assert.equal(at(await info(alice), "auth_data", "public_key"), "newer");
  refused(await alice.post("/room_keys/version", { algorithm, auth_data: "text" }), 400, "M_BAD_JSON");
  refused(await alice.post("/room_keys/version", { ...backup(), auth_data: { public_key: "x".repeat(70_000) } }), 413, "M_TOO_LARGE");
});

test("keys are put and read one by one, by room and all at once, as they were sent", async () => {
  const alice = await server.stranger();
  const version = await create(alice);
  const data = { ephemeral: "e", ciphertext: "密文", mac: "m", more: { constructor: 1.5 } };
  ok(await putOne(alice, version, "one/with slash+", key({ data })));
  ok(await keys("PUT", alice, version, route`/${room}`, { sessions: { two: key({ index: 0 }) } }));
  const [count] = state(await put(alice, version, { [room]: { sessions: { three: key() } }, [other]: { sessions: { one: key() } } }));
  assert.equal(count, 4);
  const inRoom = { sessions: { "one/with slash+": key({ data }), two: key({ index: 0 }), three: key() } };
  assert.deepEqual(await getAll(alice, version), { rooms: { [room]: inRoom, [other]: { sessions: { one: key() } } } });
  assert.deepEqual(ok(await keys("GET", alice, version, route`/${room}`)), inRoom);
  assert.deepEqual(ok(await keys("GET", alice, version, route`/${room}/${"one/with slash+"}`)), key({ data }));
});

test("an empty backup and an empty room are empty answers, and only a single key is missing", async () => {
  const alice = await server.stranger();
  const version = await create(alice);
  assert.deepEqual(await getAll(alice, version), { rooms: {} });
  assert.deepEqual(ok(await keys("GET", alice, version, route`/${room}`)), { sessions: {} });
  refused(await keys("GET", alice, version, route`/${room}/${"s"}`), 404, "M_NOT_FOUND");
  refused(await alice.get("/room_keys/keys"), 400, "M_MISSING_PARAM");
});

test("keys go into the newest backup only; the refusal names it, and nothing is stored", async () => {
  const alice = await server.stranger();
  refused(await put(alice, "1", {}), 404, "M_NOT_FOUND");
  const old = await create(alice);
  const current = await create(alice);
  for (const version of [old, "99", "nonsense"]) {
    const answer = await putOne(alice, version, "s", key());
    refused(answer, 403, "M_WRONG_ROOM_KEYS_VERSION");
    assert.equal(at(answer.json, "current_version"), current);
  }
  assert.deepEqual(await getAll(alice, old), { rooms: {} });
  ok(await remove(alice, current));
  assert.equal(state(await putOne(alice, old, "s", key()))[0], 1, "the older one is the newest again");
});

test("the better key stays: verified, then the lower index, then the lower forwarded count", async () => {
  const alice = await server.stranger();
  const version = await create(alice);
  const stored = async () => ok(await keys("GET", alice, version, route`/${room}/${"s"}`));
  const base = { index: 5, forwarded: 5, verified: false };
  ok(await putOne(alice, version, "s", key(base)));
  for (const worse of [base, { ...base, index: 6, forwarded: 0 }, { ...base, forwarded: 6 }]) {
    ok(await putOne(alice, version, "s", key({ ...worse, data: { ciphertext: "worse" } })));
    assert.deepEqual(await stored(), key(base));
  }
  for (const better of [
    { ...base, forwarded: 4 },
    { ...base, index: 4, forwarded: 9 },
    { index: 9, forwarded: 9, verified: true },
  ]) {
    ok(await putOne(alice, version, "s", key(better)));
    assert.deepEqual(await stored(), key(better));
  }
  ok(await putOne(alice, version, "s", key({ index: 0, forwarded: 0, verified: false })));
  assert.deepEqual(await stored(), key({ index: 9, forwarded: 9, verified: true }));
});

test("count and etag change when something is stored or deleted, and only then", async () => {
  const alice = await server.stranger();
  const version = await create(alice);
  const steps: (readonly [Json | undefined, string])[] = [];
  const step = async (answer: Promise<Answer>) => void steps.push(state(await answer));
  await step(put(alice, version, {}));
  await step(putOne(alice, version, "s", key()));
  await step(putOne(alice, version, "s", key()));
  await step(putOne(alice, version, "s", key({ index: 9 })));
  await step(putOne(alice, version, "s", key({ index: 1 })));
  await step(keys("DELETE", alice, version, route`/${room}/${"unknown"}`));
  await step(keys("DELETE", alice, version, route`/${other}`));
  await step(keys("DELETE", alice, version));
  await step(keys("DELETE", alice, version));
  assert.deepEqual(
    steps.map(([count]) => count),
    [0, 1, 1, 1, 1, 1, 1, 0, 0],
  );
  const changes = steps.map(([, etag], index) => index > 0 && etag !== steps[index - 1]?.[1]);
  assert.deepEqual(changes, [false, true, false, false, true, false, false, true, false]);
  assert.equal(at(await info(alice), "etag"), steps.at(-1)?.[1]);
});

test("keys are deleted one by one, by room and all at once, and nothing else goes", async () => {
  const alice = await server.stranger();
  const version = await create(alice);
  const sessions = { a: key(), b: key(), c: key() };
  ok(await put(alice, version, { "!0:localhost": { sessions }, [room]: { sessions }, [other]: { sessions } }));
  assert.equal(state(await keys("DELETE", alice, version, route`/${room}/${"b"}`))[0], 8);
  assert.deepEqual(Object.keys(recordAt(await getAll(alice, version), "rooms", room, "sessions")), ["a", "c"]);
  assert.equal(state(await keys("DELETE", alice, version, route`/${room}`))[0], 6);
  assert.deepEqual(Object.keys(recordAt(await getAll(alice, version), "rooms")).toSorted(), ["!0:localhost", other].toSorted());
  assert.equal(state(await keys("DELETE", alice, version))[0], 0);
  assert.deepEqual(await getAll(alice, version), { rooms: {} });
});

test("keys put at the same time are all there, and the best of one session wins", async () => {
  const alice = await server.stranger();
  const version = await create(alice);
  const puts = Array.from({ length: 12 }, (_, index) => [
    putOne(alice, version, `own ${index}`, key()),
    putOne(alice, version, "shared", key({ index: 20 - index })),
  ]).flat();
  const etags = (await Promise.all(puts)).map((answer) => Number(state(answer)[1]));
  assert.equal(at(await info(alice), "count"), 13);
  assert.equal(at(await info(alice), "etag"), String(Math.max(...etags)));
  assert.equal(at(ok(await keys("GET", alice, version, route`/${room}/${"shared"}`)), "first_message_index"), 9);
  const versions = await Promise.all(Array.from({ length: 5 }, () => create(alice)));
  assert.equal(new Set(versions).size, 5);
});

test("two hundred keys of a kilobyte go at once, and more than a thousand keys, or a fat one, do not", async () => {
  const alice = await server.stranger();
  const version = await create(alice);
  const many = (count: number, data: JsonRecord) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`session ${index}`, key({ data })]));
  assert.equal(state(await put(alice, version, { [room]: { sessions: many(200, { ciphertext: "x".repeat(1100) }) } }))[0], 200);
  assert.equal(Object.keys(recordAt(await getAll(alice, version), "rooms", room, "sessions")).length, 200);
  refused(await put(alice, version, { [room]: { sessions: many(1001, {}) } }), 413, "M_TOO_LARGE");
  refused(await putOne(alice, version, "fat", key({ data: { ciphertext: "x".repeat(9000) } })), 413, "M_TOO_LARGE");
  assert.equal(at(await info(alice), "count"), 200);
});

test("one wrong key refuses the whole request", async () => {
  const alice = await server.stranger();
  const version = await create(alice);
  const wrong: readonly JsonRecord[] = [
    { ...key(), first_message_index: -1 },
    { ...key(), first_message_index: 1.5 },
    { ...key(), forwarded_count: "1" },
    { ...key(), is_verified: 1 },
    { ...key(), session_data: "text" },
    {},
  ];
  for (const each of wrong) {
    refused(await put(alice, version, { [room]: { sessions: { good: key(), wrong: each } } }), 400, "M_BAD_JSON");
    refused(await putOne(alice, version, "wrong", each), 400, "M_BAD_JSON");
  }
  for (const rooms of [{ [room]: {} }, { [room]: { sessions: [] } }, { [room]: 7 }])
    refused(await put(alice, version, rooms), 400, "M_BAD_JSON");
  refused(await put(alice, version, { "no room": { sessions: {} } }), 400, "M_INVALID_PARAM");
  refused(await put(alice, version, { [room]: { sessions: { "": key() } } }), 400, "M_INVALID_PARAM");
  assert.deepEqual(await getAll(alice, version), { rooms: {} });
});

test("sessions may be called as JavaScript's own properties are", async () => {
  const alice = await server.stranger();
  const version = await create(alice);
  for (const name of ["__proto__", "constructor", "toString"]) {
    ok(await putOne(alice, version, name, key()));
    assert.deepEqual(ok(await keys("GET", alice, version, route`/${room}/${name}`)), key());
  }
  const rawBody = `{"rooms":{"${other}":{"sessions":{"__proto__":${JSON.stringify(key())}}}}}`;
  ok(await alice.request("PUT", "/room_keys/keys", { query: { version }, rawBody }));
  assert.equal(at(await info(alice), "count"), 4);
});

test("nobody sees, changes or deletes another person's backup, though its number is the same", async () => {
  const [alice, mallory] = await server.twoStrangers();
  const version = await create(alice, "alice's");
  ok(await putOne(alice, version, "s", key()));
  for (const answer of [
    await mallory.get(route`/room_keys/version/${version}`),
    await mallory.put(route`/room_keys/version/${version}`, backup("mallory's")),
    await keys("GET", mallory, version, route`/${room}/${"s"}`),
    await keys("DELETE", mallory, version),
    await putOne(mallory, version, "s", key({ index: 0, verified: true })),
    await remove(mallory, version),
  ])
    refused(answer, 404, "M_NOT_FOUND");
  assert.equal(await create(mallory), version);
  assert.deepEqual(await getAll(mallory, version), { rooms: {} });
  ok(await remove(mallory, version));
  assert.equal(at(await info(alice), "auth_data", "public_key"), "alice's");
  assert.deepEqual(await getAll(alice, version), { rooms: { [room]: { sessions: { s: key() } } } });
});

test("a person has at most twenty backups", async () => {
  const alice = await server.stranger();
  for (let made = 0; made < 20; made += 1) await create(alice);
  refused(await alice.post("/room_keys/version", backup()), 413, "M_TOO_LARGE");
  ok(await remove(alice, textAt(await info(alice), "version")));
  await create(alice);
});

test("a backup is there after a restart, for the new device too; in the store it is sealed, and what was deleted is gone", async (context) => {
  const composed = await composeHouse(context);
  const alice = await composed.http().register("alice");
  const [gone, version] = [await create(alice, "unmistakable auth"), await create(alice, "unmistakable auth")];
  ok(await putOne(alice, version, "s", key({ data: { ciphertext: "unmistakable key" } })));
  ok(await remove(alice, gone));
  await composed.close();
  for (const text of ["unmistakable key", "unmistakable auth"]) assert.deepEqual(await tablesWith(composed.dataDir, text), []);
  await composed.open();
  const device = await composed.http().login(alice.name, alice.password);
  assert.equal(at(await info(device), "version"), version);
  assert.deepEqual(ok(await keys("GET", device, version, route`/${room}/${"s"}`)), key({ data: { ciphertext: "unmistakable key" } }));
});
