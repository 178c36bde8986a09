import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { compose, readConfig } from "@wardroom/server";
import { at, createHttpClient, listAt, makeTempFolder, ok, recordAt, refused, route, textAt } from "@wardroom/testkit";
import { silentLogger } from "#kernel";
import { createAnswerValidator } from "./answer-validator.test-support.ts";
import { composeHouse, tablesWith } from "./composed-house.test-support.ts";
import { useServer } from "./running-server.test-support.ts";

const server = useServer();

test("without a relay, third-party networks and addresses the answers are empty, as clients expect", async () => {
  const alice = await server.stranger();
  assert.deepEqual({ ...recordAt(ok(await alice.get("/voip/turnServer"))) }, {});
  assert.deepEqual({ ...recordAt(ok(await alice.get("/thirdparty/protocols"))) }, {});
  assert.deepEqual(listAt(ok(await alice.get("/account/3pid")), "threepids"), []);
});

function configOf(folder: string, flags: Readonly<Record<string, string>>, environment = {}) {
  return readConfig({
    environment,
    flags: {
      data_dir: join(folder, "data"),
      key_file: join(folder, "key"),
      server_name: "localhost",
      listen: "127.0.0.1:0",
      profile: "conformance",
      ...flags,
    },
  });
}

test("with a relay configured everybody gets credentials of their own, and nobody the shared secret", async (context) => {
  const folder = makeTempFolder("turn");
  const secretFile = join(folder.path, "turn.secret");
  writeFileSync(secretFile, "the shared secret\n");
  const config = configOf(folder.path, {}, { WARDROOM_TURN_URIS: "turn:turn.example.org", WARDROOM_TURN_SHARED_SECRET_FILE: secretFile });
  const house = await compose({ config, log: silentLogger });
  context.after(async () => {
    await house.close();
    folder.remove();
  });
  await house.http.listen();
  const http = createHttpClient(`http://127.0.0.1:${house.http.port()}`, createAnswerValidator());
  const answers = await Promise.all(["alice", "bob"].map(async (name) => (await http.register(name)).get("/voip/turnServer")));
  const [one, two] = answers.map(ok);
  assert.deepEqual(listAt(one ?? null, "uris"), ["turn:turn.example.org"]);
  assert.notEqual(textAt(one, "username"), textAt(two, "username"));
  assert.doesNotMatch(answers.map(({ text }) => text).join(""), /alice|bob|shared secret/);
});

test("a relay is configured whole or not at all, with a secret that can be read", async () => {
  const folder = makeTempFolder("turn-wrong");
  try {
    const refuses = (environment: Readonly<Record<string, string>>) =>
      assert.throws(() => configOf(folder.path, {}, environment), /turn\./);
    refuses({ WARDROOM_TURN_URIS: "turn:turn.example.org" });
    refuses({ WARDROOM_TURN_SHARED_SECRET_FILE: "/nowhere" });
    assert.throws(
      () => configOf(folder.path, {}, { WARDROOM_TURN_URIS: "https://turn.example.org", WARDROOM_TURN_SHARED_SECRET_FILE: "/nowhere" }),
      /is no address of a relay/,
    );
    const config = configOf(folder.path, {}, { WARDROOM_TURN_URIS: "turn:x", WARDROOM_TURN_SHARED_SECRET_FILE: join(folder.path, "none") });
    await assert.rejects(compose({ config, log: silentLogger }), /turn\.shared_secret_file: .* cannot be read/);
  } finally {
    folder.remove();
  }
});

test("people look up their own sessions; others' are nobody's business, whether the account is there or not", async () => {
  const [alice, bob] = await server.twoStrangers();
  const second = await server.http().login(alice.name, alice.password);
  const answer = ok(await alice.get(route`/admin/whois/${alice.userId}`));
  assert.equal(at(answer, "user_id"), alice.userId);
  assert.deepEqual(Object.keys(recordAt(answer, "devices")).sort(), [alice.deviceId, second.deviceId].sort());
  const texts = [alice.userId, "@nobody-yet:localhost", "@constructor:localhost"].map(async (userId) => {
    const other = await bob.get(route`/admin/whois/${userId}`);
    refused(other, 403, "M_FORBIDDEN");
    return other.text;
  });
  assert.equal(new Set(await Promise.all(texts)).size, 1);
});

test("an administrator looks up others, and that is recorded", async (context) => {
  const house = await composeHouse(context);
  const password = "a long pass phrase of the admin";
  await house.house().identity.createAccount({ localpart: "admin", password, isAdmin: true });
  const admin = await house.http().login("admin", password);
  const alice = await house.http().register("alice");
  const answer = ok(await admin.get(route`/admin/whois/${alice.userId}`));
  assert.deepEqual(Object.keys(recordAt(answer, "devices")), [alice.deviceId]);
  refused(await admin.get(route`/admin/whois/${"@nobody:localhost"}`), 404, "M_NOT_FOUND");
  await house.close();
  assert.ok((await tablesWith(house.dataDir, "account.looked-up")).length > 0);
  await house.open();
});

test("registration closed answers 403 M_FORBIDDEN, which clients take for: no registration here", async (context) => {
  const folder = makeTempFolder("closed");
  const house = await compose({ config: configOf(folder.path, { profile: "standard" }), log: silentLogger });
  context.after(async () => {
    await house.close();
    folder.remove();
  });
  await house.http.listen();
  const http = createHttpClient(`http://127.0.0.1:${house.http.port()}`, createAnswerValidator());
  for (const body of [{}, { username: "eve", password: "a long pass phrase of eve", auth: { type: "m.login.dummy" } }])
    refused(await http.request("POST", "/register", { body }), 403, "M_FORBIDDEN");
});
