import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { recordsOf } from "#audit/test";
import type { Batch, Write } from "#storage";
import { openHouse, type TestHouse } from "./identity.test-support.ts";

const password = "correct horse battery";
const another = "another horse battery";
const kindOf = async (house: TestHouse, accessToken: string) => (await house.identity.authenticate(accessToken)).kind;
/** As long as they may be: who wants a heavy logout signs in with these. */
const longId = (at: number) => `${at}-`.padEnd(255, "x");

async function open(context: TestContext, options: Parameters<typeof openHouse>[0]): Promise<TestHouse> {
  const house = await openHouse(options);
  context.after(() => house.close());
  return house;
}

async function signIn(house: TestHouse, userId: string, devices: number) {
  const sessions = [];
  for (let at = 0; at < devices; at += 1) sessions.push(await house.identity.createSession(userId, { deviceId: longId(at) }));
  return sessions;
}

interface Tables {
  readonly access_tokens: { readonly user_id: string };
  readonly devices: { readonly user_id: string };
}

async function countRows(house: TestHouse, userId: string) {
  const count = (table: keyof Tables) =>
    house.storage.statements.read<Tables, { userId: string }, { readonly user_id: string }>((db, p) =>
      db.selectFrom(table).select("user_id").where("user_id", "=", p.userId),
    );
  return { tokens: (await count("access_tokens").all({ userId })).length, devices: (await count("devices").all({ userId })).length };
}

const endings = async (house: TestHouse) =>
  (await recordsOf(house.audit, 1_000)).flatMap(({ event, actor, target, deviceId, reason, count }) =>
    event === "session.ended" ? [{ actor, target, deviceId, reason, count }] : [],
  );

test("ending all sessions takes one commit of as many statements for forty devices as for one, and one record with their number", async (context) => {
  const batches: Batch[] = [];
  const house = await open(context, { onCommit: (batch) => void batches.push(batch) });
  const cost = async (devices: number) => {
    const { userId } = await house.identity.createAccount({});
    const sessions = await signIn(house, userId, devices);
    batches.length = 0;
    await house.identity.logoutAll(userId);
    assert.equal(batches.length, 1);
    for (const { accessToken } of sessions) assert.equal(await kindOf(house, accessToken), "unknown");
    assert.deepEqual(await countRows(house, userId), { tokens: 0, devices: 0 });
    assert.deepEqual((await endings(house))[0], { actor: userId, target: userId, deviceId: undefined, reason: undefined, count: devices });
    return batches[0]?.writes.length;
  };
  assert.equal(await cost(1), 3);
  assert.equal(await cost(40), 3);
});

test("a password is changed and the sessions ended in one commit, and a refused commit does neither", async (context) => {
  const batches: Batch[] = [];
  let isFull = false;
  const onCommit = (batch: Batch) => {
    if (isFull) throw new Error("the queue is full");
    batches.push(batch);
  };
  const house = await open(context, { onCommit });
  const { userId } = await house.identity.createAccount({ password });
  const [kept, stolen] = await signIn(house, userId, 2);
  assert.ok(kept !== undefined && stolen !== undefined);
  isFull = true;
  await assert.rejects(house.identity.setPassword(userId, another, { endSessions: {} }), /full/);
  isFull = false;
  assert.equal(await house.identity.checkPassword(userId, password), true);
  assert.equal(await kindOf(house, stolen.accessToken), "valid");
  batches.length = 0;
  await house.identity.setPassword(userId, another, { endSessions: { exceptDeviceId: kept.deviceId } });
  assert.equal(batches.length, 1);
  assert.equal(await house.identity.checkPassword(userId, another), true);
  assert.equal(await kindOf(house, stolen.accessToken), "unknown");
  assert.equal(await kindOf(house, kept.accessToken), "valid");
});

test("a new password alone ends no session", async (context) => {
  const house = await open(context, {});
  const { userId } = await house.identity.createAccount({ password });
  const { accessToken } = await house.identity.createSession(userId, {});
  await house.identity.setPassword(userId, another, { by: "operator" });
  assert.equal(await kindOf(house, accessToken), "valid");
  assert.deepEqual(await endings(house), []);
});

