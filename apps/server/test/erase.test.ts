// A person is erased: their words are gone from every answer, file and older copy, and the rooms live on.
import assert from "node:assert/strict";
import { copyFileSync, cpSync, existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { at, createHttpClient, createSpecValidator, type Json, ok, recordAt, refused, route, type Session } from "@wardroom/testkit";
import { type ComposedHouse, composeHouse, filesWith, tablesWith } from "./composed-house.test-support.ts";
import {
  bodies,
  getEvent,
  getState,
  history,
  makeRoomWith,
  membershipOf,
  redact,
  say,
  setState,
  trySend,
} from "./room-steps.test-support.ts";
import { nextBatch, sync } from "./sync-steps.test-support.ts";

/** Every text of Mallory's below has one of these in it, nothing of anybody else's has. */
const words = ["nightingale", "albatross", "cormorant", "kingfisher"] as const;
const anyWord = new RegExp(words.join("|"));

interface Scene {
  readonly composed: ComposedHouse;
  readonly alice: Session;
  readonly mallory: Session;
  readonly room: string;
  readonly message: string;
  readonly since: string;
}

async function makeScene(context: TestContext): Promise<Scene> {
  const composed = await composeHouse(context);
  const [alice, mallory] = [await composed.http().register("alice"), await composed.http().register("mallory")];
  ok(await mallory.put(route`/profile/${mallory.userId}/displayname`, { displayname: "Mallory nightingale" }));
  const room = await makeRoomWith(alice, [mallory], { power_level_content_override: { state_default: 0 } });
  const since = nextBatch(await sync(alice));
  await say(alice, room, "hello");
  const message = await say(mallory, room, "the albatross");
  await setState(mallory, room, "m.room.topic", { topic: "of the cormorant" });
  await redact(alice, room, await say(mallory, room, "a first albatross"));
  ok(await mallory.put(route`/user/${mallory.userId}/account_data/org.example.note`, { text: "kingfisher" }));
  await say(alice, room, "goodbye");
  // Everything is read once, so that every cache has seen it.
  await readAll({ alice, room, message, since });
  return { composed, alice, mallory, room, message, since };
}

/** The answers of every path by which Alice can read the room. */
async function readAll({
  alice,
  room,
  message,
  since,
}: Pick<Scene, "alice" | "room" | "message" | "since">): Promise<Readonly<Record<string, Json>>> {
  const whole = { room: { timeline: { limit: 100 } } };
  return {
    messages: await history(alice, room),
    event: await getEvent(alice, room, message),
    state: ok(await alice.get(route`/rooms/${room}/state`)),
    topic: await getState(alice, room, "m.room.topic"),
    members: ok(await alice.get(route`/rooms/${room}/members`)),
    joined: ok(await alice.get(route`/rooms/${room}/joined_members`)),
    initial: await sync(alice, { filter: whole }),
    incremental: await sync(alice, { since, filter: whole }),
    limited: await sync(alice, { since, filter: { room: { timeline: { limit: 2 } } } }),
    stateAfter: await sync(alice, { since, filter: whole, stateAfter: "stable" }),
  };
}

const assertSilent = (answers: Readonly<Record<string, Json>>, when: string) => {
  for (const [path, answer] of Object.entries(answers)) assert.doesNotMatch(JSON.stringify(answer), anyWord, `${path}, ${when}`);
};

/** The same person's session after the house was opened on another port. */
function resume(composed: ComposedHouse, session: Session): Session {
  const client = createHttpClient(composed.http().url, createSpecValidator(process.env["MATRIX_SPEC_DIR"]));
  const request: Session["request"] = (method, path, options = {}) => client.request(method, path, { token: session.token, ...options });
  return {
    ...session,
    request,
    get: (path, query) => request("GET", path, query === undefined ? {} : { query }),
    post: (path, body = {}) => request("POST", path, { body }),
    put: (path, body = {}) => request("PUT", path, { body }),
  };
}

test("before anybody is erased their words are in the answers, and sealed in the store even from who has its page key", async (context) => {
  const { composed, alice, room, message, since } = await makeScene(context);
  const before = JSON.stringify(await readAll({ alice, room, message, since }));
  for (const word of ["albatross", "cormorant", "nightingale"])
    assert.match(before, new RegExp(word), "else the rest of this file proves nothing");
  await composed.close();
  for (const word of words) {
    assert.deepEqual(filesWith(composed.dataDir, word), [], word);
    assert.deepEqual(await tablesWith(composed.dataDir, word), [], word);
  }
  assert.ok((await tablesWith(composed.dataDir, room)).length > 0, "the search does find what is there");
});

test("an erased person's words are gone from every answer at once, also out of every cache, and stay gone after a restart", async (context) => {
  const { composed, alice, mallory, room, message, since } = await makeScene(context);
  await composed.house().rooms.erasePerson(mallory.userId);
  assertSilent(await readAll({ alice, room, message, since }), "right after");
  const event = await getEvent(alice, room, message);
  assert.deepEqual({ ...recordAt(event, "content") }, {}, "served as redacted");
  assert.equal(at(event, "sender"), mallory.userId);
  assert.equal(at(event, "event_id"), message, "ids stay valid");
  await composed.close();
  await composed.open();
  const later = resume(composed, alice);
  assertSilent(await readAll({ alice: later, room, message, since }), "after a restart");
  assert.deepEqual(await bodies(later, room), ["hello", "goodbye"]);
});

test("a room lives on after one of its people was erased: the others talk, state changes, the erased can be shown the door", async (context) => {
  const { composed, alice, mallory, room } = await makeScene(context);
  await composed.house().rooms.erasePerson(mallory.userId);
  await say(alice, room, "still here");
  await setState(alice, room, "m.room.topic", { topic: "something else" });
  assert.equal(await membershipOf(alice, room, mallory), "join");
  ok(await alice.post(route`/rooms/${room}/kick`, { user_id: mallory.userId }));
  assert.equal(await membershipOf(alice, room, mallory), "leave");
  assert.deepEqual(await bodies(alice, room), ["hello", "goodbye", "still here"]);
  const late = await composed.http().register("late");
  ok(await late.post(route`/join/${room}`));
  assert.deepEqual(await bodies(late, room), ["hello", "goodbye", "still here"]);
});

test("an erased person's words are in no file of the data folder, nor in any row of the store with its pages opened", async (context) => {
  const { composed, mallory } = await makeScene(context);
  await composed.house().rooms.erasePerson(mallory.userId);
  for (const word of words) assert.deepEqual(filesWith(composed.dataDir, word), [], "while it runs, the write-ahead log included");
  await composed.close();
  for (const word of words) {
    assert.deepEqual(filesWith(composed.dataDir, word), []);
    assert.deepEqual(await tablesWith(composed.dataDir, word), []);
  }
});

test("an older copy of the store, put back beside today's keys, does not open them; everybody else's words it does", async (context) => {
  const { composed, alice, mallory, room, message, since } = await makeScene(context);
  await composed.close();
  const copy = join(composed.dataDir, "..", "older");
  cpSync(composed.dataDir, copy, { recursive: true, filter: (path) => !path.endsWith(".sock") });
  await composed.open();
  await composed.house().rooms.erasePerson(mallory.userId);
  await composed.close();
  for (const name of ["wardroom.db", "wardroom.db-wal", "wardroom.db-shm"]) {
    rmSync(join(composed.dataDir, name), { force: true });
    if (existsSync(join(copy, name))) copyFileSync(join(copy, name), join(composed.dataDir, name));
  }
  await composed.open();
  const later = resume(composed, alice);
  assertSilent(await readAll({ alice: later, room, message, since }), "from the older store");
  assert.deepEqual(await bodies(later, room), ["hello", "goodbye"]);
});

test("an older copy of the keys, put back beside today's, opens them neither", async (context) => {
  const { composed, alice, mallory, room, message, since } = await makeScene(context);
  await composed.close();
  const copy = join(composed.dataDir, "..", "older");
  cpSync(composed.dataDir, copy, { recursive: true, filter: (path) => !path.endsWith(".sock") });
  await composed.open();
  await composed.house().rooms.erasePerson(mallory.userId);
  await composed.close();
  const isData = (path: string) => path.endsWith(".db") && !path.endsWith("wardroom.db");
  cpSync(copy, composed.dataDir, { recursive: true, filter: (path) => path === copy || isData(path), force: false, errorOnExist: false });
  await composed.open();
  assertSilent(await readAll({ alice: resume(composed, alice), room, message, since }), "with the older file of keys beside");
});

test("what an erased person asks for themself is answered without their words and without a fault", async (context) => {
  const { composed, alice, mallory, room } = await makeScene(context);
  await composed.house().rooms.erasePerson(mallory.userId);
  const own = route`/user/${mallory.userId}/`;
  for (const path of [
    "/sync?timeout=0",
    "/pushrules/",
    `${own}account_data/org.example.note`,
    route`/profile/${mallory.userId}`,
    route`/rooms/${room}/messages` + "?dir=b",
    route`/rooms/${room}/state`,
  ]) {
    const answer = await mallory.get(path);
    assert.ok(answer.status < 500, `${path}: ${answer.text}`);
    assert.doesNotMatch(answer.text, anyWord, path);
  }
  const profile = await alice.get(route`/profile/${mallory.userId}`);
  assert.doesNotMatch(profile.text, anyWord);
  refused(await mallory.put(`${own}account_data/org.example.note`, { text: "new" }), 403, "M_USER_DEACTIVATED");
});

test("who was erased twice, or was nowhere, harms nobody", async (context) => {
  const { composed, alice, mallory, room } = await makeScene(context);
  const { rooms } = composed.house();
  await Promise.all([rooms.erasePerson(mallory.userId), rooms.erasePerson(mallory.userId)]);
  await rooms.erasePerson("@nobody:localhost");
  await rooms.erasePerson("constructor");
  assert.deepEqual(await bodies(alice, room), ["hello", "goodbye"]);
});

test("words that are being sent while their writer is erased are either refused or gone, never readable", async (context) => {
  const { composed, alice, mallory, room } = await makeScene(context);
  const sending = Array.from({ length: 20 }, () =>
    trySend(mallory, room, "m.room.message", { msgtype: "m.text", body: "albatross again" }),
  );
  const erasing = composed.house().rooms.erasePerson(mallory.userId);
  const answers = await Promise.all(sending);
  await erasing;
  await composed.house().rooms.erasePerson(mallory.userId);
  for (const { status, text } of answers) assert.ok(status < 500, text);
  assert.doesNotMatch(JSON.stringify(await history(alice, room)), anyWord);
});
