import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type Answer, type HttpClient, type JsonRecord, listAt, ok, refused, route, type Session, textAt } from "@wardroom/testkit";
import { composeHouse, tablesWith } from "./composed-house.test-support.ts";
import { upload } from "./media-steps.test-support.ts";
import { bodies, getState, makeRoom, makeRoomWith, membershipOf, say } from "./room-steps.test-support.ts";
import { useServer } from "./running-server.test-support.ts";

const server = useServer();
const pair = server.twoStrangers;

async function tryDeactivate(who: Session, more: JsonRecord = {}, password = who.password): Promise<Answer> {
  const challenge = await who.post("/account/deactivate", more);
  const identifier = { type: "m.id.user", user: who.name };
  const auth = { type: "m.login.password", identifier, password, session: textAt(challenge.json, "session") };
  return who.post("/account/deactivate", { ...more, auth });
}
const tryLogin = (http: HttpClient, who: Session) =>
  http.request("POST", "/login", {
    body: { type: "m.login.password", identifier: { type: "m.id.user", user: who.name }, password: who.password },
  });

test("a deactivated account is out of every session and room, cannot sign in, and its name stays taken", async () => {
  const [alice, bob] = await pair();
  const second = await server.http().login(bob.name, bob.password);
  const [room, invited] = [await makeRoomWith(alice, [bob]), await makeRoom(alice, { invite: [bob.userId] })];
  await say(bob, room, "words that stay");
  ok(await tryDeactivate(bob));
  for (const session of [bob, second]) refused(await session.get("/account/whoami"), 401, "M_UNKNOWN_TOKEN");
  for (const left of [room, invited]) assert.equal(await membershipOf(alice, left, bob), "leave");
  refused(await tryLogin(server.http(), bob), 403, ["M_FORBIDDEN", "M_USER_DEACTIVATED"]);
  const again = await server.http().request("POST", "/register", { body: { username: bob.name, password: "another pass phrase" } });
  refused(again, 400, "M_USER_IN_USE");
  assert.deepEqual(await bodies(alice, room), ["words that stay"]);
});

test("without the right password, with another's, or without a token nothing happens", async () => {
  const [alice, bob] = await pair();
  refused(await tryDeactivate(alice, {}, "wrong"), 401, "M_FORBIDDEN");
  const identifier = { type: "m.id.user", user: bob.name };
  const challenge = await alice.post("/account/deactivate");
  const stolen = { type: "m.login.password", identifier, password: bob.password, session: textAt(challenge.json, "session") };
  refused(await alice.post("/account/deactivate", { auth: stolen }), 401, "M_FORBIDDEN");
  refused(await server.http().request("POST", "/account/deactivate", { body: {} }), 401, "M_MISSING_TOKEN");
  for (const who of [alice, bob]) ok(await who.get("/account/whoami"));
});

test("a proof for deactivating is not one for deactivating with erasure", async () => {
  const [alice] = await pair();
  const challenge = await alice.post("/account/deactivate", {});
  const identifier = { type: "m.id.user", user: alice.name };
  const auth = { type: "m.login.password", identifier, password: alice.password, session: textAt(challenge.json, "session") };
  const answer = await alice.post("/account/deactivate", { auth, erase: true });
  assert.notEqual(answer.status, 200, answer.text);
  ok(await alice.get("/account/whoami"));
});

test("with erasure the person's words are gone from the rooms, which live on", async (context) => {
  const house = await composeHouse(context);
  const [alice, bob] = [await house.http().register("alice"), await house.http().register("bob")];
  const room = await makeRoomWith(alice, [bob]);
  await say(bob, room, "words to go");
  await say(alice, room, "words to stay");
  ok(await tryDeactivate(bob, { erase: true }));
  assert.deepEqual(await bodies(alice, room), ["words to stay"]);
  assert.equal(await membershipOf(alice, room, bob), "leave");
  await house.close();
  await house.open();
  refused(await tryLogin(house.http(), bob), 403, ["M_FORBIDDEN", "M_USER_DEACTIVATED"]);
});

