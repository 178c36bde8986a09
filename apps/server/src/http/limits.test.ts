import assert from "node:assert/strict";
import { test } from "node:test";
import type { UiaRequest } from "#identity";
import { MatrixError } from "#kernel";
import { startTestServer, type TestServer } from "./http-server.test-support.ts";

const SEND = "/_matrix/client/v3/rooms/!room:test/send/m.room.message/1";
const LOGIN = "/_matrix/client/v3/login";
const login = (user: string, extra: object = {}) => ({
  body: { type: "m.login.password", identifier: { type: "m.id.user", user }, password: "wrong", ...extra },
});
const refusing = {
  loginWithPassword: () => {
    throw new MatrixError("M_FORBIDDEN", "Wrong user name or password.");
  },
};

async function countUntilLimited(server: TestServer, ask: () => Promise<{ status: number }>): Promise<number> {
  for (let count = 0; count < 1000; count += 1) if ((await ask()).status === 429) return count;
  return Number.POSITIVE_INFINITY;
}

test("a limited request says how long to wait, in the header rounded up and in the body, and passes after it", async () => {
  const server = await startTestServer();
  const ask = () => server.ask("PUT", SEND, { body: {} });
  assert.equal(await countUntilLimited(server, ask), 50);
  const limited = await ask();
  assert.deepEqual([limited.status, limited.json["errcode"], limited.headers["retry-after"]], [429, "M_LIMIT_EXCEEDED", "1"]);
  const wait = Number(limited.json["retry_after_ms"]);
  assert.ok(wait > 0 && wait <= 1000, String(wait));
  server.clock.advance(wait);
  assert.equal((await ask()).status, 200);
  await server.close();
});

test("a limit of one kind of request leaves the others alone, sync above all", async () => {
  const server = await startTestServer();
  await countUntilLimited(server, () => server.ask("PUT", SEND, { body: {} }));
  assert.equal((await server.ask("GET", "/_matrix/client/v3/sync")).status, 200);
  assert.equal((await server.ask("GET", "/_matrix/client/v3/joined_rooms")).status, 200);
  await server.close();
});

test("each device of a person has the limit of sync for itself", async () => {
  const authenticate = (token: string) => ({ kind: "valid", actor: { userId: "@alice:test", deviceId: token, isAdmin: false } });
  const server = await startTestServer({ identity: { authenticate } });
  const ask = (token: string, path = "/_matrix/client/v3/sync") => server.ask("GET", path, { token });
  assert.equal(await countUntilLimited(server, () => ask("one")), 200);
  assert.equal(await countUntilLimited(server, () => ask("two")), 200);
  assert.equal((await ask("one")).status, 429);
  const reads = [0, 0];
  for (let n = 0; n < 500; n += 1) await ask(n % 2 === 0 ? "one" : "two", "/_matrix/client/v3/joined_rooms");
  reads[0] = (await ask("one", "/_matrix/client/v3/joined_rooms")).status;
  reads[1] = (await ask("three", "/_matrix/client/v3/joined_rooms")).status;
  assert.deepEqual(reads, [429, 429], "other kinds count for the account");
  await server.close();
});

test("guessing one account's password from one address ends after five tries, whatever spelling of the name", async () => {
  const server = await startTestServer({ identity: refusing });
  const names = ["alice", "Alice", "ALICE", "@alice:test", "@Alice:test"];
  let turn = 0;
  const ask = () => server.ask("POST", LOGIN, { ...login(names[turn++ % names.length] ?? ""), token: "" });
  assert.equal(await countUntilLimited(server, ask), 5);
  await server.close();
});

test("nobody is locked out of their account by tries from another address", async () => {
  const server = await startTestServer({ config: { trustedProxies: ["127.0.0.1"] } });
  const from = (address: string) => server.ask("POST", LOGIN, { ...login("alice"), token: "", headers: { "x-forwarded-for": address } });
  await countUntilLimited(server, () => from("203.0.113.1"));
  for (let round = 0; round < 40; round += 1) await from("203.0.113.1");
  assert.equal((await from("203.0.113.2")).status, 200);
  await server.close();
});

test("guessing from many addresses is bounded for the account as well", async () => {
  const server = await startTestServer({ identity: refusing, config: { trustedProxies: ["127.0.0.1"] } });
  let turn = 0;
  const ask = () =>
    server.ask("POST", LOGIN, { ...login("alice"), token: "", headers: { "x-forwarded-for": `203.0.113.${(turn += 1) % 250}` } });
  assert.equal(await countUntilLimited(server, ask), 20);
  await server.close();
});

test("an invented X-Forwarded-For does not escape the limits", async () => {
  const server = await startTestServer({ identity: refusing });
  let turn = 0;
  const ask = () =>
    server.ask("POST", LOGIN, { ...login("alice"), token: "", headers: { "x-forwarded-for": `203.0.113.${(turn += 1) % 250}` } });
  assert.equal(await countUntilLimited(server, ask), 5);
  await server.close();
});

test("trying a common password on many accounts is bounded by the address", async () => {
  const server = await startTestServer({ identity: refusing });
  let turn = 0;
  const ask = () => server.ask("POST", LOGIN, { ...login(`user${(turn += 1)}`), token: "" });
  assert.equal(await countUntilLimited(server, ask), 50);
  await server.close();
});

const wrongProof = {
  require({ admitTry }: UiaRequest) {
    admitTry();
    return Promise.reject(new MatrixError("M_FORBIDDEN", "Wrong password."));
  },
};
const byToken = (deviceId: string) => ({ kind: "valid", actor: { userId: "@alice:test", deviceId, isAdmin: false } });
const proofs = [
  ["POST", "/_matrix/client/v3/account/password", { new_password: "new-password" }],
  ["DELETE", "/_matrix/client/v3/devices/D", {}],
  ["POST", "/_matrix/client/v3/delete_devices", { devices: [] }],
  ["POST", "/_matrix/client/v3/keys/device_signing/upload", {}],
  ["POST", "/_matrix/client/v3/account/deactivate", {}],
] as const;

test("a stolen token cannot be used to guess the password: tries count together whatever they are for, and the owner keeps theirs", async () => {
  const server = await startTestServer({ identity: { uia: wrongProof, authenticate: byToken } });
  let turn = 0;
  const ask = (token: string) => {
    const [method, path, body] = proofs[(turn += 1) % proofs.length] ?? proofs[0];
    return server.ask(method, path, { token, body });
  };
  assert.equal(await countUntilLimited(server, () => ask("stolen")), 10);
  assert.equal((await ask("stolen")).status, 429);
  assert.equal((await ask("own")).status, 403, "the owner's other device");
  let other = 0;
  assert.equal(await countUntilLimited(server, () => ask(`another${(other += 1)}`)), 9, "twenty in all for the account");
  await server.close();
});

test("several devices are signed out one after another, each asked for twice, as clients do", async () => {
  const server = await startTestServer();
  const ask = () => server.ask("DELETE", "/_matrix/client/v3/devices/D", { body: {} });
  for (let round = 0; round < 20; round += 1) assert.equal((await ask()).status, 200);
  assert.equal(await countUntilLimited(server, ask), 10, "and not without end");
  await server.close();
});

test("the conformance profile has no limits", async () => {
  const server = await startTestServer({ config: { profile: "conformance" } });
  for (let round = 0; round < 120; round += 1) assert.equal((await server.ask("PUT", SEND, { body: {} })).status, 200);
  await server.close();
});
