// The guards that hold for every endpoint alike, and the proof that none of them was forgotten.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type EndpointDeclaration, endpoints, isBytes, isFile, isNone } from "@wardroom/spec";
import { endpointTable } from "@wardroom/server";
import { at, listAt, ok, refused, route, type Session } from "@wardroom/testkit";
import { checkCode } from "./answer-validator.test-support.ts";
import { examples } from "./endpoint-examples.test-support.ts";
import type { Scene } from "./examples/scene.test-support.ts";
import { act, idsOf, leave, makeRoom, makeRoomWith, say } from "./room-steps.test-support.ts";
import { useServer } from "./running-server.test-support.ts";

const server = useServer(prepare, { WARDROOM_SUPPORT_ADMIN: "admin@example.org" });
const declared = Object.entries<EndpointDeclaration>(endpoints);
const endpointOf = (name: string): EndpointDeclaration => {
  const [, found] = declared.find(([known]) => known === name) ?? [];
  assert.ok(found, name);
  return found;
};
/** Every address, the other spellings of an endpoint included. */
const addresses = declared.flatMap(([name, endpoint]) =>
  [endpoint.path, ...(endpoint.aliases ?? [])].map((path) => ({ name, endpoint, path })),
);
const withToken = addresses.filter(({ endpoint }) => !isNone(endpoint.auth));

interface Cast extends Scene {
  readonly outsider: Session;
  readonly left: Session;
  readonly invited: Session;
  readonly revoked: string;
}
let cast: Cast | undefined;
function scene(): Cast {
  assert.ok(cast);
  return cast;
}

async function prepare(): Promise<void> {
  const [me, guest, banned, outsider, left, invited, gone] = await server.people(
    "me",
    "guest",
    "banned",
    "outsider",
    "left",
    "invited",
    "gone",
  );
  assert.ok(me && guest && banned && outsider && left && invited && gone);
  const room = await makeRoomWith(me, [guest, left, banned]);
  const open = await makeRoom(guest, { preset: "public_chat", room_alias_name: "open" });
  const event = await say(me, room, "example");
  await leave(left, room);
  await act(me, "ban", room, banned);
  await act(me, "invite", room, invited);
  ok(await gone.request("POST", "/logout"));
  const ask: Scene["ask"] = (method, path, body) =>
    server.http().request(method, path, body === undefined ? {} : { body: JSON.parse(JSON.stringify(body)) });
  cast = { me, guest, banned, outsider, left, invited, room, open, alias: "#open:localhost", event, revoked: gone.token, ask };
}

/** The address with plausible values in the place of its parameters. */
function fill(path: string, values: Readonly<Record<string, string>> = {}): string {
  const defaults: Readonly<Record<string, string>> = {
    roomId: scene().room,
    roomIdOrAlias: scene().room,
    roomAlias: scene().alias,
    eventId: scene().event,
    userId: scene().me.userId,
    receiptType: "m.read",
    eventType: "org.example",
    keyName: "displayname",
    type: "org.example",
    kind: "override",
  };
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? defaults[name] ?? "example"));
}

const request = (endpoint: EndpointDeclaration, path: string, options: { token?: string; userId?: string } = {}) =>
  server.http().request(endpoint.method, fill(path, options.userId === undefined ? {} : { userId: options.userId }), {
    ...(options.token === undefined ? {} : { token: options.token }),
    ...(isNone(endpoint.body) ? {} : { body: {} }),
  });

test("every endpoint has an example here, and the generated table lists every address", () => {
  assert.deepEqual(Object.keys(examples).sort(), declared.map(([name]) => name).sort());
  const table = endpointTable();
  for (const { endpoint, path } of addresses) assert.ok(table.includes(`[${endpoint.method} \`${path}\`]`), path);
});

test("every endpoint answers its example with 200, and as the specification describes it", async () => {
  const failures: string[] = [];
  for (const [name, example] of Object.entries(examples)) {
    try {
      if (name === "kick") await act(scene().me, "invite", scene().room, scene().banned);
      if (name === "inviteUser") await act(scene().me, "unban", scene().room, scene().banned);
      const answer = await example(scene());
      if (isFile(endpointOf(name).response)) assert.equal(answer.status, 200, answer.text);
      else ok(answer);
    } catch (error) {
      failures.push(`${name}: ${error instanceof Error ? error.message : "?"}`);
    }
  }
  assert.deepEqual(failures, []);
});

