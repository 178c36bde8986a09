import assert from "node:assert/strict";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import type { Identity } from "#identity";
import { MatrixError } from "#kernel";
import { startTestServer, type TestServer, TOKEN } from "./http-server.test-support.ts";

const SEND = "/_matrix/client/v3/rooms/!room:test/send/m.room.message/1";
const message = { msgtype: "m.text", body: "hello" };

let server: TestServer;
before(async () => {
  server = await startTestServer();
});
after(() => server.close());

test("a good request passes every guard and gets the module's answer", async () => {
  const answer = await server.ask("PUT", SEND, { body: message });
  assert.deepEqual([answer.status, answer.json], [200, { event_id: "$event" }]);
});

test("every answer carries the CORS headers, refusals included", async () => {
  const answers = await Promise.all([
    server.ask("PUT", SEND, { body: message }),
    server.ask("GET", "/nowhere"),
    server.ask("GET", SEND),
    server.ask("PUT", SEND, { body: message, token: "" }),
    server.ask("PUT", SEND, { body: "{" }),
    server.ask("PUT", SEND, { body: "x".repeat(200_000) }),
    server.ask("GET", "/%ff"),
    server.ask("OPTIONS", SEND),
  ]);
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 404, 405, 401, 400, 413, 400, 204],
  );
  for (const { headers } of answers) {
    assert.equal(headers["access-control-allow-origin"], "*");
    assert.equal(headers["access-control-allow-methods"], "GET, POST, PUT, DELETE, OPTIONS");
    assert.equal(headers["access-control-allow-headers"], "X-Requested-With, Content-Type, Authorization");
  }
});

test("every answer forbids caching, sniffing and running it as a page", async () => {
  const { headers } = await server.ask("GET", "/_matrix/client/versions");
  assert.equal(headers["cache-control"], "no-store");
  assert.equal(headers["x-content-type-options"], "nosniff");
  assert.match(String(headers["content-security-policy"]), /sandbox; default-src 'none'/);
  assert.equal(headers["content-type"], "application/json");
});

test("OPTIONS is answered on any path, known or not, before authentication", async () => {
  server.seen.calls.length = 0;
  for (const path of [SEND, "/nowhere", "/%ff", "/_matrix/client/v3/sync"]) {
    const answer = await server.ask("OPTIONS", path, { token: "" });
    assert.deepEqual([answer.status, answer.text], [204, ""]);
  }
  assert.deepEqual(server.seen.calls, []);
});

test("an unknown path is 404 M_UNRECOGNIZED and a known one with a wrong method 405 M_UNRECOGNIZED, both before authentication", async () => {
  const unknown = await server.ask("GET", "/_matrix/client/v3/nowhere", { token: "" });
  assert.deepEqual([unknown.status, unknown.json["errcode"]], [404, "M_UNRECOGNIZED"]);
  const wrong = await server.ask("POST", SEND, { token: "" });
  assert.deepEqual([wrong.status, wrong.json["errcode"], wrong.headers["allow"]], [405, "M_UNRECOGNIZED", "PUT, OPTIONS"]);
});

test("paths are exact: no added slash, no doubled slash, no empty parameter", async () => {
  for (const path of ["/_matrix/client/versions/", "/_matrix//client/versions", "/_matrix/client/v3/rooms//send/m.a/1", "/", "//"]) {
    assert.equal((await server.ask("GET", path)).status, 404, path);
  }
});

test("authentication comes before the body is looked at", async () => {
  const answer = await server.ask("PUT", SEND, { body: "not json", token: "" });
  assert.deepEqual([answer.status, answer.json["errcode"]], [401, "M_MISSING_TOKEN"]);
});

test("an unknown token is a hard logout and an expired one a soft logout", async () => {
  const unknown = await server.ask("GET", "/_matrix/client/v3/account/whoami", { token: "bad" });
  assert.deepEqual([unknown.status, unknown.json["errcode"], unknown.json["soft_logout"]], [401, "M_UNKNOWN_TOKEN", undefined]);
  const expired = await server.ask("GET", "/_matrix/client/v3/account/whoami", { token: "old-token" });
  assert.deepEqual([expired.status, expired.json["errcode"], expired.json["soft_logout"]], [401, "M_UNKNOWN_TOKEN", true]);
});

test("a token that identity has to look up first is accepted too", async () => {
  assert.equal((await server.ask("GET", "/_matrix/client/v3/account/whoami", { token: "slow-token" })).status, 200);
});

