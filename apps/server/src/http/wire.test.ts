import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import { startTestServer, type TestServer, TOKEN } from "./http-server.test-support.ts";

const SEND = "/_matrix/client/v3/rooms/!room:test/send/m.room.message/1";
const head = (method: string, path: string, lines: readonly string[] = []) =>
  [`${method} ${path} HTTP/1.1`, "Host: test", `Authorization: Bearer ${TOKEN}`, ...lines, "", ""].join("\r\n");
const statuses = (text: string) => [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => status);

let server: TestServer;
before(async () => {
  server = await startTestServer({ config: { profile: "conformance" } });
});
after(() => server.close());

test("requests sent in one packet are answered in order", async () => {
  const body = `{"body":"x"}`;
  const one = head("PUT", SEND, [`Content-Length: ${body.length}`]) + body;
  const two = head("GET", "/nowhere");
  const text = await server.raw(one + two + one + head("GET", "/nowhere", ["Connection: close"]));
  assert.deepEqual(statuses(text), ["200", "404", "200", "404"]);
});

test("a chunked body is read whole, and counted while it streams", async () => {
  const small = `5\r\n{"a":\r\n2\r\n1}\r\n0\r\n\r\n`;
  const good = await server.raw(head("PUT", SEND, ["Transfer-Encoding: chunked", "Connection: close"]) + small);
  assert.deepEqual(statuses(good), ["200"]);
  const chunk = `10000\r\n${"x".repeat(65_536)}\r\n`;
  const large = await server.raw(head("PUT", SEND, ["Transfer-Encoding: chunked"]) + chunk.repeat(3), /M_TOO_LARGE/);
  assert.deepEqual(statuses(large), ["413"]);
});

test("a body that is announced as too large is refused before it comes", async () => {
  const text = await server.raw(head("PUT", SEND, ["Content-Length: 999999999"]), /M_TOO_LARGE/);
  assert.deepEqual(statuses(text), ["413"]);
});

test("a body of exactly the limit is taken, one byte more is not", async () => {
  const limit = 128 * 1024;
  const body = (size: number) => `{"a":"${"x".repeat(size - 8)}"}`;
  assert.equal((await server.ask("PUT", SEND, { body: body(limit) })).status, 200);
  assert.equal((await server.ask("PUT", SEND, { body: body(limit + 1) })).status, 413);
});

test("after a body that was too large the connection still serves, if what was left is bounded", async () => {
  const size = 300_000;
  const text = await server.raw(
    head("PUT", SEND, [`Content-Length: ${size}`]) + "x".repeat(size) + head("GET", "/nowhere", ["Connection: close"]),
  );
  assert.deepEqual(statuses(text), ["413", "404"]);
});

test("a client that keeps sending far beyond the limit is cut off", async () => {
  const socket = connect(server.port, "127.0.0.1");
  const closed = Promise.withResolvers<void>();
  socket.on("error", () => {});
  socket.on("close", () => closed.resolve());
  socket.resume();
  socket.write(head("PUT", SEND, ["Transfer-Encoding: chunked"]));
  const chunk = `100000\r\n${"x".repeat(1_048_576)}\r\n`;
  const feed = () => {
    while (!socket.destroyed && socket.write(chunk));
  };
  socket.on("drain", feed);
  feed();
  await closed.promise;
});

test("ambiguous framing is refused: two lengths, length with chunks, broken chunks, bare line feeds in the head", async () => {
  const requests = [
    head("PUT", SEND, ["Content-Length: 2", "Content-Length: 3"]),
    head("PUT", SEND, ["Content-Length: 2", "Transfer-Encoding: chunked"]),
    head("PUT", SEND, ["Transfer-Encoding: chunked, identity"]),
    head("PUT", SEND, ["Content-Length: +2"]),
    head("PUT", SEND, ["Transfer-Encoding: chunked"]) + "zz\r\n",
    `GET /_matrix/client/versions HTTP/1.1\nHost: test\n\n`,
    "nonsense\r\n\r\n",
    head("GET", "/_matrix/client/versions").replace("Host: test\r\n", ""),
  ];
  for (const request of requests) {
    const text = await server.raw(request);
    assert.deepEqual(statuses(text), ["400"], JSON.stringify(request.slice(0, 120)));
  }
});

test("a broken request is answered in Matrix's error form, with the CORS headers", async () => {
  const text = await server.raw("nonsense\r\n\r\n");
  assert.match(text, /Access-Control-Allow-Origin: \*/);
  assert.match(text, /"errcode":"M_UNKNOWN"/);
});

test("the error of a later request is never taken for the answer to an earlier one that still waits", async () => {
  const gate = Promise.withResolvers<{ eventId: string }>();
  const other = await startTestServer({ rooms: { joinedRooms: () => gate.promise } });
  const text = await other.raw(head("GET", "/_matrix/client/v3/joined_rooms") + "nonsense\r\n\r\n");
  assert.deepEqual(statuses(text), []);
  gate.resolve({ eventId: "" });
  await other.close();
});

test("ten thousand headers, or one endless one, are 431", async () => {
  const many = Array.from({ length: 10_000 }, (_, index) => `X-${index}: y`);
  assert.deepEqual(statuses(await server.raw(head("GET", "/_matrix/client/versions", many))), ["431"]);
  assert.deepEqual(statuses(await server.raw(head("GET", `/${"x".repeat(20_000)}`))), ["431"]);
});

test("a client that leaves in the middle of its body harms nobody and calls no module", async () => {
  server.seen.calls.length = 0;
  const socket = connect(server.port, "127.0.0.1");
  const closed = Promise.withResolvers<void>();
  socket.on("close", () => closed.resolve());
  socket.write(`${head("PUT", SEND, ["Content-Length: 100"])}{"a":`, () => socket.resetAndDestroy());
  await closed.promise;
  assert.equal((await server.ask("GET", "/_matrix/client/versions")).status, 200);
  assert.ok(!server.seen.calls.includes("sendMessage"));
});

test("a slow head and a slow body end with 408", async () => {
  const slow = await startTestServer({ config: { bounds: { headersTimeout: 40, requestTimeout: 80, checkInterval: 10 } } });
  const [inHead, inBody] = await Promise.all([
    slow.raw("GET /_matrix/client/versions HTTP/1.1\r\nHost: te"),
    slow.raw(`${head("PUT", SEND, ["Content-Length: 100"])}{"a":`),
  ]);
  assert.deepEqual([statuses(inHead), statuses(inBody)], [["408"], ["408"]]);
  assert.ok(!slow.seen.calls.includes("sendMessage"));
  await slow.close();
});

test("`Expect: 100-continue` is honoured and any other expectation is served as if it were not there", async () => {
  const body = "{}";
  const text = await server.raw(head("PUT", SEND, ["Expect: 100-continue", "Content-Length: 2", "Connection: close"]) + body);
  assert.deepEqual(statuses(text), ["100", "200"]);
  const other = await server.raw(head("GET", "/_matrix/client/versions", ["Expect: something", "Connection: close"]));
  assert.deepEqual(statuses(other), ["200"]);
});

test("an upgrade is not taken up", async () => {
  const text = await server.raw(head("GET", "/_matrix/client/versions", ["Connection: Upgrade", "Upgrade: websocket"]), /v1\.1/);
  assert.deepEqual(statuses(text), ["200"]);
});
