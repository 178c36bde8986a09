import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { recordsOf } from "#audit/test";
import { UiaChallenge, type UiaRequest } from "#identity";
import { MatrixError } from "#kernel";
import { openHouse, serverName, type TestHouse } from "../identity.test-support.ts";

const password = "correct horse battery";
const alice = `@alice:${serverName}`;
const bob = `@bob:${serverName}`;

let house: TestHouse;
before(async () => {
  house = await openHouse();
  await house.identity.createAccount({ localpart: "alice", password });
  await house.identity.createAccount({ localpart: "bob", password: "bob's horse battery" });
});
after(() => house.close());

type Body = Readonly<Record<string, unknown>>;
const request = (changes: Partial<UiaRequest> = {}): UiaRequest => ({
  endpoint: "POST /account/password",
  userId: alice,
  deviceId: "PHONE",
  body: { new_password: "new horse battery" },
  flows: [["m.login.password"]],
  admitTry: () => {},
  ...changes,
});
const withAuth = (base: UiaRequest, auth: unknown): UiaRequest => ({ ...base, body: { ...base.body, auth } });
const passwordAuth = (session: unknown, changes: Body = {}) => ({
  type: "m.login.password",
  identifier: { type: "m.id.user", user: alice },
  password,
  session,
  ...changes,
});

/** Undefined if the request may act. */
async function ask(asked: UiaRequest): Promise<Body | undefined> {
  try {
    await house.identity.uia.require(asked);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof UiaChallenge, String(error));
    return error.body;
  }
}
const begin = async (asked: UiaRequest) => (await ask(asked))?.session;

test("a request without auth is never let through and is told flows, params and a session", async () => {
  for (const auth of [undefined, null, "", [], 7]) {
    const body = await ask(withAuth(request({ flows: [["m.login.dummy"]] }), auth));
    assert.deepEqual(body?.flows, [{ stages: ["m.login.dummy"] }]);
    assert.deepEqual(body?.params, {});
    assert.match(String(body?.session), /^[A-Za-z0-9_-]{32}$/);
    assert.deepEqual(Object.keys(body ?? {}).sort(), ["flows", "params", "session"]);
  }
});

test("the right password completes the stage, named by full id, localpart or the older user field", async () => {
  for (const changes of [{}, { identifier: { type: "m.id.user", user: "alice" } }, { identifier: undefined, user: alice }]) {
    const session = await begin(request());
    const { identifier, ...rest } = passwordAuth(session, changes);
    assert.equal(await ask(withAuth(request(), identifier === undefined ? rest : { ...rest, identifier })), undefined);
  }
});

test("a stage may be sent with the first request: it is checked as any other", async () => {
  assert.equal(await ask(withAuth(request({ flows: [["m.login.dummy"]] }), { type: "m.login.dummy" })), undefined);
  assert.equal((await ask(withAuth(request(), passwordAuth(undefined, { password: "wrong" }))))?.errcode, "M_FORBIDDEN");
});

test("a wrong password is told as such, the session stays for another try, and the refusal is recorded", async () => {
  const session = await begin(request());
  const failed = await ask(withAuth(request(), passwordAuth(session, { password: "wrong horse battery" })));
  assert.equal(failed?.errcode, "M_FORBIDDEN");
  assert.equal(typeof failed?.error, "string");
  assert.equal(failed?.session, session);
  assert.equal(await ask(withAuth(request(), passwordAuth(session))), undefined);
  await house.audit.flush();
  assert.ok(
    (await recordsOf(house.audit, 50)).some(
      (record) => record.event === "uia.completed" && record.outcome === "refused" && record.actor === alice,
    ),
  );
});

test("a session is good for one act: of many requests that use it at once, one passes, and none later", async () => {
  const session = await begin(request());
  const attempts = Array.from({ length: 5 }, () => ask(withAuth(request(), passwordAuth(session))));
  const answers = await Promise.all(attempts);
  assert.equal(answers.filter((answer) => answer === undefined).length, 1);
  const again = await ask(withAuth(request(), passwordAuth(session)));
  assert.equal(again?.errcode, "M_FORBIDDEN");
  assert.notEqual(again?.session, session);
});