const filesIn = (dataDir: string) =>
  readdirSync(join(dataDir, "media"), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length;
const actorOf = ({ userId, deviceId }: Session) => ({ userId, deviceId, isAdmin: false });

/** A file, a value, a filter, a name, a message on its way to another's device, a key backup. */
async function leaveTraces(who: Session, other: Session): Promise<string> {
  ok(await who.put(route`/user/${who.userId}/account_data/org.example.note`, { text: "mine" }));
  ok(await who.post(route`/user/${who.userId}/filter`, { room: { timeline: { limit: 3 } } }));
  ok(await who.put(route`/profile/${who.userId}/displayname`, { displayname: "Somebody" }));
  ok(await who.put("/sendToDevice/org.example/t1", { messages: { [other.userId]: { [other.deviceId]: { word: "hello" } } } }));
  const auth = { public_key: "abc", signatures: {} };
  ok(await who.post("/room_keys/version", { algorithm: "m.megolm_backup.v1.curve25519-aes-sha2", auth_data: auth }));
  return upload(who, "a file of mine");
}

const PERSONAL = ["account_data", "filters", "profiles", "to_device_messages", "key_backups", "media", "media_files", "media_people"];

test("erasing takes rows and files of the person from the disk, not their keys alone; another's stay", async (context) => {
  const house = await composeHouse(context);
  const [alice, bob] = [await house.http().register("alice"), await house.http().register("bob")];
  await leaveTraces(bob, alice);
  await leaveTraces(alice, bob);
  assert.equal(filesIn(house.dataDir), 2);
  ok(await tryDeactivate(bob, { erase: true }));
  assert.equal(filesIn(house.dataDir), 1);
  ok(await alice.get(route`/user/${alice.userId}/account_data/org.example.note`));
  await house.close();
  const holding = async (who: Session) => (await tablesWith(house.dataDir, who.userId)).filter((name) => PERSONAL.includes(name));
  assert.deepEqual(await holding(bob), []);
  // Alice's message to Bob's device went with the device.
  assert.deepEqual((await holding(alice)).toSorted(), PERSONAL.filter((name) => name !== "to_device_messages").toSorted());
});

test("a stop after the keys are destroyed leaves no file for good: the next start takes the rest", async (context) => {
  const house = await composeHouse(context);
  const [alice, bob] = [await house.http().register("alice"), await house.http().register("bob")];
  await leaveTraces(bob, alice);
  const { rooms, identity } = house.house();
  const deactivate = async () => {
    await identity.deactivateAccount(bob.userId);
    throw new Error("the power went");
  };
  await assert.rejects(rooms.leaveForGood(actorOf(bob), { erases: true, deactivate }), /the power went/);
  assert.equal(filesIn(house.dataDir), 1);
  await house.close();
  await house.open();
  assert.equal(filesIn(house.dataDir), 0);
});

test("nobody who is no more can be invited, made a creator, or brought into a new room", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoom(alice);
  ok(await tryDeactivate(bob));
  refused(await alice.post(route`/rooms/${room}/invite`, { user_id: bob.userId }), 404, "M_NOT_FOUND");
  refused(await alice.post("/createRoom", { invite: [bob.userId] }), 404, "M_NOT_FOUND");
  const creators = { creation_content: { additional_creators: [bob.userId] } };
  refused(await alice.post("/createRoom", creators), 404, "M_NOT_FOUND");
  refused(await alice.post(route`/rooms/${room}/upgrade`, { new_version: "12", additional_creators: [bob.userId] }), 404, "M_NOT_FOUND");
});

test("what an account still asks for while it ends neither keeps it in a room nor leaves a word behind", async (context) => {
  const house = await composeHouse(context);
  const [alice, bob] = [await house.http().register("alice"), await house.http().register("bob")];
  const rooms: string[] = [];
  for (let made = 0; made < 16; made += 1) rooms.push(await makeRoom(alice, { preset: "public_chat" }));
  const { rooms: door, identity } = house.house();
  const actor = actorOf(bob);
  const late: Promise<unknown>[] = [];
  const begin = (...asked: readonly Promise<unknown>[]) => late.push(Promise.allSettled(asked));
  const ask = () => {
    for (const roomIdOrAlias of rooms.splice(0, 4)) begin(door.join(actor, { roomIdOrAlias }));
    begin(door.setProfileField(actor, "displayname", "late nightingale"), door.createRoom(actor, { name: "late nightingale" }));
  };
  ask();
  const deactivate = async () => {
    ask();
    await identity.deactivateAccount(bob.userId);
    ask();
  };
  const leaving = door.leaveForGood(actor, { erases: true, deactivate });
  await leaving;
  // Let in by a token that was good, decided now.
  ask();
  await Promise.all(late);
  assert.deepEqual(await door.joinedRooms(actor), []);
  assert.doesNotMatch(JSON.stringify(await door.getProfile(bob.userId)), /nightingale/);
});

test("a stop after the account has ended is made good at the next start; one before it leaves the account as it was", async (context) => {
  const house = await composeHouse(context);
  const [alice, bob] = [await house.http().register("alice"), await house.http().register("bob")];
  const room = await makeRoomWith(alice, [bob, await house.http().register("carol")]);
  await say(bob, room, "words to go");
  const stopped = async (): Promise<void> => {
    throw new Error("the power went");
  };
  const { rooms, identity } = house.house();
  await assert.rejects(rooms.leaveForGood(actorOf(alice), { erases: true, deactivate: stopped }), /the power went/);
  const deactivated = async () => {
    await identity.deactivateAccount(bob.userId);
    throw new Error("the power went");
  };
  await assert.rejects(rooms.leaveForGood(actorOf(bob), { erases: true, deactivate: deactivated }), /the power went/);
  await house.close();
  await house.open();
  const again = await house.http().login("alice", alice.password);
  assert.deepEqual(listAt(ok(await again.get("/joined_rooms")), "joined_rooms"), [room]);
  assert.equal(await membershipOf(again, room, bob), "leave");
  assert.deepEqual(await bodies(again, room), []);
  ok(await getState(again, room, "m.room.create").then(() => again.get("/account/whoami")));
});
