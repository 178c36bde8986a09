import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { recordsOf } from "#audit/test";
import { openHouse, serverName, type TestHouse } from "./identity.test-support.ts";

let house: TestHouse;
before(async () => {
  house = await openHouse();
});
after(() => house.close());

const password = "correct horse battery";
const events = async () => (await recordsOf(house.audit, 5)).map(({ event, actor, outcome }) => ({ event, actor, outcome }));

test("an account is made under the server's name, listed, and recorded in the audit", async () => {
  assert.equal(await house.identity.isAvailable("alice"), true);
  const { userId } = await house.identity.createAccount({ localpart: "alice", password, isAdmin: true });
  assert.equal(userId, `@alice:${serverName}`);
  assert.equal(await house.identity.isAvailable("alice"), false);
  assert.equal(await house.identity.accountExists(userId), true);
  assert.deepEqual(await house.identity.listAccounts(), [{ userId, isAdmin: true, state: "active", createdAt: house.clock.now() }]);
  assert.deepEqual((await events()).slice(0, 2), [
    { event: "account.admin.granted", actor: userId, outcome: "done" },
    { event: "account.created", actor: userId, outcome: "done" },
  ]);
});

test("an account is an administrator's only if that is said, and no right is recorded that was not given", async () => {
  const { userId } = await house.identity.createAccount({ localpart: "plain", password });
  const given = (await recordsOf(house.audit, 100)).filter(({ event, target }) => event === "account.admin.granted" && target === userId);
  assert.deepEqual(given, []);
  const { accessToken } = await house.identity.createSession(userId, {});
  const verdict = await house.identity.authenticate(accessToken);
  assert.equal(verdict.kind === "valid" && verdict.actor.isAdmin, false);
});

test("without a name the server makes one up", async () => {
  const first = await house.identity.createAccount({});
  const second = await house.identity.createAccount({});
  assert.match(first.userId, /^@[a-z]{12}:example\.org$/);
  assert.notEqual(first.userId, second.userId);
});

test("a taken name is refused before a hash is spent on it", async () => {
  await house.identity.createAccount({ localpart: "taken", password });
  const before = house.hashes();
  await assert.rejects(house.identity.createAccount({ localpart: "taken", password }), { code: "M_USER_IN_USE" });
  assert.equal(house.hashes(), before);
});

test("of two who claim one name at the same time, one gets it", async () => {
  const claims = Array.from({ length: 5 }, (_, at) => house.identity.createAccount({ localpart: "race", password: `${password}${at}` }));
  const outcomes = await Promise.allSettled(claims);
  assert.equal(outcomes.filter(({ status }) => status === "fulfilled").length, 1);
  for (const outcome of outcomes) if (outcome.status === "rejected") assert.equal(outcome.reason.code, "M_USER_IN_USE");
  const winner = outcomes.findIndex(({ status }) => status === "fulfilled");
  for (let at = 0; at < 5; at += 1) {
    assert.equal(await house.identity.checkPassword(`@race:${serverName}`, `${password}${at}`), at === winner);
  }
});

test("capitals are mapped to small letters, so that no name differs from another by case only", async () => {
  const { userId } = await house.identity.createAccount({ localpart: "Carol", password });
  assert.equal(userId, `@carol:${serverName}`);
  await assert.rejects(house.identity.createAccount({ localpart: "CAROL", password }), { code: "M_USER_IN_USE" });
});

test("look-alike letters, control characters, other servers' ids and names that are too long are refused", async () => {
  const refused = [
    "",
    "аlice", // Cyrillic а
    "\u212Aelvin", // the Kelvin sign becomes k under toLowerCase
    "ali\u0131ce",
    "ａｌｉｃｅ",
    "alice\u200b",
    "alice\u0000",
    "alice bob",
    "alice:evil.example",
    "@alice:evil.example",
    `@dave:${serverName}`,
    "al'ice",
    "👮",
    "a".repeat(300),
    "é".repeat(200),
    "a".repeat(255 - `@:${serverName}`.length + 1),
  ];
  for (const localpart of refused) {
    await assert.rejects(house.identity.createAccount({ localpart, password }), { code: "M_INVALID_USERNAME" }, JSON.stringify(localpart));
    await assert.rejects(house.identity.isAvailable(localpart), { code: "M_INVALID_USERNAME" });
  }
  const longest = "a".repeat(255 - `@:${serverName}`.length);
  assert.equal((await house.identity.createAccount({ localpart: longest, password })).userId.length, 255);
});