test("no endpoint that wants a token answers without one, with a wrong one or with one that was signed out", async () => {
  for (const { endpoint, path } of withToken) {
    refused(await request(endpoint, path), 401, "M_MISSING_TOKEN");
    refused(await request(endpoint, path, { token: "wrong" }), 401, "M_UNKNOWN_TOKEN");
    const revoked = await request(endpoint, path, { token: scene().revoked });
    refused(revoked, 401, "M_UNKNOWN_TOKEN");
    assert.notEqual(at(revoked.json, "soft_logout"), true, path);
  }
});

test("every answer, refusals included, has CORS headers and is JSON that nobody may cache or sniff", async () => {
  for (const { endpoint, path } of addresses) {
    const { headers, status } = await request(endpoint, path, { token: "wrong" });
    assert.equal(headers.get("access-control-allow-origin"), "*", `${path} ${status}`);
    assert.match(headers.get("content-type") ?? "", /^application\/json/, path);
  }
});

test("every address answers OPTIONS before it asks for a token", async () => {
  for (const { path } of addresses) {
    const { status, headers } = await server.http().request("OPTIONS", fill(path));
    assert.ok(status === 200 || status === 204, `${path}: ${status}`);
    assert.equal(headers.get("access-control-allow-origin"), "*");
    for (const method of ["GET", "POST", "PUT", "DELETE", "OPTIONS"])
      assert.match(headers.get("access-control-allow-methods") ?? "", new RegExp(method));
    for (const name of ["authorization", "content-type", "x-requested-with"])
      assert.match((headers.get("access-control-allow-headers") ?? "").toLowerCase(), new RegExp(name));
  }
});

test("every address refuses methods that it does not have, and says that it does not know them", async () => {
  const known = Map.groupBy(addresses, ({ path }) => path.replaceAll(/\{\w+\}/g, "{}"));
  for (const group of known.values()) {
    const [{ path } = { path: "" }] = group;
    const methods = new Set<string>(group.map(({ endpoint }) => endpoint.method));
    for (const method of ["GET", "POST", "PUT", "DELETE", "PATCH"]) {
      if (methods.has(method)) continue;
      refused(await server.http().request(method, fill(path), { token: scene().me.token }), 405, "M_UNRECOGNIZED");
    }
  }
});

test("every endpoint with a body refuses what is no JSON, what is no object, and what is too large", async () => {
  for (const { endpoint, path } of addresses) {
    if (isNone(endpoint.body) || isBytes(endpoint.body)) continue;
    // Some also want a version in the query, which is looked at before the body.
    const options = { token: scene().me.token, query: { version: "1" } };
    const send = (rawBody: string | Uint8Array) => server.http().request(endpoint.method, fill(path), { ...options, rawBody });
    for (const text of ["{", "nonsense", '{"a":}', "{'a':1}", '{"a":1,}', "{}{}"]) refused(await send(text), 400, "M_NOT_JSON");
    refused(await send(new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])), 400, "M_NOT_JSON");
    for (const text of ["[]", '"text"', "7", "null", "true"])
      refused(await send(text), 400, ["M_BAD_JSON", "M_NOT_JSON", "M_INVALID_PARAM"]);
    refused(await send(`{"a":"${"x".repeat(2_000_000)}"}`), 413, "M_TOO_LARGE");
  }
});