test("a token is read from the header, else from the query; the header wins; another scheme is no token", async () => {
  const path = "/_matrix/client/v3/account/whoami";
  const status = async (query: string, headers: Record<string, string>) =>
    (await server.ask("GET", path + query, { token: "", headers })).status;
  assert.equal(await status(`?access_token=${TOKEN}`, {}), 200);
  assert.equal(await status(`?access_token=${TOKEN}`, { authorization: "Bearer bad" }), 401);
  assert.equal(await status(`?access_token=bad`, { authorization: `bearer  ${TOKEN}` }), 200);
  assert.equal(await status("", { authorization: `Basic ${TOKEN}` }), 401);
  assert.equal(await status("", { authorization: "Bearer " }), 401);
});

test("wrong JSON is told apart: not JSON, JSON that Matrix forbids, JSON of the wrong shape", async () => {
  const code = async (path: string, body: string | Buffer) => {
    const { status, json } = await server.ask("PUT", path, { body });
    return `${status} ${String(json["errcode"])}`;
  };
  for (const body of ["", "{", "nonsense", `{"a":NaN}`, `{"a":1}x`, "\uFEFF{}"])
    assert.equal(await code(SEND, body), "400 M_NOT_JSON", body);
  assert.equal(await code(SEND, Buffer.from([0x22, 0xff, 0xfe, 0x22])), "400 M_NOT_JSON");
  for (const body of [`{"a":1.0}`, `{"a":1e3}`, `{"a":9007199254740992}`, `{"a":-0}`, `{"a":1,"a":2}`, "[]", `"text"`, "null", "7"]) {
    assert.equal(await code(SEND, body), "400 M_BAD_JSON", body);
  }
  assert.equal(await code(SEND, "[".repeat(50_000)), "400 M_BAD_JSON");
  assert.equal(await code(SEND, `{"a":${"9".repeat(60_000)}}`), "400 M_BAD_JSON");
  assert.equal(await code("/_matrix/client/v3/rooms/!room:test/typing/@alice:test", `{"typing":"yes"}`), "400 M_BAD_JSON");
  assert.equal(await code("/_matrix/client/v3/rooms/!room:test/typing/@alice:test", "{}"), "400 M_BAD_JSON");
});

test("an array is no body, not even where every member is optional", async () => {
  for (const path of ["createRoom", "join/!room:test", "rooms/!room:test/leave", "rooms/!room:test/read_markers"]) {
    const { status, json } = await server.ask("POST", `/_matrix/client/v3/${path}`, { body: "[]" });
    assert.deepEqual([status, json["errcode"]], [400, "M_BAD_JSON"], path);
  }
});

test("floats are for what is no event: an account-data tag order passes", async () => {
  const answer = await server.ask("PUT", "/_matrix/client/v3/user/@alice:test/account_data/m.x", { body: `{"order":0.25}` });
  assert.equal(answer.status, 200);
});

test("a wrong parameter is M_INVALID_PARAM, an absent one M_MISSING_PARAM, and the value is not repeated", async () => {
  const get = (path: string) => server.ask("GET", `/_matrix/client/v3/rooms/${path}`);
  for (const path of [
    "room/state",
    "!room:test/event/no-sigil",
    "!a%00b:test/state",
    `!${"x".repeat(300)}/state`,
    "!room:test/messages?dir=secret",
  ]) {
    const { status, json } = await get(path);
    assert.deepEqual([status, json["errcode"]], [400, "M_INVALID_PARAM"], path);
    assert.doesNotMatch(JSON.stringify(json), /secret/);
  }
  assert.deepEqual((await get("!room:test/messages")).json["errcode"], "M_MISSING_PARAM");
  assert.deepEqual((await get("!room:test/messages?dir=b&limit=ten")).json["errcode"], "M_INVALID_PARAM");
  assert.deepEqual((await get("!room:test/messages?dir=b&from=broken")).json["errcode"], "M_INVALID_PARAM");
  assert.deepEqual((await get("!room:test/messages?dir=b&filter=%7B")).json["errcode"], "M_INVALID_PARAM");
  assert.deepEqual((await get("!room:test/messages?dir=b&filter=%7B%22types%22:7%7D")).json["errcode"], "M_INVALID_PARAM");
});

