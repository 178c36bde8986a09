// What each listed version of the specification brought that a client can see (its changelog, Client-Server API). Here: the list,
// and v1.1 to v1.3. What is said in more depth elsewhere is here once, in its plainest form.
import assert from "node:assert/strict";
import { test } from "node:test";
import { at, type Json, type JsonRecord, listAt, ok, recordAt, refused, route, type Session, textAt } from "@wardroom/testkit";
import { newCrossSigningKeys, newDeviceKeys, verifiedBy } from "../src/e2ee/client-keys.test-support.ts";
import { addChild, hierarchy, publicRooms, roomIds } from "./directory-steps.test-support.ts";
import { bundle, edit, relating, relations } from "./relation-steps.test-support.ts";
import {
  act,
  bodiesOf,
  getEvent,
  getState,
  join,
  leave,
  makeRoom,
  makeRoomWith,
  redact,
  say,
  sayAll,
  send,
  setState,
  tryJoin,
  tryMessages,
  trySend,
  trySetState,
} from "./room-steps.test-support.ts";
import { useServer } from "./running-server.test-support.ts";
import { sync, timelineOf } from "./sync-steps.test-support.ts";

const server = useServer();
const pair = server.twoStrangers;
const ask = (method: string, path: string, options = {}) => server.http().request(method, path, options);
const memberOf = (by: Session, room: string, who: Session) => getState(by, room, "m.room.member", who.userId);
const joinRule = (content: JsonRecord) => ({ initial_state: [{ type: "m.room.join_rules", content }] });

test("every version from v1.1 to v1.12 is listed by its own name, and none whose changes are not all here", async () => {
  const answer = ok(await ask("GET", "/_matrix/client/versions"));
  assert.deepEqual(
    listAt(answer, "versions"),
    Array.from({ length: 12 }, (_, index) => `v1.${index + 1}`),
  );
});

test("unstable features: spaces are found by type, files are taken with a token, any field goes into a profile", async () => {
  const answer = recordAt(ok(await ask("GET", "/_matrix/client/versions")), "unstable_features");
  assert.deepEqual(
    { ...answer },
    { "org.matrix.msc3827.stable": true, "org.matrix.msc3916.stable": true, "uk.tcpip.msc4133.stable": true },
  );
  const alice = await server.stranger();
  const space = await makeRoom(alice, { visibility: "public", creation_content: { type: "m.space" } });
  assert.ok(roomIds(await publicRooms(alice, { filter: { room_types: ["m.space"] } })).includes(space));
  ok(await alice.get("/_matrix/client/v1/media/config"));
  const field = route`/profile/${alice.userId}/org.example.field`;
  ok(await alice.put(field, { "org.example.field": { any: ["value"] } }));
  assert.deepEqual(at(ok(await alice.get(field)), "org.example.field", "any"), ["value"]);
  ok(await alice.request("DELETE", field));
  refused(await alice.get(field), 404, "M_NOT_FOUND");
});

test("the capabilities are complete, so that no client has to guess", async () => {
  const alice = await server.stranger();
  const capabilities = recordAt(ok(await alice.get("/capabilities")), "capabilities");
  const { "m.room_versions": versions, ...rest } = capabilities;
  assert.equal(at(versions ?? null, "default"), "12");
  const enabled = Object.fromEntries(Object.keys(rest).map((name) => [name, at(rest, name, "enabled")]));
  assert.deepEqual(enabled, {
    "m.change_password": true,
    "m.set_displayname": true,
    "m.set_avatar_url": true,
    "m.profile_fields": true,
    "m.3pid_changes": false,
    "m.get_login_token": false,
  });
  // What is said to be off is off, and what is said to be on is there.
  for (const path of ["/account/3pid/add", "/account/3pid/bind", "/account/3pid/delete", "/_matrix/client/v1/login/get_token"])
    refused(await alice.post(path), 404, "M_UNRECOGNIZED");
  assert.equal((await alice.post("/account/password", { new_password: "another long pass phrase" })).status, 401, "a challenge");
});

test("v1.1: the endpoints are named v3, and r0 is the same", async () => {
  const alice = await server.stranger();
  // By hand: the specification has no r0 any more to hold the answers against.
  const [named, old] = await Promise.all(
    ["v3", "r0"].map(async (version) => {
      const url = `${server.http().url}/_matrix/client/${version}/account/whoami`;
      const answer = await fetch(url, { headers: { authorization: `Bearer ${alice.token}` } });
      return [answer.status, await answer.text()];
    }),
  );
  assert.equal(named?.[0], 200);
  assert.deepEqual(old, named);
});

