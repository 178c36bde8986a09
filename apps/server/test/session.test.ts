import assert from "node:assert/strict";
import { test } from "node:test";
import { at, type JsonRecord, listAt, ok, recordAt, refused, textAt } from "@wardroom/testkit";
import { useServer } from "./running-server.test-support.ts";

const server = useServer();
const login = (body: JsonRecord) => server.http().request("POST", "/login", { body });
const whoami = (token: string) => server.http().request("GET", "/account/whoami", { token });
const withPassword = (user: string, password: string, more: JsonRecord = {}): JsonRecord => ({
  type: "m.login.password",
  identifier: { type: "m.id.user", user },
  password,
  ...more,
});

test("the versions are listed one by one, and every one of them is a version of the specification", async () => {
  const versions = listAt(ok(await server.http().request("GET", "/_matrix/client/versions")), "versions");
  assert.ok(versions.includes("v1.1"), "clients look for each version by name");
  for (const version of versions) assert.match(textAt(version), /^(v1\.\d+|r0\.\d+\.\d+)$/);
  assert.equal(new Set(versions).size, versions.length);
});

test("the well-known document names an address at which this server answers", async () => {
  const answer = await server.http().request("GET", "/.well-known/matrix/client");
  const base = textAt(ok(answer), "m.homeserver", "base_url");
  assert.equal(answer.headers.get("access-control-allow-origin"), "*");
  assert.match(answer.headers.get("content-type") ?? "", /^application\/json/);
  const there = await fetch(new URL("/_matrix/client/versions", base));
  assert.equal(there.status, 200);
  await there.arrayBuffer();
});

test("the address in the well-known document is never taken from a request header, which an attacker could choose", async () => {
  const answer = ok(
    await server.http().request("GET", "/.well-known/matrix/client", {
      headers: { "x-forwarded-host": "evil.example", "x-forwarded-proto": "https", forwarded: "host=evil.example" },
    }),
  );
  assert.doesNotMatch(textAt(answer, "m.homeserver", "base_url"), /evil/);
});

test("the capabilities say that version 12 is the default and that 10, 11 and 12 are stable", async () => {
  const alice = await server.person("alice");
  const capabilities = recordAt(ok(await alice.get("/capabilities")), "capabilities");
  assert.equal(at(capabilities, "m.room_versions", "default"), "12");
  assert.deepEqual({ ...recordAt(capabilities, "m.room_versions", "available") }, { "10": "stable", "11": "stable", "12": "stable" });
  assert.equal(at(capabilities, "m.change_password", "enabled"), true);
});

test("the conformance profile offers sign-in with a password", async () => {
  const flows = listAt(ok(await server.http().request("GET", "/login")), "flows").map((flow) => at(flow, "type"));
  assert.ok(flows.includes("m.login.password"), JSON.stringify(flows));
});

test("a person signs in with the local name or the whole user id, each time on a device of their own", async () => {
  const alice = await server.person("alice");
  const short = ok(await login(withPassword("alice", alice.password)));
  const long = ok(await login(withPassword(alice.userId, alice.password)));
  for (const answer of [short, long]) {
    assert.equal(textAt(answer, "user_id"), alice.userId);
    const who = ok(await whoami(textAt(answer, "access_token")));
    assert.equal(textAt(who, "user_id"), alice.userId);
    assert.equal(textAt(who, "device_id"), textAt(answer, "device_id"));
  }
  assert.notEqual(textAt(short, "device_id"), textAt(long, "device_id"));
  ok(await whoami(alice.token));
});

test("sign-in gives no refresh token to a client that did not ask: Element X would sign out again", async () => {
  const alice = await server.person("alice");
  assert.equal(at(ok(await login(withPassword("alice", alice.password))), "refresh_token"), undefined);
});

test("a wrong password and an unknown name are refused in the same words, so that names cannot be guessed", async () => {
  const alice = await server.person("alice");
  const wrong = await login(withPassword("alice", `${alice.password}!`));
  const unknown = await login(withPassword("nobody-of-this-name", alice.password));
  const elsewhere = await login(withPassword("@alice:elsewhere.example", alice.password));
  for (const answer of [wrong, unknown, elsewhere]) refused(answer, 403, "M_FORBIDDEN");
  assert.equal(wrong.text, unknown.text);
});

