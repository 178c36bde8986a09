import assert from "node:assert/strict";
import { test } from "node:test";
import { type Answer, type HttpClient, type JsonRecord, listAt, ok, refused, type Session, textAt } from "@wardroom/testkit";
import { composeHouse } from "./composed-house.test-support.ts";
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

test("a stop after the account has ended is made good at the next start; one before it leaves the account as it was", async (context) => {
  const house = await composeHouse(context);
  const [alice, bob] = [await house.http().register("alice"), await house.http().register("bob")];
  const room = await makeRoomWith(alice, [bob, await house.http().register("carol")]);
  await say(bob, room, "words to go");
  const actor = ({ userId, deviceId }: Session) => ({ userId, deviceId, isAdmin: false });
  const stopped = async (): Promise<void> => {
    throw new Error("the power went");
  };
  const { rooms, identity } = house.house();
  await assert.rejects(rooms.leaveForGood(actor(alice), { erases: true, deactivate: stopped }), /the power went/);
  const deactivated = async () => {
    await identity.deactivateAccount(bob.userId);
    throw new Error("the power went");
  };
  await assert.rejects(rooms.leaveForGood(actor(bob), { erases: true, deactivate: deactivated }), /the power went/);
  await house.close();
  await house.open();
  const again = await house.http().login("alice", alice.password);
  assert.deepEqual(listAt(ok(await again.get("/joined_rooms")), "joined_rooms"), [room]);
  assert.equal(await membershipOf(again, room, bob), "leave");
  assert.deepEqual(await bodies(again, room), []);
  ok(await getState(again, room, "m.room.create").then(() => again.get("/account/whoami")));
});