/** Endpoints of a room in which one need not be, and why. */
const forOutsiders: Readonly<Record<string, string>> = {
  joinRoom: "the room of the example is public",
  joinRoomById: "the room of the example is public",
  forgetRoom: "what one never knew can be forgotten without harm",
  getRoomSummary: "the room of the example is public",
  getSpaceHierarchy: "the room of the example is public",
  getRoomVisibilityOnDirectory: "the room of the example is public",
  setAccountDataPerRoom: "one's own notes",
  getAccountDataPerRoom: "one's own notes",
  getRoomTags: "one's own notes",
  setRoomTag: "one's own notes",
  deleteRoomTag: "one's own notes",
  reportRoom: "whoever saw a room in a directory or an invitation may report it",
  putRoomKeysByRoomId: "one's own keys",
  putRoomKeyBySessionId: "one's own keys",
  getRoomKeysByRoomId: "one's own keys",
  getRoomKeyBySessionId: "one's own keys",
  deleteRoomKeysByRoomId: "one's own keys",
  deleteRoomKeyBySessionId: "one's own keys",
};
/** What who left may still do: read their past. */
const forThoseWhoLeft = new Set([
  "getOneRoomEvent",
  "getRoomEvents",
  "getRoomState",
  "getRoomStateWithKey",
  "getMembersByRoom",
  "getEventContext",
  "getEventByTimestamp",
  "getRelatingEvents",
  "getRelatingEventsWithRelType",
  "getRelatingEventsWithRelTypeAndEventType",
  "getThreadRoots",
  "leaveRoom",
  ...Object.keys(forOutsiders),
]);

test("no endpoint of a room gives anything to, or takes anything from, those who are not in it", async () => {
  const inRooms = withToken.filter(({ path }) => /\{roomId(OrAlias)?\}/.test(path));
  const people = {
    outsider: scene().outsider,
    invited: scene().invited,
    left: scene().left,
    banned: await server.http().login("banned", scene().banned.password),
  };
  const before = await snapshot();
  for (const [standing, who] of Object.entries(people)) {
    for (const { name, endpoint, path } of inRooms) {
      const departed = standing === "left" || standing === "banned";
      if (name in forOutsiders || (departed && forThoseWhoLeft.has(name)) || (standing === "invited" && name === "leaveRoom")) continue;
      const body = { user_id: scene().guest.userId, typing: true, "m.fully_read": scene().event, new_version: "12" };
      const answer = await who.request(endpoint.method, fill(path, { userId: who.userId, eventType: "m.room.message" }), {
        ...(isNone(endpoint.body) ? {} : { body }),
        query: { dir: "b", ts: "0" },
      });
      assert.ok(
        answer.status === 403 || answer.status === 404,
        `${standing}: ${answer.asked} → ${answer.status} ${answer.text.slice(0, 200)}`,
      );
    }
  }
  assert.deepEqual(await snapshot(), before, "and nothing in the room has changed");
});

/** Every event of the room, for comparison. */
async function snapshot(): Promise<string[]> {
  const { me, room } = scene();
  const answer = ok(await me.get(route`/rooms/${room}/messages`, { dir: "f", limit: "1000" }));
  const chunk = listAt(answer, "chunk");
  return idsOf(chunk);
}

/** Endpoints that show something of another person on purpose. */
const openToOthers: Readonly<Record<string, string>> = {
  getUserProfile: "profiles are public within the server",
  getProfileField: "profiles are public within the server",
  getPresence: "answers without telling anything to strangers",
  reportUser: "whoever met a person anywhere may report them",
};

test("no endpoint of a person serves another person", async () => {
  const { me, guest } = scene();
  for (const { name, endpoint, path } of withToken.filter(({ path }) => path.includes("{userId}"))) {
    if (name in openToOthers) continue;
    const answer = await server.http().request(endpoint.method, fill(path, { userId: me.userId, roomId: scene().room }), {
      token: guest.token,
      ...(isNone(endpoint.body) ? {} : { body: { typing: true, presence: "offline", displayname: "stolen" } }),
    });
    refused(answer, 403, "M_FORBIDDEN");
  }
});

test("a refusal whose code its endpoint does not declare fails the test that met it", () => {
  const path = "/_matrix/client/v3/rooms/!r/forget";
  const answer = (errcode: string, status = 400) => ({ method: "POST", path, status, body: { errcode, error: "" } });
  assert.throws(() => checkCode(answer("M_BAD_ALIAS")), /forgetRoom answers M_BAD_ALIAS/);
  for (const code of ["M_FORBIDDEN", "M_UNKNOWN", "M_NOT_JSON"]) checkCode(answer(code));
  checkCode(answer("M_UNKNOWN", 503));
  assert.throws(() => checkCode({ ...answer("M_UNKNOWN"), path: "/_matrix/client/v3/rooms/!r/join" }), /M_UNKNOWN/);
});
