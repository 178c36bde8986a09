// The guards that hold for every endpoint alike, and the proof that none of them was forgotten.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type EndpointDeclaration, endpoints, isBytes, isFile, isNone } from "@wardroom/spec";
import { endpointTable } from "@wardroom/server";
import { at, ok, refused, route, type Session, textAt } from "@wardroom/testkit";
import { checkCode, checkOwn } from "./answer-validator.test-support.ts";
import { examples } from "./endpoint-examples.test-support.ts";
import { beforeExample, buildScene } from "./examples/build-scene.test-support.ts";
import type { Scene } from "./examples/scene.test-support.ts";
import { useServer } from "./running-server.test-support.ts";

const server = useServer(prepare, { WARDROOM_SUPPORT_ADMIN: "admin@example.org" });
const declared = Object.entries<EndpointDeclaration>(endpoints);
const endpointOf = (name: string): EndpointDeclaration => {
  const [, found] = declared.find(([known]) => known === name) ?? [];
  assert.ok(found, name);
  return found;
};
/** Every address, the other spellings of an endpoint included. */
const addresses = declared.flatMap(([name, endpoint]) =>
  [endpoint.path, ...(endpoint.aliases ?? [])].map((path) => ({ name, endpoint, path })),
);
const withToken = addresses.filter(({ endpoint }) => !isNone(endpoint.auth));

let cast: Scene | undefined;
/** Tokens that were good once: signed out, of a device that was removed, of somebody who left for good. */
const spent: string[] = [];
function scene(): Scene {
  assert.ok(cast);
  return cast;
}

async function prepare(): Promise<void> {
  const [me, gone, leaver] = await server.people("me", "gone", "leaver");
  assert.ok(me && gone && leaver);
  cast = await buildScene(server, me);
  const other = await server.http().login(gone.name, gone.password);
  const withPassword = async (who: Session, method: string, path: string): Promise<void> => {
    const challenge = await who.request(method, path, { body: {} });
    const identifier = { type: "m.id.user", user: who.name };
    const auth = { type: "m.login.password", identifier, password: who.password, session: textAt(challenge.json, "session") };
    ok(await who.request(method, path, { body: { auth } }));
  };
  await withPassword(gone, "DELETE", route`/devices/${other.deviceId}`);
  ok(await gone.request("POST", "/logout"));
  await withPassword(leaver, "POST", "/account/deactivate");
  spent.push(gone.token, other.token, leaver.token);
}