test("v1.1: room keys are backed up on the server", async () => {
  const alice = await server.stranger();
  const algorithm = "m.megolm_backup.v1.curve25519-aes-sha2";
  const version = textAt(
    ok(await alice.post("/room_keys/version", { algorithm, auth_data: { public_key: "x", signatures: {} } })),
    "version",
  );
  const key = { first_message_index: 0, forwarded_count: 0, is_verified: true, session_data: { ciphertext: "c" } };
  const path = route`/room_keys/keys/${"!room:localhost"}/${"session"}`;
  assert.equal(at(ok(await alice.request("PUT", path, { query: { version }, body: key })), "count"), 1);
  assert.deepEqual(at(ok(await alice.get(path, { version })), "session_data"), key.session_data);
});

test("v1.1: cross-signing keys and signatures are uploaded and come with the device keys", async () => {
  const [alice, bob] = await pair();
  const [keys, others] = [newCrossSigningKeys(alice.userId), newCrossSigningKeys(bob.userId)];
  ok(await alice.post("/keys/device_signing/upload", keys.keys));
  ok(await bob.post("/keys/device_signing/upload", others.keys));
  const query = async (by: Session) => ok(await by.post("/keys/query", { device_keys: { [alice.userId]: [], [bob.userId]: [] } }));
  const answer = await query(alice);
  for (const [list, name] of [
    ["master_keys", "master_key"],
    ["self_signing_keys", "self_signing_key"],
    ["user_signing_keys", "user_signing_key"],
  ] as const)
    assert.deepEqual(at(answer, list, alice.userId, "keys"), at(keys.keys, name, "keys"));
  assert.equal(at(answer, "user_signing_keys", bob.userId), undefined, "that key is its owner's matter");
  const signed = verifiedBy(others.keys.master_key, alice, keys);
  const [keyId = ""] = Object.keys(recordAt(others.keys.master_key, "keys"));
  ok(await alice.post("/keys/signatures/upload", { [bob.userId]: { [keyId.replace("ed25519:", "")]: signed } }));
  assert.ok(at(await query(alice), "master_keys", bob.userId, "signatures", alice.userId) !== undefined);
});

test("v1.1: a knock asks to be let in, and every change of membership takes a reason", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoom(alice, joinRule({ join_rule: "knock" }));
  const reasonOf = async () => at(await memberOf(alice, room, bob), "reason");
  ok(await bob.post(route`/knock/${room}`, { reason: "to knock" }));
  assert.equal(at(await memberOf(alice, room, bob), "membership"), "knock");
  assert.equal(await reasonOf(), "to knock");
  const moves: readonly [Session, string][] = [
    [alice, "invite"],
    [bob, "join"],
    [bob, "leave"],
    [alice, "ban"],
    [alice, "unban"],
    [alice, "invite"],
    [alice, "kick"],
  ];
  for (const [by, move] of moves) {
    ok(await by.post(route`/rooms/${room}/${move}`, { reason: `to ${move}`, ...(by === alice ? { user_id: bob.userId } : {}) }));
    assert.equal(await reasonOf(), `to ${move}`);
  }
});

test("v1.1: whoami names the device", async () => {
  const alice = await server.stranger();
  assert.equal(at(ok(await alice.get("/account/whoami")), "device_id"), alice.deviceId);
});

test("v1.1: a push rule that is not there answers 404", async () => {
  const alice = await server.stranger();
  const rule = "/pushrules/global/override/nothing";
  for (const path of [rule, `${rule}/enabled`, `${rule}/actions`]) refused(await alice.get(path), 404, "M_NOT_FOUND");
  refused(await alice.put(`${rule}/enabled`, { enabled: true }), 404, "M_NOT_FOUND");
  refused(await alice.put(`${rule}/actions`, { actions: [] }), 404, "M_NOT_FOUND");
  refused(await alice.request("DELETE", rule), 404, "M_NOT_FOUND");
});

test("v1.1: a report needs neither reason nor score", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  ok(await bob.post(route`/rooms/${room}/report/${await say(alice, room, "bad")}`, {}));
});

test("v1.1: no sign-in by another site is offered, so there is none to be sent to; nor are the stages that were taken out", async () => {
  const flows = listAt(ok(await ask("GET", "/login")), "flows").map((flow) => textAt(flow, "type"));
  assert.ok(!flows.some((type) => /sso|token|oauth2/.test(type)), flows.join());
  for (const path of ["/login/sso/redirect", "/login/sso/redirect/provider"]) refused(await ask("GET", path), 404, "M_UNRECOGNIZED");
  const alice = await server.stranger();
  const challenge = await alice.request("DELETE", route`/devices/${alice.deviceId}`, { body: {} });
  assert.deepEqual(
    listAt(challenge.json, "flows").flatMap((flow) => listAt(flow, "stages")),
    ["m.login.password"],
  );
});