test("with other modules' rows all tokens still end in the first commit, and the rows go with their devices in bounded batches", async (context) => {
  const [batches, removed]: [Batch[], string[]] = [[], []];
  let marker: Write | undefined;
  const house = await open(context, {
    onCommit: (batch) => void batches.push(batch),
    onDeviceRemoved: [
      (_, deviceId) => {
        removed.push(deviceId);
        return marker === undefined ? [] : [marker];
      },
    ],
  });
  const { userId } = await house.identity.createAccount({ password });
  const [kept, ...others] = await signIn(house, userId, 120);
  assert.ok(kept !== undefined);
  const none = house.storage.statements.write<Tables, { userId: string }>((db, p) =>
    db.deleteFrom("devices").where("user_id", "=", p.userId),
  );
  marker = none({ userId: "@nobody:example.org" });
  batches.length = 0;
  await house.identity.logoutAll(userId, { exceptDeviceId: kept.deviceId });
  const sizes = batches.map(({ writes }) => writes.length);
  assert.deepEqual(sizes, [302, 57], "tokens, record and a hundred devices with token, device and contribution of each; then the rest");
  assert.deepEqual(
    batches.map(({ positions }) => positions),
    [1, 1],
  );
  assert.deepEqual(removed.toSorted(), others.map(({ deviceId }) => deviceId).toSorted());
  assert.deepEqual(await countRows(house, userId), { tokens: 1, devices: 1 });
  assert.equal(await kindOf(house, kept.accessToken), "valid");
});

test("a crash after the tokens ended leaves devices that the next logout everywhere takes along", async (context) => {
  let commits = Infinity;
  const removed: string[] = [];
  const house = await open(context, {
    onCommit: () => {
      if ((commits -= 1) < 0) throw new Error("crash");
    },
    onDeviceRemoved: [(_, deviceId) => (removed.push(deviceId), [])],
  });
  const { userId } = await house.identity.createAccount({ password });
  const [session] = await signIn(house, userId, 103);
  commits = 1;
  await assert.rejects(house.identity.logoutAll(userId), /crash/);
  assert.equal(await kindOf(house, session?.accessToken ?? ""), "unknown");
  assert.deepEqual(await countRows(house, userId), { tokens: 0, devices: 3 });
  commits = Infinity;
  removed.length = 0;
  await house.identity.logoutAll(userId);
  assert.deepEqual(await countRows(house, userId), { tokens: 0, devices: 0 });
  assert.equal(removed.length, 3);
});

test("beyond its devices an account's longest unused one makes room, with its token, its rows and a record", async (context) => {
  const removed: string[] = [];
  const house = await open(context, { devicesPerUser: 3, onDeviceRemoved: [(_, deviceId) => (removed.push(deviceId), [])] });
  const { userId } = await house.identity.createAccount({ password });
  const { userId: other } = await house.identity.createAccount({});
  const foreign = await house.identity.createSession(other, { deviceId: "A" });
  const enter = (deviceId: string) => {
    house.clock.advance(1);
    return house.identity.loginWithPassword({ user: userId, password, deviceId });
  };
  const [, b, c] = [await enter("A"), await enter("B"), await enter("C")];
  const again = await enter("A");
  assert.deepEqual(removed, [], "a device signed in again needs no room");
  assert.equal(await kindOf(house, b.accessToken), "valid");
  const d = await enter("D");
  assert.equal(await kindOf(house, b.accessToken), "unknown");
  for (const { accessToken } of [again, c, d, foreign]) assert.equal(await kindOf(house, accessToken), "valid");
  assert.deepEqual(removed, ["B"]);
  assert.deepEqual(await endings(house), [{ actor: userId, target: "B", deviceId: "D", reason: "too-many-devices", count: 1 }]);
  assert.deepEqual(await countRows(house, userId), { tokens: 3, devices: 3 });
});

test("sign-ins at the same time do not slip past the number of devices", async (context) => {
  const house = await open(context, { devicesPerUser: 3 });
  const { userId } = await house.identity.createAccount({});
  await Promise.all(Array.from({ length: 12 }, () => house.identity.createSession(userId, {})));
  assert.deepEqual(await countRows(house, userId), { tokens: 3, devices: 3 });
});

test("an account has 500 devices, however many are signed in", async (context) => {
  const house = await open(context, {});
  const { userId } = await house.identity.createAccount({});
  await signIn(house, userId, 503);
  assert.deepEqual(await countRows(house, userId), { tokens: 500, devices: 500 });
});