test("broken percent escapes are 400 in path and query, and an escaped slash stays inside its parameter", async () => {
  for (const path of ["/%", "/%zz", "/%c3%28", "/_matrix/client/v3/rooms/%ed%a0%80/state", "/_matrix/client/v3/sync?since=%ff"]) {
    assert.deepEqual((await server.ask("GET", path)).json["errcode"], "M_INVALID_PARAM", path);
  }
  const seen: unknown[] = [];
  const other = await startTestServer({
    rooms: {
      getState: (...input: unknown[]) => {
        seen.push(input[3]);
        throw new MatrixError("M_NOT_FOUND", "none");
      },
    },
  });
  await other.ask("GET", "/_matrix/client/v3/rooms/!r:test/state/m.x/a%2Fb%3F%20c");
  await other.ask("GET", "/_matrix/client/v3/rooms/!r:test/state/m.x/");
  await other.ask("GET", "/_matrix/client/v3/rooms/!r:test/state/m.x");
  assert.deepEqual(seen, ["a/b? c", "", ""]);
  await other.close();
});

test("keys named like parts of a prototype arrive as they were sent and satisfy no schema", async () => {
  const contents: unknown[] = [];
  const other = await startTestServer({
    rooms: {
      sendMessage: (_: unknown, input: { content: object }) => {
        contents.push(Object.keys(input.content).sort());
        return { eventId: "$e" };
      },
    },
  });
  await other.ask("PUT", SEND, { body: `{"__proto__":{"admin":true},"constructor":1,"hasOwnProperty":2}` });
  assert.deepEqual(contents, [["__proto__", "constructor", "hasOwnProperty"]]);
  const typing = "/_matrix/client/v3/rooms/!room:test/typing/@alice:test";
  assert.equal((await other.ask("PUT", typing, { body: `{"__proto__":{"typing":true}}` })).status, 400);
  assert.equal((await other.ask("GET", "/_matrix/client/v3/profile/@alice:test/constructor")).status, 400);
  assert.equal((await other.ask("GET", "/_matrix/client/v3/rooms/!room:test/messages?__proto__=b&constructor=1")).status, 400);
  await other.close();
});

test("a refusal of the policy is 403, names the rule, is recorded, and the module is not called", async () => {
  const calls: string[] = [];
  const other = await startTestServer({
    policy: { decide: () => ({ allowed: false, rule: "night-hours" }) },
    rooms: { sendMessage: () => calls.push("sendMessage") },
  });
  const answer = await other.ask("PUT", SEND, { body: message });
  assert.deepEqual([answer.status, answer.json["errcode"]], [403, "M_FORBIDDEN"]);
  assert.match(String(answer.json["error"]), /night-hours/);
  assert.deepEqual(calls, []);
  assert.deepEqual(other.seen.refused, [
    {
      event: "room.message.sent",
      actor: "@alice:test",
      deviceId: "DEV",
      address: "127.0.0.1",
      roomId: "!room:test",
      outcome: "refused",
      reason: "night-hours",
    },
  ]);
  await other.close();
});

test("a refusal of what has no code of its own names the rule and the action", async () => {
  const other = await startTestServer({ policy: { decide: () => ({ allowed: false, rule: "night-hours" }) } });
  await other.ask("GET", "/_matrix/client/v3/rooms/!room:test/state");
  await other.ask("POST", "/_matrix/client/v3/login", { body: { type: "m.login.password" }, token: "" });
  assert.deepEqual(
    other.seen.refused.map(({ event, actor, address, reason }) => [event, actor, address, reason]),
    [
      ["access.refused", "@alice:test", "127.0.0.1", "night-hours room.state.read"],
      ["session.created", "unknown", "127.0.0.1", "night-hours"],
    ],
  );
  await other.close();
});

test("guessed tokens are recorded by the address alone; a missing, an expired and a good token are not", async () => {
  const other = await startTestServer();
  const whoami = (token: string) => other.ask("GET", "/_matrix/client/v3/account/whoami", { token });
  for (const token of ["guess-one", "guess-two", "old-token", "", TOKEN]) await whoami(token);
  const refusal = { event: "access.refused", actor: "unknown", address: "127.0.0.1", outcome: "refused", reason: "unknown-token" };
  assert.deepEqual(other.seen.refused, [refusal, refusal]);
  await other.close();
});

test("two requests with one token from two addresses act each from its own", async () => {
  const seen: unknown[] = [];
  const shared = Object.freeze({ userId: "@alice:test", deviceId: "DEV", isAdmin: false });
  const other = await startTestServer({
    config: { trustedProxies: ["127.0.0.1"] },
    identity: { authenticate: () => ({ kind: "valid", actor: shared }) },
    rooms: { sendMessage: (actor: { readonly address?: string }) => (seen.push(actor.address), { eventId: "$event" }) },
  });
  for (const address of ["192.0.2.1", "192.0.2.2"])
    assert.equal((await other.ask("PUT", SEND, { body: message, headers: { "x-forwarded-for": address } })).status, 200);
  assert.deepEqual(seen, ["192.0.2.1", "192.0.2.2"]);
  await other.close();
});