/** The address with plausible values in the place of its parameters. */
function fill(path: string): string {
  const values: Readonly<Record<string, string>> = {
    roomId: scene().room,
    roomIdOrAlias: scene().room,
    roomAlias: scene().alias,
    eventId: scene().event,
    userId: scene().me.userId,
    receiptType: "m.read",
    eventType: "org.example",
    keyName: "displayname",
    type: "org.example",
    kind: "override",
  };
  return path.replaceAll(/\{\+?(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? "example"));
}

const request = (endpoint: EndpointDeclaration, path: string, options: { token?: string } = {}) =>
  server.http().request(endpoint.method, fill(path), {
    ...options,
    ...(isNone(endpoint.body) ? {} : { body: {} }),
  });

test("every endpoint has an example here, and the generated table lists every address", () => {
  assert.deepEqual(Object.keys(examples).sort(), declared.map(([name]) => name).sort());
  const table = endpointTable();
  for (const { endpoint, path } of addresses) assert.ok(table.includes(`[${endpoint.method} \`${path}\`]`), path);
});

test("every endpoint answers its example with 200, and as the specification describes it", async () => {
  const failures: string[] = [];
  for (const [name, example] of Object.entries(examples)) {
    try {
      await beforeExample(name, scene());
      const answer = await example(scene());
      if (isFile(endpointOf(name).response)) assert.equal(answer.status, 200, answer.text);
      else ok(answer);
    } catch (error) {
      failures.push(`${name}: ${error instanceof Error ? error.message : "?"}`);
    }
  }
  assert.deepEqual(failures, []);
});

test("no endpoint that wants a token answers without one, with a wrong one or with one whose time is over", async () => {
  for (const { endpoint, path } of withToken) {
    refused(await request(endpoint, path), 401, "M_MISSING_TOKEN");
    refused(await request(endpoint, path, { token: "wrong" }), 401, "M_UNKNOWN_TOKEN");
    for (const token of spent) {
      const revoked = await request(endpoint, path, { token });
      refused(revoked, 401, "M_UNKNOWN_TOKEN");
      assert.notEqual(at(revoked.json, "soft_logout"), true, path);
    }
  }
});

test("every answer, refusals included, has CORS headers and is JSON that nobody may cache or sniff", async () => {
  for (const { endpoint, path } of addresses) {
    const { headers, status } = await request(endpoint, path, { token: "wrong" });
    assert.equal(headers.get("access-control-allow-origin"), "*", `${path} ${status}`);
    assert.match(headers.get("content-type") ?? "", /^application\/json/, path);
  }
});

test("every address answers OPTIONS before it asks for a token", async () => {
  for (const { path } of addresses) {
    const { status, headers } = await server.http().request("OPTIONS", fill(path));
    assert.ok(status === 200 || status === 204, `${path}: ${status}`);
    assert.equal(headers.get("access-control-allow-origin"), "*");
    for (const method of ["GET", "POST", "PUT", "DELETE", "OPTIONS"])
      assert.match(headers.get("access-control-allow-methods") ?? "", new RegExp(method));
    for (const name of ["authorization", "content-type", "x-requested-with"])
      assert.match((headers.get("access-control-allow-headers") ?? "").toLowerCase(), new RegExp(name));
  }
});

test("every address refuses methods that it does not have, and says that it does not know them", async () => {
  const known = Map.groupBy(addresses, ({ path }) => path.replaceAll(/\{\+?\w+\}/g, "{}"));
  for (const group of known.values()) {
    const [{ path } = { path: "" }] = group;
    const methods = new Set<string>(group.map(({ endpoint }) => endpoint.method));
    for (const method of ["GET", "POST", "PUT", "DELETE", "PATCH"]) {
      if (methods.has(method)) continue;
      refused(await server.http().request(method, fill(path), { token: scene().me.token }), 405, "M_UNRECOGNIZED");
    }
  }
});

test("every endpoint with a body refuses what is no JSON, what is no object, and what is too large", async () => {
  for (const { endpoint, path } of addresses) {
    if (isNone(endpoint.body) || isBytes(endpoint.body)) continue;
    // Some also want a version in the query, which is looked at before the body.
    const options = { token: scene().me.token, query: { version: "1" } };
    const send = (rawBody: string | Uint8Array) => server.http().request(endpoint.method, fill(path), { ...options, rawBody });
    for (const text of ["{", "nonsense", '{"a":}', "{'a':1}", '{"a":1,}', "{}{}"]) refused(await send(text), 400, "M_NOT_JSON");
    refused(await send(new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])), 400, "M_NOT_JSON");
    for (const text of ["[]", '"text"', "7", "null", "true"])
      refused(await send(text), 400, ["M_BAD_JSON", "M_NOT_JSON", "M_INVALID_PARAM"]);
    refused(await send(`{"a":"${"x".repeat(2_000_000)}"}`), 413, "M_TOO_LARGE");
  }
});

test("a refusal whose code its endpoint does not declare fails the test that met it", () => {
  const path = "/_matrix/client/v3/rooms/!r/forget";
  const answer = (errcode: string, status = 400) => ({ method: "POST", path, status, body: { errcode, error: "" } });
  assert.throws(() => checkCode(answer("M_BAD_ALIAS")), /forgetRoom answers M_BAD_ALIAS/);
  for (const code of ["M_FORBIDDEN", "M_UNKNOWN", "M_NOT_JSON"]) checkCode(answer(code));
  checkCode(answer("M_UNKNOWN", 503));
  assert.throws(() => checkCode({ ...answer("M_UNKNOWN"), path: "/_matrix/client/v3/rooms/!r/join" }), /M_UNKNOWN/);
});

test("an answer of the server's own endpoints that its declaration does not describe fails the test that met it", () => {
  const answer = (path: string, body: unknown) => ({ method: "GET", path: `/_wardroom/admin/v1/audit/${path}`, status: 200, body });
  checkOwn(answer("state", { logs: [], unsigned: 0 }));
  checkOwn(answer("logs/1/tile/0/x001/234.p/5", undefined));
  assert.throws(() => checkOwn(answer("state", { logs: [], unsigned: 0, private_key: "x" })), /getAuditState/);
  assert.throws(() => checkOwn(answer("entries", { entries: [{}] })), /searchAudit: entries.0/);
  assert.throws(() => checkOwn(answer("secrets", {})), /not declared/);
});

test("the generated table has the server's own endpoints apart from those of Matrix", () => {
  const [matrix = "", own = ""] = endpointTable().split("## Administration");
  assert.ok(!matrix.includes("/_wardroom/") && matrix.includes("/_matrix/"));
  assert.ok(!own.includes("/_matrix/") && own.includes("(guides/audit.md#search)"));
});
