import assert from "node:assert/strict";
import { connect } from "node:net";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { makeTempFolder } from "@wardroom/testkit";
import { recordsOf } from "#audit/test";
import { readConfig } from "#config";
import { silentLogger } from "#kernel";
import { compose } from "./compose.ts";
import { reachServer, serveControl } from "./control.ts";
import { operatorCommands } from "./operator-commands.ts";

const password = "correct horse battery";
const another = "another horse battery";

async function openHouse(context: TestContext) {
  const folder = makeTempFolder("control");
  const flags = { data_dir: join(folder.path, "data"), key_file: join(folder.path, "test.key"), server_name: "localhost" };
  const house = await compose({ config: readConfig({ environment: {}, flags }), log: silentLogger });
  context.after(async () => {
    await house.close();
    folder.remove();
  });
  const { identity, audit } = house;
  const records = async () =>
    (await recordsOf(audit)).map(({ event, actor, target, count }) => `${event} ${actor} ${target} ${count}`).toReversed();
  return { identity, commands: operatorCommands({ identity, audit, serverName: "localhost" }), records };
}

test("the operator's acts are recorded as the operator's, administrator's rights by a record of their own", async (context) => {
  const { identity, commands, records } = await openHouse(context);
  await commands.createUser({ name: "ada", password, admin: true });
  await commands.createUser({ name: "bob", password, admin: false });
  for (let devices = 0; devices < 2; devices += 1) await identity.createSession("@bob:localhost", {});
  await commands.resetPassword({ name: "bob", password: another });
  const made = (await records()).filter((line) => !line.startsWith("session.created"));
  assert.deepEqual(made, [
    "account.created operator @ada:localhost 1",
    "account.admin.granted operator @ada:localhost 1",
    "account.created operator @bob:localhost 1",
    "account.password.changed operator @bob:localhost 1",
    "session.ended operator @bob:localhost 2",
  ]);
});

test("a reset gives the new password and ends every session", async (context) => {
  const { identity, commands } = await openHouse(context);
  await commands.createUser({ name: "bob", password, admin: false });
  const { accessToken } = await identity.loginWithPassword({ user: "bob", password });
  await commands.resetPassword({ name: "bob", password: another });
  assert.equal((await identity.authenticate(accessToken)).kind, "unknown");
  assert.equal(await identity.checkPassword("@bob:localhost", another), true);
});

test("a name means the same account in every command, in capitals and as a full id", async (context) => {
  const { identity, commands } = await openHouse(context);
  assert.deepEqual(await commands.createUser({ name: "BOB", password, admin: false }), { userId: "@bob:localhost" });
  for (const name of ["BOB", "bob", "@Bob:localhost", "@bob:localhost"]) {
    await commands.resetPassword({ name, password: `${another} ${name}` });
    assert.equal(await identity.checkPassword("@bob:localhost", `${another} ${name}`), true);
    await assert.rejects(commands.createUser({ name, password, admin: false }), { code: "M_USER_IN_USE" });
  }
  assert.deepEqual(await commands.createUser({ name: "@Eve:localhost", password, admin: false }), { userId: "@eve:localhost" });
});

test("names of nobody and of other servers are refused by every command", async (context) => {
  const { commands } = await openHouse(context);
  const invalid = { code: /^name-(?:invalid|foreign)$/ };
  for (const name of ["", "@", "@bob:elsewhere", "@bob:LOCALHOST", "\u212Aelvin", "bob:localhost", "a".repeat(300)]) {
    await assert.rejects(commands.createUser({ name, password, admin: true }), invalid, name);
    await assert.rejects(commands.resetPassword({ name, password }), invalid, name);
  }
  await assert.rejects(commands.createUser({ name: "@bob:elsewhere", password, admin: true }), /of another server/);
  await assert.rejects(commands.resetPassword({ name: "nobody", password }), { code: "account-unknown" });
  assert.deepEqual(await commands.listUsers(), []);
});

/** Sends one line to the socket and gives the answer as it comes. */
async function sendLine(path: string, line: string): Promise<string> {
  const socket = connect(path);
  socket.write(`${line}\n`);
  const parts: Buffer[] = [];
  for await (const part of socket) parts.push(Buffer.from(part));
  return Buffer.concat(parts).toString("utf8");
}

test("over the socket data and refusals arrive as they are, and what is malformed is refused without being quoted", async (context) => {
  const { commands } = await openHouse(context);
  const folder = makeTempFolder("socket");
  const path = join(folder.path, "control.sock");
  assert.equal(await reachServer(path), undefined);
  const control = await serveControl(path, commands);
  context.after(() => folder.remove());
  const remote = await reachServer(path);
  assert.ok(remote !== undefined);
  assert.deepEqual(await remote.createUser({ name: "bob", password, admin: true }), { userId: "@bob:localhost" });
  assert.deepEqual(await remote.listUsers(), [{ userId: "@bob:localhost", isAdmin: true, state: "active" }]);
  await assert.rejects(remote.createUser({ name: "bob", password, admin: false }), { code: "M_USER_IN_USE" });
  await assert.rejects(remote.createUser({ name: "eve", password: "short", admin: false }), {
    code: "password-short",
    values: { characters: "8", bytes: "512" },
  });
  await assert.rejects(remote.resetPassword({ name: "@bob:elsewhere", password }), { code: "name-foreign" });
  await assert.rejects(remote.searchAudit({ limit: 1001 }), { code: "malformed" });
  assert.equal((await remote.searchAudit({ limit: 1 })).entries.length, 1);
  const secret = "never quoted";
  for (const wrong of [
    `{"command":"createUser","input":{"name":"eve","password":["${secret}"],"admin":true}}`,
    `{"command":"createUser","input":{"name":"eve","password":"${secret}","admin":"${secret}"}}`,
    `{"command":"constructor","input":{"password":"${secret}"}}`,
    `{"command":"user.create","name":"eve","password":"${secret}"}`,
    `{"password":"${secret}"`,
  ]) {
    const answer = await sendLine(path, wrong);
    assert.match(answer, /^\{"ok":false,"code":"(?:malformed|other-version)"/, wrong);
    assert.ok(!answer.includes(secret));
  }
  assert.equal((await remote.listUsers()).length, 1);
  assert.equal(await sendLine(path, "x".repeat(20_000)), "", "a line without end is not read to its end");
  await control.close();
  await assert.rejects(remote.listUsers(), { code: "server-gone" });
});
