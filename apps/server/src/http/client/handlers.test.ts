import assert from "node:assert/strict";
import { test } from "node:test";
import { UiaChallenge } from "#identity";
import { MatrixError, RawJson } from "#kernel";
import { startTestServer } from "../http-server.test-support.ts";

const c3 = "/_matrix/client/v3";
const refusal = ({ status, json }: { status: number; json: Readonly<Record<string, unknown>> }) => `${status} ${String(json["errcode"])}`;

test("registration is closed in the standard profile, and so is the question which names are free", async () => {
  const server = await startTestServer();
  assert.equal(refusal(await server.ask("POST", `${c3}/register`, { body: { username: "new" } })), "403 M_FORBIDDEN");
  assert.equal(refusal(await server.ask("GET", `${c3}/register/available?username=new`)), "403 M_FORBIDDEN");
  assert.deepEqual(server.seen.calls, []);
  await server.close();
});

test("there are no guests, in no profile", async () => {
  const server = await startTestServer({ config: { profile: "conformance" } });
  assert.equal(refusal(await server.ask("POST", `${c3}/register?kind=guest`, { body: {} })), "403 M_FORBIDDEN");
  assert.equal(refusal(await server.ask("POST", `${c3}/register?kind=robot`, { body: {} })), "400 M_INVALID_PARAM");
  await server.close();
});

test("registration makes no account before its stage is passed, and no session when login is inhibited", async () => {
  const challenge = { session: "s", flows: [{ stages: ["m.login.dummy"] }], params: {} };
  const closed = await startTestServer({
    config: { profile: "conformance" },
    identity: { uia: { require: () => Promise.reject(new UiaChallenge(challenge)) } },
  });
  const answer = await closed.ask("POST", `${c3}/register`, { body: { username: "new", password: "secret-password" }, token: "" });
  assert.deepEqual([answer.status, answer.json], [401, challenge]);
  assert.ok(!closed.seen.calls.includes("createAccount"));
  await closed.close();

  const open = await startTestServer({ config: { profile: "conformance" } });
  const registered = await open.ask("POST", `${c3}/register`, { body: { inhibit_login: true }, token: "" });
  assert.deepEqual(registered.json, { user_id: "@new:test" });
  assert.ok(!open.seen.calls.includes("createSession"));
  await open.close();
});

test("a taken name is told before the stages", async () => {
  const server = await startTestServer({ config: { profile: "conformance" }, identity: { isAvailable: () => Promise.resolve(false) } });
  assert.equal(refusal(await server.ask("POST", `${c3}/register`, { body: { username: "new" } })), "400 M_USER_IN_USE");
  assert.ok(!server.seen.calls.includes("uia"));
  await server.close();
});

test("login takes both spellings of the user and refuses other kinds of login and of identifier", async () => {
  const users: unknown[] = [];
  const server = await startTestServer({
    config: { profile: "conformance" },
    identity: {
      loginWithPassword: (input: object) => {
        users.push(input);
        return { userId: "@alice:test", accessToken: "t", deviceId: "D" };
      },
    },
  });
  const login = async (body: object) => server.ask("POST", `${c3}/login`, { body, token: "" });
  const password = { type: "m.login.password", password: "secret-password" };
  const answer = await login({ ...password, identifier: { type: "m.id.user", user: "alice" }, device_id: "D", refresh_token: true });
  assert.deepEqual(answer.json, {
    user_id: "@alice:test",
    access_token: "t",
    device_id: "D",
    well_known: { "m.homeserver": { base_url: "https://chat.test" } },
  });
  await login({ ...password, user: "@alice:test", initial_device_display_name: "Phone" });
  assert.deepEqual(users, [
    { user: "alice", password: "secret-password", deviceId: "D", address: "127.0.0.1" },
    { user: "@alice:test", password: "secret-password", displayName: "Phone", address: "127.0.0.1" },
  ]);
  assert.equal(refusal(await login({ type: "m.login.token", token: "x" })), "400 M_UNKNOWN");
  assert.equal(refusal(await login({ ...password, identifier: { type: "m.id.other" } })), "400 M_UNKNOWN");
  assert.equal(
    refusal(await login({ ...password, identifier: { type: "m.id.thirdparty", medium: "email", address: "a@b" } })),
    "403 M_FORBIDDEN",
  );
  assert.equal(refusal(await login(password)), "400 M_MISSING_PARAM");
  assert.equal(refusal(await login({ type: "m.login.password", user: "alice" })), "400 M_MISSING_PARAM");
  assert.equal(refusal(await login({})), "400 M_BAD_JSON");
  await server.close();
});