test("tries beyond the limit are recorded, so that guessing does not vanish behind it", async () => {
  const other = await startTestServer();
  const login = () =>
    other.ask("POST", "/_matrix/client/v3/login", { token: "", body: { type: "m.login.password", user: "alice", password: "guess" } });
  for (let attempt = 0; attempt < 6; attempt += 1) await login();
  assert.deepEqual(other.seen.refused, [
    { event: "session.created", actor: "unknown", address: "127.0.0.1", outcome: "refused", reason: "too-many-tries" },
  ]);
  await other.close();
});

test("what is another user's is refused: account data, filter, typing, presence, profile", async () => {
  const bob = "@bob:test";
  const asks: [string, string, object?][] = [
    ["GET", `/_matrix/client/v3/user/${bob}/account_data/m.x`],
    ["PUT", `/_matrix/client/v3/user/${bob}/account_data/m.x`, {}],
    ["GET", `/_matrix/client/v3/user/${bob}/rooms/!room:test/account_data/m.x`],
    ["PUT", `/_matrix/client/v3/user/${bob}/rooms/!room:test/account_data/m.x`, {}],
    ["POST", `/_matrix/client/v3/user/${bob}/filter`, {}],
    ["GET", `/_matrix/client/v3/user/${bob}/filter/1`],
    ["PUT", `/_matrix/client/v3/rooms/!room:test/typing/${bob}`, { typing: true }],
    ["PUT", `/_matrix/client/v3/presence/${bob}/status`, { presence: "online" }],
    ["PUT", `/_matrix/client/v3/profile/${bob}/displayname`, { displayname: "x" }],
    ["DELETE", `/_matrix/client/v3/profile/${bob}/displayname`],
  ];
  for (const [method, path, body] of asks) {
    const answer = await server.ask(method, path, body === undefined ? {} : { body });
    assert.deepEqual([answer.status, answer.json["errcode"]], [403, "M_FORBIDDEN"], path);
  }
});

test("an unexpected error is a 500 with a reference and nothing of the inside, and the log holds no token", async () => {
  const other = await startTestServer({
    rooms: {
      joinedRooms: () => {
        throw new TypeError("table rooms: constraint failed");
      },
    },
  });
  const answer = await other.ask("GET", "/_matrix/client/v3/joined_rooms?access_token=good-token", { token: "" });
  assert.deepEqual([answer.status, answer.json["errcode"]], [500, "M_UNKNOWN"]);
  assert.doesNotMatch(answer.text, /table|constraint|TypeError/);
  const reference = /under (\S+)\./.exec(String(answer.json["error"]))?.[1] ?? "?";
  assert.equal(other.seen.logged.length, 1);
  assert.match(other.seen.logged[0] ?? "", new RegExp(reference));
  assert.doesNotMatch(other.seen.logged.join(""), /good-token|access_token/);
  await other.close();
});

test("HEAD is answered like GET, without the body", async () => {
  const answer = await server.ask("HEAD", "/_matrix/client/versions");
  assert.deepEqual([answer.status, answer.text], [200, ""]);
});

test("who is signed out while the body is on its way does nothing with it, also where the device signs in anew meanwhile", async (context) => {
  const valid = new Set([TOKEN]);
  const arrived = Promise.withResolvers<void>();
  let revoke: Parameters<Identity["onRevoked"]>[0] = () => {};
  const own = await startTestServer({
    identity: {
      onRevoked: (listener: typeof revoke) => void (revoke = listener),
      authenticate(token: string): object {
        arrived.resolve();
        const kind = valid.has(token) ? "valid" : "unknown";
        return { kind, actor: { userId: "@alice:test", deviceId: "DEV", isAdmin: false } };
      },
    },
  });
  context.after(() => own.close());
  const socket = connect(own.port, "127.0.0.1");
  socket.write(`PUT ${SEND} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{`);
  await arrived.promise;
  valid.clear();
  valid.add("next");
  revoke("@alice:test", () => true);
  socket.write("}");
  assert.match(await text(socket), /^HTTP\/1\.1 401 [^]*M_UNKNOWN_TOKEN/);
  assert.deepEqual(own.seen.calls, []);
});
