import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type EndpointDeclaration, type EndpointName, endpoints, isFile } from "@wardroom/spec";
import * as v from "valibot";
import { ADMIN_TOKEN, startTestServer, type TestServer, TOKEN } from "../http-server.test-support.ts";

let server: TestServer;
before(async () => {
  server = await startTestServer({ config: { profile: "conformance", support: { admin: "admin@example.org" } } });
});
after(() => server.close());

const values: Readonly<Record<string, string>> = {
  roomId: "!room:test",
  roomIdOrAlias: "#room:test",
  roomAlias: "#room:test",
  userId: "@alice:test",
  eventId: "$event",
  eventType: "m.room.name",
  stateKey: "key",
  relType: "m.thread",
  txnId: "t1",
  filterId: "7",
  type: "m.x",
  keyName: "displayname",
  receiptType: "m.read",
  serverName: "test",
  mediaId: "media",
  fileName: "a.json",
  deviceId: "DEV",
  version: "1",
  sessionId: "session",
  kind: "override",
  ruleId: "mine",
  log: "1",
  index: "0",
  path: "0/x001/234.p/5",
};
const backup = { algorithm: "m.megolm_backup.v1.curve25519-aes-sha2", auth_data: {} };
const key = { first_message_index: 0, forwarded_count: 0, is_verified: true, session_data: {} };
const bodies: { readonly [Name in EndpointName]?: object } = {
  login: { type: "m.login.password", identifier: { type: "m.id.user", user: "alice" }, password: "secret-password" },
  register: { username: "new", password: "secret-password" },
  changePassword: { new_password: "new-password" },
  inviteUser: { user_id: "@bob:test" },
  kick: { user_id: "@bob:test", reason: "why" },
  ban: { user_id: "@bob:test" },
  unban: { user_id: "@bob:test" },
  setTyping: { typing: true, timeout: 5000 },
  setReadMarker: { "m.fully_read": "$a", "m.read": "$b", "m.read.private": "$c" },
  setProfileField: { displayname: "Alice" },
  upgradeRoom: { new_version: "12" },
  reportRoom: { reason: "spam" },
  reportEvent: { reason: "spam" },
  reportUser: { reason: "spam" },
  setRoomTag: { order: 0.5 },
  search: { search_categories: { room_events: { search_term: "x" } } },
  setPresence: { presence: "online", status_msg: null },
  queryKeys: { device_keys: { "@bob:test": [] } },
  claimKeys: { one_time_keys: { "@bob:test": { DEV: "signed_curve25519" } } },
  setRoomAlias: { room_id: "!room:test" },
  searchUserDirectory: { search_term: "bob" },
  setPushRule: { actions: ["notify"], conditions: [] },
  setPushRuleEnabled: { enabled: true },
  setPushRuleActions: { actions: [] },
  postPusher: { kind: null, app_id: "app", pushkey: "key" },
  sendToDevice: { messages: { "@bob:test": { "*": {} } } },
  deleteDevices: { devices: ["A"] },
  updateDevice: { display_name: "Phone" },
  postRoomKeysVersion: backup,
  putRoomKeysVersion: backup,
  putRoomKeys: { rooms: { "!room:test": { sessions: { session: key } } } },
  putRoomKeysByRoomId: { sessions: { session: key } },
  putRoomKeyBySessionId: key,
  createRoom: { name: "Room", initial_state: [{ type: "m.room.topic", content: { topic: "x" } }], power_level_content_override: {} },
};
const queries: { readonly [Name in EndpointName]?: string } = {
  getRoomEvents: "?dir=b&limit=5&from=s9",
  getMutualRooms: "?user_id=%40bob%3Atest",
  putRoomKeys: "?version=1",
  putRoomKeysByRoomId: "?version=1",
  putRoomKeyBySessionId: "?version=1",
  getRoomKeys: "?version=1",
  getRoomKeysByRoomId: "?version=1",
  getRoomKeyBySessionId: "?version=1",
  deleteRoomKeys: "?version=1",
  deleteRoomKeysByRoomId: "?version=1",
  deleteRoomKeyBySessionId: "?version=1",
  getKeysChanges: "?from=s1&to=s2",
  checkUsernameAvailability: "?username=new",
  getContentThumbnailAuthed: "?width=32&height=32",
  getEventByTimestamp: "?ts=5&dir=f",
};
// What the modules are asked; an endpoint that is not here answers by itself.
const silent: ReadonlySet<string> = new Set([
  "getVersions",
  "getWellknown",
  "getWellknownSupport",
  "getCapabilities",
  "getLoginFlows",
  "whoami",
  "getConfigAuthed",
  "setPresence",
  "getPresence",
  "getTurnServer",
  "getProtocols",
  "getAccount3PIDs",
]);

const declarations: readonly [string, EndpointDeclaration][] = Object.entries(endpoints);
const fill = (template: string) =>
  template.replaceAll(/\{(\+?)(\w+)\}/g, (_, plus: string, name: string) => {
    const value = values[name] ?? "missing";
    return plus === "" ? encodeURIComponent(value) : value;
  });
const tokenFor = ({ policy }: EndpointDeclaration) => (policy.who === "admin" ? ADMIN_TOKEN : TOKEN);
const given = <T>(table: { readonly [name: string]: T | undefined }, name: string): T | undefined => table[name];

for (const [name, declaration] of declarations) {
  for (const path of [declaration.path, ...(declaration.aliases ?? [])]) {
    test(`${name} (${declaration.method} ${path}) answers as it declares and asks its module`, async () => {
      server.seen.calls.length = 0;
      const body = declaration.method === "GET" || declaration.method === "DELETE" ? {} : { body: given(bodies, name) ?? {} };
      const token = tokenFor(declaration);
      const answer = await server.ask(declaration.method, fill(path) + (given(queries, name) ?? ""), { ...body, token });
      assert.equal(answer.status, 200, answer.text);
      const { response } = declaration;
      if (!("raw" in response) && !isFile(response)) assert.ok(v.is(response, answer.json), answer.text);
      const asked = server.seen.calls.filter((call) => call !== "authenticate");
      assert.equal(asked.length > 0, !silent.has(name), asked.join());
    });
  }
}

for (const [name, declaration] of declarations) {
  if (declaration.policy.who === "anyone") continue;
  test(`${name} refuses who brings no token or an unknown one`, async () => {
    for (const [token, code] of [
      ["", "M_MISSING_TOKEN"],
      ["bad", "M_UNKNOWN_TOKEN"],
    ] as const) {
      const answer = await server.ask(declaration.method, fill(declaration.path), { token });
      assert.deepEqual([answer.status, answer.json["errcode"]], [401, code]);
    }
  });
}
