import assert from "node:assert/strict";
import { test } from "node:test";
import { type Answer, at, type JsonRecord, listAt, ok, refused, type Session, textAt } from "@wardroom/testkit";
import { useServer } from "./running-server.test-support.ts";

const server = useServer();
const register = (body: JsonRecord, query: Record<string, string> = {}) => server.http().request("POST", "/register", { body, query });
const available = (username: string) => server.http().request("GET", "/register/available", { query: { username } });
const password = "correct horse battery staple";

/** The session id of a challenge. */
function challenge(answer: Answer, stage: string): string {
  assert.equal(answer.status, 401, `${answer.asked}: ${answer.text}`);
  const flows = listAt(answer.json, "flows").map((flow) => listAt(flow, "stages"));
  assert.ok(
    flows.some((stages) => stages.length === 1 && stages[0] === stage),
    answer.text,
  );
  return textAt(answer.json, "session");
}

async function registered(body: JsonRecord): Promise<Answer> {
  const first = await register(body);
  if (first.status !== 401) return first;
  return register({ ...body, auth: { type: "m.login.dummy", session: challenge(first, "m.login.dummy") } });
}

test("registration asks for the dummy stage and then gives a working session", async () => {
  const body = { username: "newcomer", password, device_id: "FIRST", initial_device_display_name: "A phone" };
  const session = challenge(await register(body), "m.login.dummy");
  const answer = ok(await register({ ...body, auth: { type: "m.login.dummy", session } }));
  assert.equal(textAt(answer, "user_id"), "@newcomer:localhost");
  assert.equal(textAt(answer, "device_id"), "FIRST");
  ok(await server.http().request("GET", "/account/whoami", { token: textAt(answer, "access_token") }));
});

test("registration with inhibit_login makes the account and no session", async () => {
  const answer = ok(await registered({ username: "quiet", password, inhibit_login: true }));
  assert.equal(textAt(answer, "user_id"), "@quiet:localhost");
  assert.equal(at(answer, "access_token"), undefined);
  assert.equal(at(answer, "device_id"), undefined);
  await server.http().login("quiet", password);
});

test("registration without a name gets a name that is free", async () => {
  const answer = ok(await registered({ password }));
  assert.match(textAt(answer, "user_id"), /^@[a-z0-9._=/+-]+:localhost$/);
});

test("a name in use is refused, in whatever spelling", async () => {
  await server.person("taken");
  refused(await registered({ username: "taken", password }), 400, "M_USER_IN_USE");
  refused(await registered({ username: "Taken", password }), 400, ["M_USER_IN_USE", "M_INVALID_USERNAME"]);
});

test("a name outside the grammar of user ids is refused", async () => {
  for (const username of ["with space", "ä", "a:b", "@a", "", "x".repeat(256), "a\u0000b", "a\nb"])
    refused(await registered({ username, password }), 400, ["M_INVALID_USERNAME", "M_INVALID_PARAM", "M_BAD_JSON"]);
});

test("of several who ask for one name at the same time exactly one gets it", async () => {
  const body = { username: "contested", password };
  const sessions = await Promise.all(Array.from({ length: 6 }, async () => challenge(await register(body), "m.login.dummy")));
  const answers = await Promise.all(sessions.map((session) => register({ ...body, auth: { type: "m.login.dummy", session } })));
  assert.equal(answers.filter(({ status }) => status === 200).length, 1, answers.map(({ text }) => text).join("\n"));
  for (const answer of answers) if (answer.status !== 200) refused(answer, 400, "M_USER_IN_USE");
});

test("one completed challenge makes one account, not two", async () => {
  const session = challenge(await register({ username: "once", password }), "m.login.dummy");
  ok(await register({ username: "once", password, auth: { type: "m.login.dummy", session } }));
  const replay = await register({ username: "twice", password, auth: { type: "m.login.dummy", session } });
  assert.notEqual(replay.status, 200, replay.text);
  ok(await available("twice"));
});

test("an invented challenge, a foreign stage and a stage by the name of a JavaScript property complete nothing", async () => {
  const session = challenge(await register({ username: "attacker", password }), "m.login.dummy");
  for (const auth of [
    { type: "m.login.dummy", session: "invented" },
    { type: "m.login.password", session },
    { type: "constructor", session },
    { type: "__proto__", session },
    { type: "m.login.dummy", session: "__proto__" },
    { session },
  ]) {
    const answer = await register({ username: "attacker", password, auth });
    assert.ok(answer.status === 401 || answer.status === 400 || answer.status === 403, answer.text);
  }
  ok(await available("attacker"));
});

test("guests and unknown kinds of account are refused", async () => {
  const guest = await register({}, { kind: "guest" });
  assert.equal(guest.status, 403, guest.text);
  const other = await register({ username: "x1", password }, { kind: "constructor" });
  assert.equal(other.status, 400, other.text);
});

