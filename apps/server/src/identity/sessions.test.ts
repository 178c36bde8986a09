import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { recordsOf } from "#audit/test";
import type { Storage } from "#storage";
import { openHouse, serverName, type TestHouse } from "./identity.test-support.ts";

const password = "correct horse battery";
interface Notes {
  readonly device_notes: { readonly user_id: string; readonly device_id: string };
}
const migrations = [{ id: "zz-test-notes", sql: ["CREATE TABLE device_notes (user_id TEXT NOT NULL, device_id TEXT NOT NULL)"] }];

let house: TestHouse;
let storage: Storage;
const removed: string[] = [];
before(async () => {
  house = await openHouse({
    migrations,
    onDeviceRemoved: [
      (userId, deviceId) => {
        removed.push(`${userId} ${deviceId}`);
        return [deleteNotes({ userId, deviceId })];
      },
    ],
  });
  storage = house.storage;
});
after(() => house.close());

// Another module's rows about devices, as contributed by compose.
const lazy = <T>(make: () => T) => {
  let made: T | undefined;
  return () => (made ??= make());
};
const noteWrites = lazy(() => ({
  insert: storage.statements.write<Notes, { userId: string; deviceId: string }>((db, p) =>
    db.insertInto("device_notes").values({ user_id: p.userId, device_id: p.deviceId }),
  ),
  remove: storage.statements.write<Notes, { userId: string; deviceId: string }>((db, p) =>
    db.deleteFrom("device_notes").where("user_id", "=", p.userId).where("device_id", "=", p.deviceId),
  ),
  list: storage.statements.read<Notes, Record<never, never>, { device_id: string }>((db) =>
    db.selectFrom("device_notes").select("device_id"),
  ),
}));
const deleteNotes = (device: { userId: string; deviceId: string }) => noteWrites().remove(device);

let people = 0;
async function makePerson() {
  const { userId } = await house.identity.createAccount({ localpart: `person${(people += 1)}`, password });
  return userId;
}
const kindOf = async (accessToken: string) => (await house.identity.authenticate(accessToken)).kind;
const forbidden = { code: "M_FORBIDDEN" };

test("a login gives a recognisable token that names its user and device, and at its second use no promise", async () => {
  const userId = await makePerson();
  const { accessToken, deviceId } = await house.identity.loginWithPassword({ user: userId, password });
  assert.match(accessToken, /^wardroom_at_[A-Za-z0-9_-]{43}$/);
  assert.match(deviceId, /^[A-Z]{10}$/);
  const actor = { userId, deviceId, isAdmin: false };
  assert.deepEqual(await house.identity.authenticate(accessToken), { kind: "valid", actor });
  assert.deepEqual(house.identity.authenticate(accessToken), { kind: "valid", actor });
});

test("a name is accepted as localpart or full id, in any case, and of this server only", async () => {
  const userId = await makePerson();
  const localpart = userId.slice(1).split(":", 1)[0] ?? "";
  for (const user of [localpart, localpart.toUpperCase(), userId, `@${localpart.toUpperCase()}:${serverName}`]) {
    assert.equal((await house.identity.loginWithPassword({ user, password })).userId, userId);
  }
  for (const user of [
    `@${localpart}:evil.example`,
    `@${localpart}`,
    `${localpart}:${serverName}`,
    `@${localpart}:${serverName}:8448`,
    "@",
    "",
  ]) {
    await assert.rejects(house.identity.loginWithPassword({ user, password }), forbidden, user);
  }
});

test("wrong password, unknown name, foreign server, impossible name, no password set, overlong password: one answer, one hash each", async () => {
  const userId = await makePerson();
  const { userId: keyless } = await house.identity.createAccount({});
  const attempts = [
    { user: userId, password: "wrong horse battery" },
    { user: "nobody", password },
    { user: "@person1:evil.example", password },
    { user: "имя", password },
    { user: "a".repeat(10_000), password },
    { user: keyless, password },
    { user: userId, password: "x".repeat(100_000) },
    { user: userId, password: "" },
  ];
  const messages = new Set<string>();
  for (const attempt of attempts) {
    const before = house.hashes();
    const error: unknown = await house.identity.loginWithPassword(attempt).catch((reason: unknown) => reason);
    assert.ok(error instanceof Error && "code" in error && error.code === "M_FORBIDDEN");
    messages.add(error.message);
    assert.equal(house.hashes() - before, 1, JSON.stringify(attempt).slice(0, 80));
  }
  assert.equal(messages.size, 1);
});