test("a session begun for one request is worth nothing for another endpoint, body, device or user", async () => {
  const session = await begin(request());
  const others: UiaRequest[] = [
    request({ endpoint: "POST /account/deactivate" }),
    request({ body: { new_password: "attacker's battery" } }),
    request({ body: { new_password: "new horse battery", logout_devices: false } }),
    request({ body: {} }),
    request({ deviceId: "LAPTOP" }),
    request({ userId: bob }),
  ];
  for (const other of others) {
    const isBobs = other.userId === bob;
    const credentials = isBobs ? { identifier: { type: "m.id.user", user: bob }, password: "bob's horse battery" } : {};
    const answer = await ask(withAuth(other, passwordAuth(session, credentials)));
    assert.equal(answer?.errcode, "M_FORBIDDEN", JSON.stringify(other));
    assert.notEqual(answer?.session, session);
  }
  const { userId: _user, deviceId: _device, ...anonymous } = request();
  assert.notEqual((await ask(withAuth(anonymous, passwordAuth(session))))?.session, session);
  assert.equal(await ask(withAuth(request(), passwordAuth(session))), undefined, "none of that spoiled it for its owner");
});

test("the same body in another order of keys is the same request", async () => {
  const session = await begin(request({ body: { a: 1, b: { c: 2, d: [3] } } }));
  assert.equal(await ask(withAuth(request({ body: { b: { d: [3], c: 2 }, a: 1 } }), passwordAuth(session))), undefined);
});

test("another person's right name and password do not complete one's stage, and cost the same hash", async () => {
  const session = await begin(request());
  const before = house.hashes();
  const theirs = { identifier: { type: "m.id.user", user: bob }, password: "bob's horse battery" };
  assert.equal((await ask(withAuth(request(), passwordAuth(session, theirs))))?.errcode, "M_FORBIDDEN");
  assert.equal(house.hashes() - before, 1);
  const { userId: _user, deviceId: _device, ...anonymous } = request();
  assert.equal(
    (await ask(withAuth(anonymous, passwordAuth(undefined))))?.errcode,
    "M_FORBIDDEN",
    "nobody's stage is completed by anybody's password",
  );
});

test("a session ends after ten minutes", async () => {
  const session = await begin(request());
  house.clock.advance(10 * 60_000 - 1);
  const onTime = await ask(withAuth(request(), passwordAuth(session, { password: "wrong" })));
  assert.equal(onTime?.session, session);
  house.clock.advance(1);
  const late = await ask(withAuth(request(), passwordAuth(session)));
  assert.equal(late?.errcode, "M_FORBIDDEN");
  assert.notEqual(late?.session, session);
});

test("guessed sessions open nothing and are told like used-up ones", async () => {
  const used = await begin(request());
  assert.equal(await ask(withAuth(request(), passwordAuth(used))), undefined);
  const expected = await ask(withAuth(request(), passwordAuth(used)));
  for (const guess of ["", "a".repeat(32), "constructor", "' OR 1=1 --", "x".repeat(100_000), "\ud800"]) {
    const answer = await ask(withAuth(request(), passwordAuth(guess)));
    assert.deepEqual({ ...answer, session: "" }, { ...expected, session: "" });
    assert.notEqual(answer?.session, guess);
  }
});

test("stages that are not offered, not known, or named like members of Object are refused", async () => {
  const session = await begin(request());
  for (const type of ["m.login.dummy", "m.login.sso", "constructor", "__proto__", ""]) {
    const answer = await ask(withAuth(request(), { type, session }));
    assert.equal(answer?.errcode, "M_UNRECOGNIZED");
    assert.equal(answer?.session, session);
  }
  const shapes = [
    { identifier: { type: "m.id.thirdparty", user: alice } },
    { identifier: [alice] },
    { identifier: { user: alice } },
    { identifier: { type: "m.id.user", user: { toString: alice } } },
    { password: 12_345_678 },
    { password: undefined },
  ];
  for (const shape of shapes) {
    assert.equal((await ask(withAuth(request(), passwordAuth(session, shape))))?.errcode, "M_FORBIDDEN", JSON.stringify(shape));
  }
  const inherited: unknown = Object.create(passwordAuth(session));
  const answer = await ask(withAuth(request(), inherited));
  assert.ok(answer !== undefined && answer.session !== session, "what is not the object's own was not sent");
});