test("a changed password logs other devices out unless the request says otherwise", async () => {
  const kept: unknown[] = [];
  const server = await startTestServer({
    identity: { setPassword: (_user: string, _password: string, options: unknown) => Promise.resolve(void kept.push(options)) },
  });
  await server.ask("POST", `${c3}/account/password`, { body: { new_password: "new-password" } });
  await server.ask("POST", `${c3}/account/password`, { body: { new_password: "new-password", logout_devices: false } });
  const by = { userId: "@alice:test", deviceId: "DEV", isAdmin: false, address: "127.0.0.1" };
  assert.deepEqual(kept, [{ endSessions: { exceptDeviceId: "DEV" }, by }, { by }]);
  await server.close();
});

test("messages joins the events' text, gives tokens, and leaves `end` out where history ends", async () => {
  const server = await startTestServer();
  const more = await server.ask("GET", `${c3}/rooms/!room:test/messages?dir=b`);
  assert.equal(more.text, `{"start":"s5","end":"s3","chunk":[{"type":"m.a"},{"type":"m.b"}]}`);
  await server.close();
  const last = await startTestServer({ rooms: { listMessages: () => ({ chunk: [], start: 5, end: undefined, state: ["{}"] }) } });
  const done = await last.ask("GET", `${c3}/rooms/!room:test/messages?dir=b&from=s9`);
  assert.equal(done.text, `{"start":"s9","chunk":[],"state":[{}]}`);
  await last.close();
});

test("a page of at most no events is empty and ends where it began, or has no end where history ends", async () => {
  const server = await startTestServer();
  const path = `${c3}/rooms/!room:test/messages?dir=b&limit=0`;
  assert.equal((await server.ask("GET", path)).text, `{"start":"s5","end":"s5","chunk":[]}`);
  assert.equal((await server.ask("GET", `${path}&from=s9`)).text, `{"start":"s9","end":"s9","chunk":[]}`);
  assert.equal(refusal(await server.ask("GET", `${c3}/rooms/!room:test/messages?dir=b&limit=-1`)), "400 M_INVALID_PARAM");
  await server.close();
  const last = await startTestServer({ rooms: { listMessages: () => ({ chunk: [], start: 5, end: undefined, state: [] }) } });
  assert.equal((await last.ask("GET", path)).text, `{"start":"s5","chunk":[]}`);
  await last.close();
});

test("read markers are refused for the fully-read event before a receipt is stored", async () => {
  const notThere = () => Promise.reject(new MatrixError("M_NOT_FOUND", "There is no such event."));
  const server = await startTestServer({ rooms: { getEvent: notThere } });
  const body = { "m.fully_read": "$gone", "m.read": "$event", "m.read.private": "$event" };
  assert.equal(refusal(await server.ask("POST", `${c3}/rooms/!room:test/read_markers`, { body })), "404 M_NOT_FOUND");
  assert.ok(!server.seen.calls.includes("sendReceipt") && !server.seen.calls.includes("putInternal"));
  await server.close();
});

test("a thread id that is empty, no text or too long is a wrong parameter", async () => {
  const server = await startTestServer();
  const path = `${c3}/rooms/!room:test/receipt/m.read/$event`;
  for (const id of ["", 7, null, {}, "x".repeat(256), "\u0000"])
    assert.equal(refusal(await server.ask("POST", path, { body: { thread_id: id } })), "400 M_INVALID_PARAM", JSON.stringify(id));
  assert.ok(!server.seen.calls.includes("sendReceipt"));
  assert.equal(refusal(await server.ask("POST", path, { body: "[]" })), "400 M_BAD_JSON");
  await server.close();
});

test("messages bounds the page and passes the filter on, the excluded room included", async () => {
  const asked: { limit: number; lazyLoadMembers?: boolean; matches?: (event: object) => boolean }[] = [];
  const server = await startTestServer({
    rooms: {
      listMessages: (_: unknown, __: string, query: (typeof asked)[number]) => {
        asked.push(query);
        return { chunk: [], start: 1, end: undefined, state: [] };
      },
    },
  });
  const ask = (query: string, filter?: object) =>
    server.ask(
      "GET",
      `${c3}/rooms/!room:test/messages?dir=f${query}${filter === undefined ? "" : `&filter=${encodeURIComponent(JSON.stringify(filter))}`}`,
    );
  await ask("");
  await ask("&limit=999999999");
  await ask("&limit=0");
  await ask("", { types: ["m.room.*"], lazy_load_members: true });
  await ask("", { not_rooms: ["!room:test"] });
  assert.deepEqual(
    asked.map(({ limit }) => limit),
    [10, 1000, 1, 10, 10],
  );
  const event = { type: "m.room.message", sender: "@a:test", content: {} };
  assert.equal(asked[3]?.lazyLoadMembers, true);
  assert.deepEqual([asked[3]?.matches?.(event), asked[3]?.matches?.({ ...event, type: "m.reaction" })], [true, false]);
  assert.equal(asked[4]?.matches?.(event), false);
  await server.close();
});