test("refused logins are recorded with the account, but never with what was typed as a name that is none", async () => {
  const userId = await makePerson();
  await assert.rejects(house.identity.loginWithPassword({ user: userId, password: "wrong horse battery" }), forbidden);
  await assert.rejects(house.identity.loginWithPassword({ user: "my-secret-password", password: "alice" }), forbidden);
  await house.audit.flush();
  const records = await recordsOf(house.audit, 200);
  assert.ok(records.some(({ actor, reason, outcome }) => actor === userId && reason === "wrong-password" && outcome === "refused"));
  assert.ok(records.some(({ actor, reason }) => actor === "unknown" && reason === "unknown-account"));
  assert.doesNotMatch(JSON.stringify(records), /my-secret-password/);
});

test("a deactivated account signs in nowhere, at the same cost, and its tokens end; who has the password is told why", async () => {
  const userId = await makePerson();
  const { accessToken } = await house.identity.loginWithPassword({ user: userId, password });
  interface Accounts {
    readonly accounts: { readonly user_id: string; readonly state: string };
  }
  const deactivate = storage.statements.write<Accounts, { userId: string; state: string }>((db, p) =>
    db.updateTable("accounts").set({ state: p.state }).where("user_id", "=", p.userId),
  );
  await storage.commit({ writes: [deactivate({ userId, state: "deactivated" }, 1)] });
  const before = house.hashes();
  await assert.rejects(house.identity.loginWithPassword({ user: userId, password: "wrong horse battery" }), forbidden);
  await assert.rejects(house.identity.loginWithPassword({ user: userId, password }), { code: "M_USER_DEACTIVATED" });
  assert.equal(house.hashes() - before, 2);
  assert.equal(await house.identity.checkPassword(userId, password), false);
  await assert.rejects(house.identity.createSession(userId, {}), { code: "M_USER_DEACTIVATED" });
  assert.equal(await kindOf(accessToken), "unknown");
});

test("a token that was never given out is unknown, whatever it looks like", async () => {
  const userId = await makePerson();
  const { accessToken } = await house.identity.loginWithPassword({ user: userId, password });
  const last = accessToken.at(-1) === "A" ? "E" : "A";
  const guesses = ["", "wardroom_at_", accessToken.slice(0, -1), accessToken.slice(0, -1) + last, `${accessToken}A`, ` ${accessToken}`];
  guesses.push(accessToken.toLowerCase(), "constructor", "__proto__", "x".repeat(1_000_000), `${accessToken}\u0000`, `${accessToken}\n`);
  for (const guess of guesses) if (guess !== accessToken) assert.equal(await kindOf(guess), "unknown", guess.slice(0, 60));
});

test("the store holds no token and no password hash that can be used", async () => {
  const userId = await makePerson();
  const { accessToken } = await house.identity.loginWithPassword({ user: userId, password, displayName: "Private phone" });
  interface Everything {
    readonly access_tokens: Record<never, never>;
    readonly accounts: Record<never, never>;
    readonly devices: Record<never, never>;
  }
  const read = (table: keyof Everything) =>
    storage.statements.read<Everything, Record<never, never>, Record<string, unknown>>((db) => db.selectFrom(table).selectAll());
  const rows = (await Promise.all([read("access_tokens").all({}), read("accounts").all({}), read("devices").all({})])).flat();
  const text = rows
    .flatMap((row) => Object.values(row))
    .map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : String(value)));
  for (const secret of [accessToken, accessToken.slice("wardroom_at_".length), password, "cheap$", "Private phone"]) {
    assert.ok(!text.some((value) => value.includes(secret)), secret);
  }
});