test("whether a name is free can be asked", async () => {
  assert.equal(at(ok(await available("free-as-a-bird")), "available"), true);
  await server.person("taken");
  refused(await available("taken"), 400, "M_USER_IN_USE");
  refused(await available("not a name"), 400, "M_INVALID_USERNAME");
  refused(await server.http().request("GET", "/register/available"), 400, ["M_MISSING_PARAM", "M_INVALID_PARAM", "M_BAD_JSON"]);
});

const change = (who: Session, body: JsonRecord) => who.post("/account/password", body);
const proof = (who: Session, session: string, secret = who.password): JsonRecord => ({
  type: "m.login.password",
  identifier: { type: "m.id.user", user: who.name },
  password: secret,
  session,
});

test("a password is changed only with the old one, and the old one then opens nothing", async () => {
  const who = await server.stranger();
  const body = { new_password: "a brand new pass phrase", logout_devices: false };
  const session = challenge(await change(who, body), "m.login.password");
  const wrong = await change(who, { ...body, auth: proof(who, session, "wrong") });
  assert.equal(wrong.status, 401, wrong.text);
  assert.equal(at(wrong.json, "errcode"), "M_FORBIDDEN");
  await server.http().login(who.name, who.password);
  ok(await change(who, { ...body, auth: proof(who, session) }));
  await assert.rejects(server.http().login(who.name, who.password), /403 .*M_FORBIDDEN/);
  await server.http().login(who.name, "a brand new pass phrase");
});

test("changing the password signs out all other devices unless the person says otherwise, and never this one", async () => {
  const who = await server.stranger();
  const other = await server.http().login(who.name, who.password);
  const keep = { new_password: "second pass phrase", logout_devices: false };
  ok(await change(who, { ...keep, auth: proof(who, challenge(await change(who, keep), "m.login.password")) }));
  ok(await other.get("/account/whoami"));
  const drop = { new_password: "third pass phrase" };
  ok(await change(who, { ...drop, auth: proof(who, challenge(await change(who, drop), "m.login.password"), "second pass phrase") }));
  refused(await other.get("/account/whoami"), 401, "M_UNKNOWN_TOKEN");
  ok(await who.get("/account/whoami"));
});

test("a change of the password ends the long polls of other devices at once and not that of the device that changes it", async () => {
  const who = await server.stranger();
  const other = await server.http().login(who.name, who.password);
  const since = textAt(ok(await who.get("/sync", { timeout: "0" })), "next_batch");
  const [own, others] = [who.get("/sync", { since, timeout: "25000" }), other.get("/sync", { since, timeout: "25000" })];
  const body = { new_password: "fourth pass phrase" };
  ok(await change(who, { ...body, auth: proof(who, challenge(await change(who, body), "m.login.password")) }));
  refused(await others, 401, "M_UNKNOWN_TOKEN");
  ok(await who.put(`/user/${encodeURIComponent(who.userId)}/account_data/org.example.wake`, { up: true }));
  const answer = await own;
  ok(answer);
  assert.match(answer.text, /org\.example\.wake/);
});

test("nobody changes their own password with the proof of another person", async () => {
  const [victim, attacker] = [await server.stranger(), await server.stranger()];
  const body = { new_password: "chosen by the attacker" };
  const session = challenge(await change(victim, body), "m.login.password");
  const answer = await change(victim, { ...body, auth: proof(attacker, session) });
  assert.ok(answer.status === 401 || answer.status === 403, answer.text);
  await server.http().login(victim.name, victim.password);
});

test("a challenge of registration does not change a password", async () => {
  const victim = await server.stranger();
  const session = challenge(await register({ username: "unused", password }), "m.login.dummy");
  const answer = await change(victim, { new_password: "stolen", auth: { type: "m.login.dummy", session } });
  assert.notEqual(answer.status, 200, answer.text);
  await server.http().login(victim.name, victim.password);
});

test("without a token no password is changed", async () => {
  const who = await server.stranger();
  const answer = await server
    .http()
    .request("POST", "/account/password", { body: { new_password: "stolen", auth: { type: "m.login.dummy" } } });
  assert.equal(answer.status, 401, answer.text);
  await server.http().login(who.name, who.password);
});

test("a new password is needed, and it must be a text", async () => {
  const who = await server.stranger();
  for (const body of [{}, { new_password: 7 }, { new_password: null }]) {
    const first = await change(who, body);
    const answer = first.status === 401 ? await change(who, { ...body, auth: proof(who, challenge(first, "m.login.password")) }) : first;
    refused(answer, 400, ["M_BAD_JSON", "M_MISSING_PARAM", "M_INVALID_PARAM"]);
  }
});