test("stages are completed in the order of a flow; completed ones are listed and not tried again", async () => {
  const base = request({ flows: [["m.login.password", "m.login.dummy"]] });
  const session = await begin(base);
  assert.equal((await ask(withAuth(base, { type: "m.login.dummy", session })))?.errcode, "M_UNRECOGNIZED");
  const half = await ask(withAuth(base, passwordAuth(session)));
  assert.deepEqual(half?.completed, ["m.login.password"]);
  assert.equal(half?.errcode, undefined);
  const repeated = await ask(withAuth(base, passwordAuth(session, { password: "wrong" })));
  assert.deepEqual(repeated?.completed, ["m.login.password"]);
  assert.deepEqual((await ask(withAuth(base, { session })))?.completed, ["m.login.password"]);
  assert.equal(await ask(withAuth(base, { type: "m.login.dummy", session })), undefined);
});

test("a flow of fewer stages than were asked for is no way round", async () => {
  const base = request({ flows: [["m.login.password"]] });
  const { userId: _user, deviceId: _device, ...rest } = base;
  assert.notEqual(await ask({ ...rest, flows: [] }), undefined);
  assert.notEqual(await ask(withAuth({ ...rest, flows: [[]] }, { type: "m.login.dummy" })), undefined);
});

test("registration without an account: a dummy stage bound to its body, by nobody in particular", async () => {
  const register: UiaRequest = {
    endpoint: "POST /register",
    body: { username: "carol", password },
    admitTry: () => {},
    flows: [["m.login.dummy"]],
  };
  const session = await begin(register);
  assert.notEqual(
    await ask(withAuth({ ...register, body: { username: "admin", password } }, { type: "m.login.dummy", session })),
    undefined,
  );
  assert.equal(await ask(withAuth(register, { type: "m.login.dummy", session })), undefined);
});

test("a body that has no canonical form is refused as bad JSON", async () => {
  await assert.rejects(house.identity.uia.require(request({ body: { number: 1.5 } })), { code: "M_BAD_JSON" });
});

test("a person keeps twenty sessions, the oldest go first, and the flood of one ends no other's", async () => {
  const bobs = request({ userId: bob });
  const other = await begin(bobs);
  const oldest = await begin(request());
  for (let at = 0; at < 20; at += 1) {
    house.clock.advance(1);
    await begin(request());
  }
  assert.notEqual((await ask(withAuth(request(), { session: oldest })))?.session, oldest);
  assert.equal((await ask(withAuth(bobs, { session: other })))?.session, other);
});

test("sessions survive a restart, and the store holds neither their ids nor the bodies they are bound to", async () => {
  const session = await begin(request());
  interface Tables {
    readonly uia_sessions: Record<never, never>;
  }
  const rows = await house.storage.statements
    .read<Tables, Record<never, never>, Record<string, unknown>>((db) => db.selectFrom("uia_sessions").selectAll())
    .all({});
  const text = JSON.stringify(rows);
  assert.ok(rows.length > 0 && !text.includes(String(session)) && !text.includes("new horse battery"));
  house = await house.restart();
  assert.equal(await ask(withAuth(request(), passwordAuth(session))), undefined);
});

test("each try of a password is asked leave for first, and one that is refused is not looked at; a challenge is no try", async () => {
  let tries = 0;
  const admitTry = () => {
    tries += 1;
    if (tries > 1) throw new MatrixError("M_LIMIT_EXCEEDED", "too many");
  };
  const session = await begin(request({ admitTry }));
  await ask(withAuth(request({ admitTry }), { session }));
  assert.equal(tries, 0);
  const wrong = await ask(withAuth(request({ admitTry }), passwordAuth(session, { password: "a guess of somebody" })));
  assert.equal(wrong?.errcode, "M_FORBIDDEN");
  await assert.rejects(ask(withAuth(request({ admitTry }), passwordAuth(session))));
  assert.equal(await ask(withAuth(request(), passwordAuth(session))), undefined, "and the session is as good as before");
});