test("a logged-out device's token is dead when the answer leaves, the device is gone, and others' rows went with it", async () => {
  const userId = await makePerson();
  const phone = await house.identity.loginWithPassword({ user: userId, password });
  const laptop = await house.identity.loginWithPassword({ user: userId, password });
  await storage.commit({ writes: [noteWrites().insert(phone), noteWrites().insert(laptop)] });
  assert.equal(await kindOf(phone.accessToken), "valid");
  assert.equal(await kindOf(laptop.accessToken), "valid");
  await house.identity.logout({ userId, deviceId: phone.deviceId, isAdmin: false });
  assert.equal(await kindOf(phone.accessToken), "unknown");
  assert.equal(await kindOf(laptop.accessToken), "valid");
  const notes = new Set((await noteWrites().list.all({})).map(({ device_id }) => device_id));
  assert.ok(!notes.has(phone.deviceId) && notes.has(laptop.deviceId));
  assert.ok(removed.includes(`${userId} ${phone.deviceId}`));
  await house.identity.logout({ userId, deviceId: phone.deviceId, isAdmin: false });
  const ended = (await recordsOf(house.audit, 200)).filter(({ event, actor }) => event === "session.ended" && actor === userId);
  assert.equal(ended.length, 1, "the second logout of one device records nothing");
});