test("names that mean something to JavaScript or SQL are names like others, or refused", async () => {
  for (const localpart of ["constructor", "__proto__", "tostring", "a--", "a/*b"]) {
    const isValid = /^[a-z0-9._=/+-]+$/.test(localpart);
    assert.equal(await house.identity.accountExists(`@${localpart}:${serverName}`), false);
    const creating = house.identity.createAccount({ localpart, password });
    if (isValid) assert.equal((await creating).userId, `@${localpart}:${serverName}`);
    else await assert.rejects(creating, { code: "M_INVALID_USERNAME" });
  }
  for (const name of ["' OR '1'='1", "alice'; DROP TABLE accounts; --", "%", "_", 'alice" --']) {
    await assert.rejects(house.identity.loginWithPassword({ user: name, password }), { code: "M_FORBIDDEN" });
    assert.equal(await house.identity.accountExists(name), false);
  }
  assert.equal(await house.identity.accountExists(`@alice:${serverName}`), true);
});

test("a password has at least 8 characters, counted as people count, and at most 512 bytes", async () => {
  const create = (candidate: string) => house.identity.createAccount({ localpart: "weak", password: candidate });
  await assert.rejects(create("1234567"), { code: "M_WEAK_PASSWORD" });
  await assert.rejects(create("🔑🔑🔑🔑🔑🔑🔑"), { code: "M_WEAK_PASSWORD" });
  await assert.rejects(create(""), { code: "M_WEAK_PASSWORD" });
  await assert.rejects(create("ä".repeat(257)), { code: "M_INVALID_PARAM" });
  const { userId } = await create("ä".repeat(256));
  await assert.rejects(house.identity.setPassword(userId, "short"), { code: "M_WEAK_PASSWORD" });
  await assert.rejects(house.identity.setPassword(`@nobody:${serverName}`, password), { code: "M_NOT_FOUND" });
});

test("an account without a password has none that opens it, the empty one included", async () => {
  const { userId } = await house.identity.createAccount({ localpart: "keyless" });
  for (const attempt of ["", "null", "undefined", password]) {
    await assert.rejects(house.identity.loginWithPassword({ user: userId, password: attempt }), { code: "M_FORBIDDEN" });
  }
});

test("accounts and passwords survive a restart", async () => {
  const { userId } = await house.identity.createAccount({ localpart: "lasting", password });
  const { accessToken } = await house.identity.loginWithPassword({ user: userId, password, displayName: "phone" });
  house = await house.restart();
  assert.equal((await house.identity.authenticate(accessToken)).kind, "valid");
  await house.identity.loginWithPassword({ user: userId, password });
});

test("a new password opens the account and the old one does not; the change is recorded in the same commit", async () => {
  const { userId } = await house.identity.createAccount({ localpart: "changing", password });
  house.clock.advance(1);
  await house.identity.setPassword(userId, "another horse battery");
  assert.deepEqual((await events())[0], { event: "account.password.changed", actor: userId, outcome: "done" });
  assert.equal(await house.identity.checkPassword(userId, "another horse battery"), true);
  assert.equal(await house.identity.checkPassword(userId, password), false);
  assert.equal(await house.identity.checkPassword("changing", "another horse battery"), false, "asked for a user id, not a name");
});

test("erasing a person takes the password hash with it: nobody signs in as the erased", async () => {
  const { userId } = await house.identity.createAccount({ localpart: "gone", password });
  await house.keys.destroyPerson(userId);
  await assert.rejects(house.identity.loginWithPassword({ user: userId, password }), { code: "M_FORBIDDEN" });
  await assert.rejects(house.identity.createAccount({ localpart: "gone", password }), { code: "M_USER_IN_USE" });
});
