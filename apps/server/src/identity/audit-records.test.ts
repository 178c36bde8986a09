import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { recordsOf as allRecordsOf } from "#audit/test";
import { actedBy, type Actor } from "#kernel";
import { openHouse, type TestHouse } from "./identity.test-support.ts";

const password = "correct horse battery";
const address = "192.0.2.17";
let house: TestHouse;

before(async () => {
  house = await openHouse();
});
after(() => house.close());

const actorOf = (userId: string, isAdmin = false): Actor => ({ userId, deviceId: "PHONE", isAdmin, address });
let people = 0;
async function makePerson(): Promise<string> {
  people += 1;
  return (await house.identity.createAccount({ localpart: `person${people}`, password })).userId;
}

async function recordsOf(userId: string) {
  await house.audit.flush();
  const records = await allRecordsOf(house.audit, 1_000);
  return records.filter(({ actor, target }) => actor === userId || target === userId);
}

/** The store of this log keeps no address and no role yet: what is handed to it does. */
async function noted(act: () => Promise<unknown>) {
  const made = house.noted.length;
  await act();
  return house.noted.slice(made);
}

test("a sign-in, a refused one, a sign-out and the end of all sessions say from which address", async () => {
  const userId = await makePerson();
  const wrong = () => house.identity.loginWithPassword({ user: userId, password: "wrong horse battery", address }).catch(() => undefined);
  const records = await noted(async () => {
    await house.identity.loginWithPassword({ user: userId, password, deviceId: "PHONE", address });
    await wrong();
    await house.identity.logout(actorOf(userId));
    await house.identity.createSession(userId, { deviceId: "PHONE" }, { address });
    await house.identity.logoutAll(userId, { by: actorOf(userId) });
  });
  assert.deepEqual(records, [
    { event: "session.created", actor: userId, deviceId: "PHONE", address, outcome: "done" },
    { event: "session.created", actor: userId, address, outcome: "refused", reason: "wrong-password" },
    { event: "session.ended", actor: userId, deviceId: "PHONE", address, outcome: "done" },
    { event: "session.created", actor: userId, deviceId: "PHONE", address, outcome: "done" },
    { event: "session.ended", actor: userId, deviceId: "PHONE", address, target: userId, count: 1, outcome: "done" },
  ]);
});

test("what is done to another's account is done in an administrative role, and to one's own it is not, whoever one is", async () => {
  const [admin, userId] = [actorOf(await makePerson(), true), await makePerson()];
  const own = await noted(() => house.identity.setPassword(admin.userId, "another horse battery", { by: admin }));
  const others = await noted(async () => {
    await house.identity.setPassword(userId, "another horse battery", { by: admin });
    await house.identity.setPassword(userId, "a third horse battery", { by: "operator" });
    await house.identity.deactivateAccount(userId, { by: admin });
  });
  assert.deepEqual(
    own.map(({ asAdministrator }) => asAdministrator),
    [undefined],
  );
  assert.deepEqual(
    others.map(({ event, actor, asAdministrator }) => [event, actor, asAdministrator]),
    [
      ["account.password.changed", admin.userId, true],
      ["account.password.changed", "operator", true],
      ["account.deactivated", admin.userId, true],
    ],
  );
});

test("looking another up and listing all is recorded as an administrator's deed before it is told; looking oneself up is no deed", async () => {
  const [admin, userId] = [actorOf(await makePerson(), true), await makePerson()];
  assert.deepEqual(await noted(() => house.identity.lookUpAccount(admin, admin.userId)), []);
  const made = await noted(async () => {
    await house.identity.lookUpAccount(admin, userId);
    await house.identity.listAccounts("operator");
    await house.identity.listAccounts();
  });
  assert.deepEqual(made, [
    { event: "account.looked-up", ...actedBy(admin), address, target: userId, asAdministrator: true, outcome: "done" },
    { event: "account.listed", actor: "operator", asAdministrator: true, outcome: "done" },
  ]);
  assert.equal((await recordsOf(userId)).filter(({ event }) => event === "account.looked-up").length, 1);
});

test("a proof with another's password names who tried, from where, and whose account was tried", async () => {
  const [userId, victim] = [await makePerson(), await makePerson()];
  const auth = (user: string, secret: string) => ({ type: "m.login.password", identifier: { type: "m.id.user", user }, password: secret });
  const attempt = (user: string, secret: string) =>
    house.identity.uia
      .require({
        endpoint: "test",
        userId,
        deviceId: "PHONE",
        address,
        body: { auth: auth(user, secret) },
        flows: [["m.login.password"]],
        admitTry: () => {},
      })
      .catch(() => undefined);
  const who = { event: "uia.completed", actor: userId, deviceId: "PHONE", address, outcome: "refused" };
  const made = await noted(async () => {
    await attempt(userId, "wrong horse battery");
    await attempt(victim, "wrong horse battery");
    await attempt(victim, password);
    await attempt("my-secret-password", password);
    await attempt(userId, password);
  });
  assert.deepEqual(made, [
    { ...who, reason: "wrong-password" },
    { ...who, target: victim, reason: "wrong-password" },
    { ...who, target: victim, reason: "another-account" },
    { ...who, target: "unknown", reason: "unknown-account" },
  ]);
});