test("v1.1: a room made with an alias has it as the canonical one", async () => {
  const alice = await server.stranger();
  const room = await makeRoom(alice, { room_alias_name: "v1-1" });
  assert.equal(at(await getState(alice, room, "m.room.canonical_alias"), "alias"), "#v1-1:localhost");
});

test("v1.1: events have age and what redacted them in `unsigned`, and no room id in sync", async () => {
  const alice = await server.stranger();
  const room = await makeRoom(alice);
  const event = await say(alice, room, "gone soon");
  const because = await redact(alice, room, event);
  const found = await getEvent(alice, room, event);
  assert.equal(at(found, "unsigned", "redacted_because", "event_id"), because);
  for (const misplaced of ["age", "redacted_because"]) assert.equal(at(found, misplaced), undefined);
  for (const seen of timelineOf(await sync(alice), room)) {
    assert.equal(typeof at(seen, "unsigned", "age"), "number");
    assert.equal(at(seen, "room_id"), undefined);
  }
});

test("v1.1: an event of more than 65536 bytes is too large, and messages to devices name their messages", async () => {
  const alice = await server.stranger();
  const room = await makeRoom(alice);
  refused(await trySend(alice, room, "m.room.message", { body: "x".repeat(65_536) }), 413, "M_TOO_LARGE");
  refused(await alice.put("/sendToDevice/org.example/1", {}), 400, ["M_BAD_JSON", "M_MISSING_PARAM"]);
});

test("v1.2: what a state event replaced stands in `unsigned`", async () => {
  const alice = await server.stranger();
  const room = await makeRoom(alice, { name: "old" });
  const event = await getEvent(alice, room, await setState(alice, room, "m.room.name", { name: "new" }));
  assert.equal(at(event, "unsigned", "prev_content", "name"), "old");
  assert.equal(at(event, "prev_content"), undefined);
});

test("v1.2: the room directory lists no aliases beside the canonical one", async () => {
  const alice = await server.stranger();
  const room = await makeRoom(alice, { visibility: "public", room_alias_name: "v1-2" });
  const entry = listAt(await publicRooms(alice), "chunk").find((found) => at(found, "room_id") === room);
  assert.equal(at(entry ?? null, "canonical_alias"), "#v1-2:localhost");
  assert.equal(at(entry ?? null, "aliases"), undefined);
});

test("v1.2: a room has a type, and the rooms of a space are listed with it", async () => {
  const alice = await server.stranger();
  const [space, room] = [await makeRoom(alice, { creation_content: { type: "m.space" } }), await makeRoom(alice, { name: "inside" })];
  await addChild(alice, space, room);
  const found = await hierarchy(alice, space);
  assert.deepEqual(roomIds(found, "rooms"), [space, room]);
  const [first] = listAt(found, "rooms");
  assert.equal(at(first ?? null, "room_type"), "m.space");
  assert.equal(at(listAt(first ?? null, "children_state")[0] ?? null, "state_key"), room);
});

test("v1.2: a restricted room opens to members of the rooms that it names", async () => {
  const [alice, bob] = await pair();
  const hall = await makeRoomWith(alice, []);
  const room = await makeRoom(alice, joinRule({ join_rule: "restricted", allow: [{ type: "m.room_membership", room_id: hall }] }));
  refused(await tryJoin(bob, room), 403, "M_FORBIDDEN");
  await join(bob, hall);
  await join(bob, room);
});

test("v1.2: whoami says that nobody is a guest, for guests are not let in", async () => {
  const alice = await server.stranger();
  assert.equal(at(ok(await alice.get("/account/whoami")), "is_guest"), false);
  const guest = await ask("POST", "/register", { query: { kind: "guest" }, body: {} });
  refused(guest, 403, ["M_FORBIDDEN", "M_GUEST_ACCESS_FORBIDDEN"]);
});

test("v1.2: a fallback key is given out when the one-time keys are used up, and sync says whether it was", async () => {
  const [alice, bob] = await pair();
  const device = newDeviceKeys(alice);
  ok(await alice.post("/keys/upload", { device_keys: device.deviceKeys, fallback_keys: device.fallbackKey("F") }));
  const unused = async () => listAt(await sync(alice), "device_unused_fallback_key_types");
  assert.deepEqual(await unused(), ["signed_curve25519"]);
  const wanted = { one_time_keys: { [alice.userId]: { [alice.deviceId]: "signed_curve25519" } } };
  const claimed = recordAt(ok(await bob.post("/keys/claim", wanted)), "one_time_keys", alice.userId, alice.deviceId);
  assert.deepEqual(Object.keys(claimed), ["signed_curve25519:F"]);
  assert.deepEqual(await unused(), []);
});