test("members are asked for as they were at the token, and the module's list is put under `chunk` and `joined`", async () => {
  const asked: unknown[] = [];
  const server = await startTestServer({
    rooms: {
      listMembers: (_: unknown, __: string, query: object) => {
        asked.push(query);
        return Promise.resolve(new RawJson(`[{"type":"m.room.member"}]`));
      },
    },
  });
  const ask = (query: string) => server.ask("GET", `${c3}/rooms/!room:test/members${query}`);
  assert.equal((await ask("?at=s7&membership=join&not_membership=ban")).text, `{"chunk":[{"type":"m.room.member"}]}`);
  await ask("");
  assert.deepEqual(asked, [{ atPosition: 7, membership: "join", notMembership: "ban" }, {}]);
  assert.equal(refusal(await ask("?membership=friend")), "400 M_INVALID_PARAM");
  assert.equal((await server.ask("GET", `${c3}/rooms/!room:test/joined_members`)).text, `{"joined":{}}`);
  await server.close();
});

test("a token of a store before its restore counts as none, and is not taken for a place in this one", async () => {
  const asked: { readonly from?: number }[] = [];
  const server = await startTestServer({
    rooms: {
      listMessages: (_: unknown, __: string, query: { readonly from?: number }) => {
        asked.push(query);
        return Promise.resolve({ chunk: [], start: 1, end: undefined, state: [] });
      },
    },
  });
  await server.ask("GET", `${c3}/rooms/!room:test/messages?dir=b&from=s7`);
  await server.ask("GET", `${c3}/rooms/!room:test/messages?dir=b&from=s5000`);
  assert.deepEqual(
    asked.map(({ from }) => from),
    [7, undefined],
  );
  await server.close();
});

test("a fully-read marker is kept for members of the room only, and has no thread", async () => {
  const server = await startTestServer();
  const post = (room: string, body: object) => server.ask("POST", `${c3}/rooms/${room}/receipt/m.fully_read/$e`, { body });
  assert.equal((await post("!room:test", {})).status, 200);
  assert.equal(refusal(await post("!other:test", {})), "403 M_FORBIDDEN");
  assert.equal(refusal(await post("!room:test", { thread_id: "main" })), "400 M_INVALID_PARAM");
  assert.equal(
    refusal(await server.ask("POST", `${c3}/rooms/!other:test/read_markers`, { body: { "m.fully_read": "$e" } })),
    "403 M_FORBIDDEN",
  );
  assert.equal(server.seen.calls.filter((call) => call === "putInternal").length, 1);
  await server.close();
});

test("account data that only the server writes is 405 M_BAD_JSON", async () => {
  const server = await startTestServer();
  for (const type of ["m.fully_read", "m.push_rules"]) {
    assert.equal(refusal(await server.ask("PUT", `${c3}/user/@alice:test/account_data/${type}`, { body: {} })), "405 M_BAD_JSON");
    assert.equal(
      refusal(await server.ask("PUT", `${c3}/user/@alice:test/rooms/!r:test/account_data/${type}`, { body: {} })),
      "405 M_BAD_JSON",
    );
  }
  assert.ok(!server.seen.calls.includes("put"));
  await server.close();
});

test("equal filters are stored as one text, and what is no filter is refused", async () => {
  const stored: string[] = [];
  const server = await startTestServer({
    accountData: { putFilter: (_: string, text: string) => Promise.resolve(String(stored.push(text))) },
  });
  const post = (body: string) => server.ask("POST", `${c3}/user/@alice:test/filter`, { body });
  await post(`{"room":{"timeline":{"limit":5},"state":{"lazy_load_members":true}},"x":1}`);
  await post(`{ "x":1, "room":{"state":{"lazy_load_members":true},"timeline":{"limit":5}} }`);
  assert.equal(stored[0], stored[1]);
  assert.equal(refusal(await post(`{"room":{"timeline":{"limit":-1}}}`)), "400 M_BAD_JSON");
  assert.equal(refusal(await post(`{"room":7}`)), "400 M_BAD_JSON");
  assert.equal(refusal(await post("[]")), "400 M_BAD_JSON");
  await server.close();
});