test("names that every JavaScript object has are no accounts", async () => {
  for (const name of ["constructor", "__proto__", "toString", "hasOwnProperty"])
    refused(await login(withPassword(name, "anything at all")), 403, "M_FORBIDDEN");
});

test("a sign-in without type, name or password, or of an unknown type, is a bad request", async () => {
  for (const body of [
    {},
    { type: "m.login.password" },
    { type: "m.login.password", identifier: { type: "m.id.user", user: "alice" } },
    { type: "m.login.password", password: "x", identifier: "alice" },
    { type: "m.login.password", password: 1, identifier: { type: "m.id.user", user: "alice" } },
    { type: "m.login.unheard-of" },
    { type: "constructor" },
  ]) {
    const { status, asked, text } = await login(body);
    assert.equal(status, 400, `${asked} ${JSON.stringify(body)}: ${text}`);
  }
});

test("signing in on a device that exists already ends the token that it had", async () => {
  const first = await server.stranger();
  const other = await server.http().login(first.name, first.password);
  const again = await server.http().login(first.name, first.password, first.deviceId);
  assert.equal(again.deviceId, first.deviceId);
  refused(await whoami(first.token), 401, "M_UNKNOWN_TOKEN");
  ok(await whoami(again.token));
  ok(await whoami(other.token));
});

test("two people may have devices of the same name, and neither ends the other's session", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  assert.ok(alice && bob);
  const hers = await server.http().login(alice.name, alice.password, "SAMEDEVICE");
  const his = await server.http().login(bob.name, bob.password, "SAMEDEVICE");
  assert.equal(textAt(ok(await whoami(hers.token)), "user_id"), alice.userId);
  assert.equal(textAt(ok(await whoami(his.token)), "user_id"), bob.userId);
});

test("signing out ends this token at once and for good, and no other", async () => {
  const first = await server.stranger();
  const second = await server.http().login(first.name, first.password);
  ok(await first.request("POST", "/logout"));
  const answer = await whoami(first.token);
  refused(answer, 401, "M_UNKNOWN_TOKEN");
  assert.notEqual(at(answer.json, "soft_logout"), true, "the session is gone: the client must forget it");
  ok(await whoami(second.token));
});

test("signing out everywhere ends all tokens of this person and nobody else's", async () => {
  const first = await server.stranger();
  const second = await server.http().login(first.name, first.password);
  const bystander = await server.person("alice");
  ok(await second.request("POST", "/logout/all"));
  refused(await whoami(first.token), 401, "M_UNKNOWN_TOKEN");
  refused(await whoami(second.token), 401, "M_UNKNOWN_TOKEN");
  ok(await whoami(bystander.token));
  ok(await login(withPassword(first.name, first.password)));
});

test("a token ends with its session also where it waits in a long poll: it is told at once, and nothing sent later reaches it", async () => {
  const victim = await server.stranger();
  const thief = await server.http().login(victim.name, victim.password);
  const since = textAt(ok(await thief.get("/sync", { timeout: "0" })), "next_batch");
  const waiting = thief.get("/sync", { since, timeout: "25000" });
  // One that came after it was answered, so it has been read by now.
  ok(await thief.get("/sync", { since, timeout: "0" }));
  ok(await victim.request("POST", "/logout/all"));
  const answer = await waiting;
  refused(answer, 401, "M_UNKNOWN_TOKEN");
  assert.notEqual(at(answer.json, "soft_logout"), true);
  const again = await server.http().login(victim.name, victim.password);
  ok(await again.put(`/user/${encodeURIComponent(victim.userId)}/account_data/org.example.secret`, { secret: "after the theft" }));
  refused(await thief.get("/sync", { since, timeout: "0" }), 401, "M_UNKNOWN_TOKEN");
});

test("a token of nearly the right form, an empty one and one of another scheme open nothing", async () => {
  const { token } = await server.person("alice");
  const last = token.at(-1) === "A" ? "B" : "A";
  for (const wrong of [`${token}x`, token.slice(0, -1), token.slice(0, -1) + last, token.toUpperCase() + token.toLowerCase()])
    refused(await whoami(wrong), 401, "M_UNKNOWN_TOKEN");
  for (const authorization of ["", "Bearer", "Bearer ", `Basic ${token}`, token, `Bearer ${token} ${token}`]) {
    const answer = await server.http().request("GET", "/account/whoami", { headers: { authorization } });
    refused(answer, 401, ["M_MISSING_TOKEN", "M_UNKNOWN_TOKEN"]);
  }
});
