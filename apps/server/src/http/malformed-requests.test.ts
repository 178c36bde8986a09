import assert from "node:assert/strict";
import { Agent } from "node:http";
import { after, before, test } from "node:test";
import { type EndpointDeclaration, endpoints } from "@wardroom/spec";
import { createSeededRandom } from "@wardroom/testkit";
import { ADMIN_TOKEN, startTestServer, type TestServer, TOKEN } from "./http-server.test-support.ts";

const random = createSeededRandom("malformed requests");
const pick = <T>(list: readonly [T, ...T[]]): T => list[random.below(list.length)] ?? list[0];
const declarations: readonly EndpointDeclaration[] = Object.values(endpoints);

const segments = [
  "!room:test",
  "@alice:test",
  "$event",
  "#room:test",
  "m.read",
  "%00",
  "%ff",
  "%",
  "%2e%2e",
  "..",
  "__proto__",
  "constructor",
  "%F0%9F%98%80",
  "",
  "x".repeat(300),
  "!%00",
  "%25",
  "a%2Fb",
  "-1",
  "{roomId}",
] as const;
const bodies = [
  "",
  "{",
  "{}",
  "[]",
  "null",
  "true",
  '"x"',
  "1e999",
  "-0",
  '{"a":1.5}',
  '{"__proto__":{"a":1}}',
  '{"constructor":{"prototype":1}}',
  '{"user_id":7}',
  '{"user_id":"@bob:test","reason":{}}',
  '{"type":"m.login.password","identifier":[],"password":{}}',
  '{"type":"m.login.password","user":"\\u0000","password":"\\u0000"}',
  '{"auth":7,"username":[],"new_password":null}',
  '{"room":{"timeline":{"types":"x","limit":-1}}}',
  '{"typing":1,"timeout":1e400}',
  '{"initial_state":[{}],"invite":["x"],"preset":7}',
  '{"invite_3pid":{}}',
  '{"m.read":7}',
  '{"displayname":{}}',
  '{"presence":"x","status_msg":[]}',
  '{"a":"\\ud800"}',
  '{"a":1,"a":2}',
  "[".repeat(2000),
  `${'{"a":'.repeat(200)}1${"}".repeat(200)}`,
] as const;
const queries = [
  "",
  "?",
  "?dir=b",
  "?dir=x",
  "?dir=b&limit=1e9&from=%ff",
  "?filter=%7B%22types%22%3A%5B7%5D%7D&dir=b",
  "?filter=[&dir=f&from=",
  "?timeout=99999999999999999999",
  "?since=%00&full_state=7",
  "?at=s-1&membership=x",
  "?__proto__=1&constructor=2",
  "?access_token[]=x",
  "?kind=guest",
  "?username=%00",
  "?format=event",
  `?${"a=1&".repeat(200)}`,
  "?=&&&==&%=",
] as const;
const methods = ["GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS"] as const;

let server: TestServer;
const agent = new Agent({ keepAlive: true, maxSockets: 4 });
before(async () => {
  server = await startTestServer({ config: { profile: "conformance" } });
});
after(async () => {
  agent.destroy();
  await server.close();
});

async function stillServes(): Promise<void> {
  assert.equal((await server.ask("GET", "/_matrix/client/versions")).status, 200);
  assert.deepEqual(server.seen.logged, []);
}

test("thousands of malformed requests to every endpoint never give a 5xx", async () => {
  for (let round = 0; round < 60; round += 1) {
    const asks = declarations.map(async ({ method: right, path: template, policy: { who } }) => {
      const path = template.replaceAll(/\{\+?\w+\}/g, () => pick(segments)) + pick(queries);
      const method = random.below(10) === 0 ? pick(methods) : right;
      const answer = await server.ask(method, path, {
        body: Buffer.from(pick(bodies)),
        agent,
        token: random.below(12) === 0 ? "bad" : who === "admin" ? ADMIN_TOKEN : TOKEN,
      });
      assert.ok(answer.status < 500, `${method} ${path}: ${answer.status} ${answer.text}`);
      if (answer.status >= 400 && method !== "HEAD") assert.equal(typeof answer.json["errcode"], "string", `${method} ${path}`);
      assert.equal(answer.headers["access-control-allow-origin"], "*");
    });
    await Promise.all(asks);
  }
  await stillServes();
});

test("a good request with random bytes changed never gives a 5xx and never ends the process", async () => {
  const body = `{"msgtype":"m.text","body":"hello"}`;
  const good = Buffer.from(
    `PUT /_matrix/client/v3/rooms/!room:test/send/m.room.message/1 HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer ${TOKEN}\r\n` +
      `Connection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
  for (let round = 0; round < 60; round += 1) {
    const asks = Array.from({ length: 10 }, async () => {
      const bytes = Buffer.from(good);
      for (let change = 0; change <= random.below(4); change += 1) bytes[random.below(bytes.length)] = random.below(256);
      // An answer or the end of the connection; a request that was made longer by the change is ended here.
      const text = await server.raw(Buffer.concat([bytes, Buffer.from("\r\n\r\n")]), /\r\n\r\n/);
      assert.doesNotMatch(text, /^HTTP\/1\.1 5/, bytes.toString("latin1"));
    });
    await Promise.all(asks);
  }
  await stillServes();
});