test("a profile field is set from the member that the path names and from nothing else", async () => {
  const set: unknown[] = [];
  const server = await startTestServer({
    rooms: { setProfileField: (_: unknown, key: string, value: unknown) => Promise.resolve(void set.push([key, value])) },
  });
  const put = (key: string, body: string) => server.ask("PUT", `${c3}/profile/@alice:test/${key}`, { body });
  assert.equal((await put("displayname", `{"displayname":"A","avatar_url":"mxc://x/y"}`)).status, 200);
  assert.equal(refusal(await put("displayname", `{"avatar_url":"mxc://x/y"}`)), "400 M_MISSING_PARAM");
  assert.equal(refusal(await put("org.example.mood", "{}")), "400 M_MISSING_PARAM");
  await server.ask("DELETE", `${c3}/profile/@alice:test/displayname`);
  assert.deepEqual(set, [
    ["displayname", "A"],
    ["displayname", undefined],
  ]);
  await server.close();
});

test("profile fields have the names that the specification gives or a namespaced one, and nothing else is asked or set", async () => {
  const server = await startTestServer({ rooms: { getProfile: () => Promise.resolve({}) } });
  for (const key of ["__proto__", "constructor", "Display%20Name", "x"]) {
    assert.equal(refusal(await server.ask("GET", `${c3}/profile/@alice:test/${key}`)), "400 M_INVALID_PARAM", key);
    assert.equal(
      refusal(await server.ask("PUT", `${c3}/profile/@alice:test/${key}`, { body: `{"${key}":"x"}` })),
      "400 M_INVALID_PARAM",
      key,
    );
  }
  assert.equal(refusal(await server.ask("GET", `${c3}/profile/@alice:test/m.tz`)), "404 M_NOT_FOUND");
  await server.close();
});

test("invitations by e-mail are refused, in createRoom and in invite, and not silently dropped", async () => {
  const server = await startTestServer();
  const address = { id_server: "id.test", id_access_token: "x", medium: "email", address: "a@b.test" };
  assert.equal(refusal(await server.ask("POST", `${c3}/rooms/!room:test/invite`, { body: address })), "403 M_FORBIDDEN");
  assert.equal(refusal(await server.ask("POST", `${c3}/createRoom`, { body: { invite_3pid: [address] } })), "403 M_FORBIDDEN");
  assert.equal(refusal(await server.ask("POST", `${c3}/rooms/!room:test/invite`, { body: {} })), "400 M_BAD_JSON");
  await server.close();
});

test("createRoom passes on what was given and nothing that was not; its contents obey the rules of events", async () => {
  const requests: unknown[] = [];
  const server = await startTestServer({
    rooms: {
      createRoom: (_: unknown, request: object) => {
        requests.push(JSON.parse(JSON.stringify(request)), Object.keys(request));
        return { roomId: "!new:test" };
      },
    },
  });
  const body = { preset: "public_chat", is_direct: false, room_alias_name: "a", initial_state: [{ type: "m.x", content: { a: 1 } }] };
  assert.deepEqual((await server.ask("POST", `${c3}/createRoom`, { body })).json, { room_id: "!new:test" });
  assert.deepEqual(requests[0], {
    preset: "public_chat",
    isDirect: false,
    roomAliasName: "a",
    initialState: [{ type: "m.x", stateKey: "", content: { a: 1 } }],
  });
  await server.ask("POST", `${c3}/createRoom`);
  assert.deepEqual(requests[3], []);
  const float = `{"power_level_content_override":{"ban":50.5}}`;
  assert.equal(refusal(await server.ask("POST", `${c3}/createRoom`, { body: float })), "400 M_BAD_JSON");
  assert.equal(refusal(await server.ask("POST", `${c3}/createRoom`, { body: { preset: "secret_chat" } })), "400 M_BAD_JSON");
  await server.close();
});

test("typing is bounded in time, whatever the client asks for", async () => {
  const times: unknown[] = [];
  const server = await startTestServer({ rooms: { setTyping: (...input: unknown[]) => Promise.resolve(void times.push(input[3])) } });
  for (const timeout of [undefined, 5000, -1, 9_007_199_254_740_991]) {
    await server.ask("PUT", `${c3}/rooms/!room:test/typing/@alice:test`, { body: { typing: true, timeout } });
  }
  assert.deepEqual(times, [30_000, 5000, 0, 120_000]);
  await server.close();
});