test("a token in use while its device logs out is never accepted after the logout was answered", async () => {
  const userId = await makePerson();
  for (let round = 0; round < 20; round += 1) {
    const { accessToken, deviceId } = await house.identity.createSession(userId, {});
    const leaving = house.identity.logout({ userId, deviceId, isAdmin: false });
    const racing: unknown[] = [];
    for (let turn = 0; turn < round; turn += 1) {
      racing.push(house.identity.authenticate(accessToken));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await leaving;
    assert.equal(await kindOf(accessToken), "unknown");
    await Promise.all(racing);
    assert.equal(await kindOf(accessToken), "unknown", "a racing look-up brought it back");
  }
});

test("signing in again with a device's id ends its old tokens and keeps the device and its name", async () => {
  const userId = await makePerson();
  const first = await house.identity.loginWithPassword({ user: userId, password, deviceId: "PHONE", displayName: "my phone" });
  assert.equal(await kindOf(first.accessToken), "valid");
  const before = removed.length;
  const second = await house.identity.loginWithPassword({ user: userId, password, deviceId: "PHONE", displayName: "another name" });
  assert.equal(second.deviceId, "PHONE");
  assert.equal(await kindOf(first.accessToken), "unknown");
  assert.equal(await kindOf(second.accessToken), "valid");
  assert.equal(removed.length, before, "the device was not removed");
});

test("a device id taken from another person gives no hold on that person's device", async () => {
  const [victim, attacker] = [await makePerson(), await makePerson()];
  const theirs = await house.identity.loginWithPassword({ user: victim, password, deviceId: "SHARED" });
  const mine = await house.identity.loginWithPassword({ user: attacker, password, deviceId: "SHARED" });
  assert.equal(await kindOf(theirs.accessToken), "valid");
  await house.identity.logout({ userId: attacker, deviceId: "SHARED", isAdmin: false });
  assert.equal(await kindOf(mine.accessToken), "unknown");
  assert.equal(await kindOf(theirs.accessToken), "valid");
});

test("logging out everywhere ends every session of this user but the one that is to stay", async () => {
  const [userId, other] = [await makePerson(), await makePerson()];
  const sessions = await Promise.all(Array.from({ length: 5 }, () => house.identity.createSession(userId, {})));
  const foreign = await house.identity.createSession(other, {});
  for (const { accessToken } of sessions) assert.equal(await kindOf(accessToken), "valid");
  const kept = sessions[0]?.deviceId ?? "";
  await house.identity.logoutAll(userId, { exceptDeviceId: kept });
  assert.deepEqual(await Promise.all(sessions.map(({ accessToken }) => kindOf(accessToken))), [
    "valid",
    "unknown",
    "unknown",
    "unknown",
    "unknown",
  ]);
  await house.identity.logoutAll(userId);
  assert.equal(await kindOf(sessions[0]?.accessToken ?? ""), "unknown");
  assert.equal(await kindOf(foreign.accessToken), "valid");
  assert.equal(removed.filter((line) => line.startsWith(`${userId} `)).length, 5);
});

test("of devices that sign in around a logout everywhere, those before it are out with their rows and those after it are whole", async () => {
  const userId = await makePerson();
  const early = house.identity.createSession(userId, { deviceId: "EARLY" });
  const all = house.identity.logoutAll(userId);
  const again = house.identity.createSession(userId, { deviceId: "EARLY" });
  await all;
  assert.equal(await kindOf((await early).accessToken), "unknown");
  assert.ok(removed.includes(`${userId} EARLY`));
  const later = await again;
  assert.equal(await kindOf(later.accessToken), "valid");
  await house.identity.logoutAll(userId);
  assert.equal(await kindOf(later.accessToken), "unknown");
  assert.equal(removed.filter((line) => line === `${userId} EARLY`).length, 2, "it was a device again, with a row of its own");
});

test("a login in flight with the old password does not outlive the change of password", async () => {
  const gate = Promise.withResolvers<void>();
  let isHeld = false;
  const slow = await openHouse({
    argon2: {
      hash: async (text) => `held$${text}`,
      verify: async (encoded, text) => {
        const isRight = encoded === `held$${text}`;
        if (isHeld) await gate.promise;
        return isRight;
      },
    },
  });
  try {
    const { userId } = await slow.identity.createAccount({ localpart: "victim", password });
    isHeld = true;
    const thief = slow.identity.loginWithPassword({ user: userId, password });
    await new Promise((resolve) => setImmediate(resolve));
    await slow.identity.setPassword(userId, "another horse battery");
    await slow.identity.logoutAll(userId);
    isHeld = false;
    gate.resolve();
    await assert.rejects(thief, forbidden);
  } finally {
    await slow.close();
  }
});

test("device ids and names from outside are bounded and hold no control characters", async () => {
  const userId = await makePerson();
  const invalid = { code: "M_INVALID_PARAM" };
  for (const deviceId of ["", "a\u0000b", "a\nb", "x".repeat(256), "é".repeat(128), "\ud800"]) {
    await assert.rejects(house.identity.createSession(userId, { deviceId }), invalid, JSON.stringify(deviceId));
    await assert.rejects(house.identity.loginWithPassword({ user: userId, password, deviceId }), invalid);
  }
  await assert.rejects(house.identity.createSession(userId, { displayName: "x".repeat(256) }), invalid);
  for (const deviceId of ["constructor", "__proto__", "'; DROP TABLE devices; --", "设备"]) {
    const { accessToken } = await house.identity.createSession(userId, { deviceId, displayName: "手机" });
    const verdict = await house.identity.authenticate(accessToken);
    assert.equal(verdict.kind === "valid" && verdict.actor.deviceId, deviceId);
  }
});

test("who listens hears of every end of a token at its commit: logout, logout of all, and the device signed in again", async () => {
  const house = await openHouse();
  try {
    const { identity } = house;
    const { userId } = await identity.createAccount({ localpart: "listener" });
    const heard: string[] = [];
    const devices = ["A", "B", "C"];
    identity.onRevoked((who, isRevoked) => void heard.push(`${who} ${devices.filter(isRevoked).join("")}`));
    const actor = (deviceId: string) => ({ userId, deviceId, isAdmin: false });
    for (const deviceId of devices) await identity.createSession(userId, { deviceId });
    heard.length = 0;
    await identity.createSession(userId, { deviceId: "A" });
    await identity.logout(actor("B"));
    await identity.logoutAll(userId, { exceptDeviceId: "A" });
    await identity.logoutAll(userId);
    assert.deepEqual(heard, [`${userId} A`, `${userId} B`, `${userId} BC`, `${userId} ABC`]);
  } finally {
    await house.close();
  }
});