test("v1.2: registration asks for no token, so there is none to be checked; application services do not sign in", async () => {
  const challenge = await ask("POST", "/register", { body: { username: "v1-2", password: "a long pass phrase" } });
  const stages = listAt(challenge.json, "flows").flatMap((flow) => listAt(flow, "stages"));
  assert.ok(!stages.includes("m.login.registration_token"));
  refused(
    await ask("GET", "/_matrix/client/v1/register/m.login.registration_token/validity", { query: { token: "x" } }),
    404,
    "M_UNRECOGNIZED",
  );
  const identifier = { type: "m.id.user", user: "somebody" };
  refused(await ask("POST", "/login", { body: { type: "m.login.application_service", identifier } }), 400, "M_UNKNOWN");
});

test("v1.3: history is read from either end without a token", async () => {
  const alice = await server.stranger();
  const room = await makeRoom(alice);
  await sayAll(alice, room, "one", "two");
  const page = async (dir: string) => listAt(ok(await tryMessages(alice, room, { dir })), "chunk");
  assert.equal(at((await page("f"))[0] ?? null, "type"), "m.room.create");
  assert.deepEqual(bodiesOf(await page("b")), ["two", "one"]);
});

test("v1.3: children of an event are listed by relation and type, and aggregated with it", async () => {
  const alice = await server.stranger();
  const room = await makeRoom(alice);
  const event = await say(alice, room, "first");
  const edited = await edit(alice, room, event, "second");
  const other = await send(alice, room, "org.example.note", relating("org.example.rel", event));
  const ids = async (...filters: string[]) =>
    listAt(await relations(alice, room, event, {}, ...filters), "chunk").map((child) => textAt(child, "event_id"));
  assert.deepEqual(await ids(), [other, edited]);
  assert.deepEqual(await ids("m.replace"), [edited]);
  assert.deepEqual(await ids("m.replace", "m.room.message"), [edited]);
  assert.equal(at(await bundle(alice, room, event), "m.replace", "event_id"), edited);
});

test("v1.3: a room of rule knock_restricted is joined through a room that it names, or asked to let one in", async () => {
  const [alice, bob] = await pair();
  const carol = await server.stranger();
  const hall = await makeRoomWith(alice, [bob]);
  const room = await makeRoom(alice, joinRule({ join_rule: "knock_restricted", allow: [{ type: "m.room_membership", room_id: hall }] }));
  await join(bob, room);
  refused(await tryJoin(carol, room), 403, "M_FORBIDDEN");
  ok(await carol.post(route`/knock/${room}`));
  await act(alice, "invite", room, carol);
  await join(carol, room);
});

test("v1.3: tokens live as long as their session, so nobody gets one to refresh them, asked for or not", async () => {
  const alice = await server.stranger();
  const identifier = { type: "m.id.user", user: alice.name };
  const body = { type: "m.login.password", identifier, password: alice.password, refresh_token: true };
  const answer = recordAt(ok(await ask("POST", "/login", { body })));
  assert.deepEqual([answer["refresh_token"], answer["expires_in_ms"]], [undefined, undefined]);
  refused(await ask("POST", "/refresh", { body: { refresh_token: "x" } }), 404, "M_UNRECOGNIZED");
});

test("v1.3: an auth without a type asks how far its session has come, and completes nothing", async () => {
  const alice = await server.stranger();
  const request: JsonRecord = { new_password: "another long pass phrase" };
  const challenge = await alice.post("/account/password", request);
  const again = await alice.post("/account/password", { ...request, auth: { session: textAt(challenge.json, "session") } });
  assert.equal(again.status, 401);
  assert.deepEqual(at(again.json, "flows"), at(challenge.json, "flows"));
});

test("v1.3: state keys that begin with @ are their owner's, and everybody may invite where the levels say nothing of it", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  const content: Json = { of: "mine" };
  await setState(alice, room, "m.room.power_levels", { users: {}, state_default: 0 });
  ok(await trySetState(bob, room, "org.example.state", content, bob.userId));
  refused(await trySetState(bob, room, "org.example.state", content, alice.userId), 403, "M_FORBIDDEN");
  const carol = await server.stranger();
  await act(bob, "invite", room, carol);
  await leave(carol, room);
});
