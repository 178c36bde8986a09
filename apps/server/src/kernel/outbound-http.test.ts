import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { test, type TestContext } from "node:test";
import { isPublicAddress } from "./outbound-address.ts";
import { createOutboundHttp, OutboundRefused } from "./outbound-http.ts";
import { createResolve } from "./resolve-name.ts";

async function listen(context: TestContext, answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<URL> {
  const server = createServer(answer);
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  return new URL(`http://127.0.0.1:${address.port}/notify`);
}

const unfit = [
  "127.0.0.1 127.9.9.9 0.0.0.0 10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 169.254.169.254 100.64.0.1 224.0.0.1 255.255.255.255",
  "192.0.2.1 198.18.0.1 203.0.113.9 240.0.0.1 ::1 :: fe80::1 fc00::1 fd12:3456::1 ff02::1 fec0::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1",
  "::127.0.0.1 64:ff9b::7f00:1 64:ff9b::a00:1 2002:7f00:1:: 2002:a00:1:: 2001:0:7f00:1:: 2001:db8::1 100::1 localhost 1 x",
]
  .join(" ")
  .split(" ");

test("only addresses of the public internet are called, in no spelling any other", () => {
  for (const address of unfit) assert.ok(!isPublicAddress(address), address);
  for (const address of ["1.1.1.1", "93.184.215.14", "2606:4700::1111", "2a00:1450:4001:80b::200e"])
    assert.ok(isPublicAddress(address), address);
});

test("addresses are judged before anything is sent: https only, no name and password, nothing private however it is written", () => {
  const guard = createOutboundHttp();
  const refused = [
    "http://push.example.org/",
    "https://localhost/",
    "https://a.localhost/",
    "https://127.0.0.1/",
    "https://2130706433/",
    "https://0x7f.1/",
    "https://0177.0.0.1/",
    "https://[::1]/",
    "https://[::ffff:7f00:1]/",
    "https://user@push.example.org/",
    "https://user:word@push.example.org/",
    "ftp://push.example.org/",
    "file:///etc/passwd",
  ];
  for (const text of refused) assert.notEqual(guard.check(new URL(text)), undefined, text);
  assert.equal(guard.check(new URL("https://push.example.org:8443/_matrix/push/v1/notify")), undefined);
});

test("a name that leads to this machine or network is refused after it was asked, and one that leads to both as well", async () => {
  for (const addresses of [["127.0.0.1"], ["10.1.2.3"], ["::1"], ["93.184.215.14", "192.168.0.1"], []]) {
    const outbound = createOutboundHttp({ resolve: () => Promise.resolve(addresses) });
    await assert.rejects(outbound.post(new URL("https://push.example.org/"), "{}"), OutboundRefused);
  }
});

test("a name is asked once: the connection goes to the address that was judged, not to what the name says next", async (context) => {
  const asked: string[] = [];
  const hosts: (string | undefined)[] = [];
  const { port } = await listen(context, (request, response) => {
    hosts.push(request.headers.host);
    response.end("{}");
  });
  // Allowed by the operator, so that the test may answer on loopback: the second answer would lead elsewhere.
  const resolve = (host: string) => Promise.resolve([asked.push(host) === 1 ? "127.0.0.1" : "192.0.2.1"]);
  const outbound = createOutboundHttp({ allowed: [`http://push.test:${port}`], resolve });
  const answer = await outbound.post(new URL(`http://push.test:${port}/notify`), "{}");
  assert.deepEqual([answer.status, asked, hosts], [200, ["push.test"], [`push.test:${port}`]]);
});

test("with a list of what is allowed nothing else is called, whatever scheme, port or name it has", () => {
  const guard = createOutboundHttp({ allowed: ["https://push.example.org", "http://127.0.0.1:9000"] });
  for (const text of ["https://push.example.org/x", "http://127.0.0.1:9000/x"]) assert.equal(guard.check(new URL(text)), undefined, text);
  for (const text of ["http://push.example.org/", "https://push.example.org:444/", "http://127.0.0.1:9001/", "https://other.example.org/"])
    assert.notEqual(guard.check(new URL(text)), undefined, text);
  assert.notEqual(guard.check(new URL("https://user@push.example.org/")), undefined);
});

test("a redirect is not followed", async (context) => {
  const seen: (string | undefined)[] = [];
  const url = await listen(context, (request, response) => {
    seen.push(request.url);
    response.writeHead(307, { location: "/elsewhere" }).end();
  });
  const answer = await createOutboundHttp({ allowed: [url.origin] }).post(url, "{}");
  assert.deepEqual([answer.status, seen], [307, ["/notify"]]);
});

test("an answer without end is cut off, and one that does not come is not waited for", async (context) => {
  const endless = await listen(context, (_, response) => {
    const more = () => {
      while (!response.destroyed && response.write("x".repeat(16_384))) continue;
      if (!response.destroyed) response.once("drain", more);
    };
    more();
  });
  assert.deepEqual(await createOutboundHttp({ allowed: [endless.origin] }).post(endless, "{}"), { status: 200, body: undefined });
  const silent = await listen(context, () => {});
  await assert.rejects(createOutboundHttp({ allowed: [silent.origin], timeout: 50 }).post(silent, "{}"));
  const slowName = createOutboundHttp({ timeout: 50, resolve: () => new Promise(() => {}) });
  await assert.rejects(slowName.post(new URL("https://push.example.org/"), "{}"), /no answer in time/);
});

/** A name server that answers every question for an IPv4 address with one, others with none, or nobody at all. */
async function serveNames(context: TestContext, address?: readonly [number, number, number, number]): Promise<string> {
  const server: Socket = createSocket("udp4");
  server.on("message", (question, { port }) => {
    if (address === undefined) return;
    const isIpv4 = question[question.indexOf(0, 12) + 2] === 1;
    const end = question.indexOf(0, 12) + 5;
    const head = Buffer.from([...question.subarray(0, 2), 0x81, 0x80, 0, 1, 0, isIpv4 ? 1 : 0, 0, 0, 0, 0]);
    const record = isIpv4 ? Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, ...address]) : Buffer.alloc(0);
    server.send(Buffer.concat([head, question.subarray(12, end), record]), port, "127.0.0.1");
  });
  server.bind(0, "127.0.0.1");
  await once(server, "listening");
  context.after(() => server.close());
  return `127.0.0.1:${server.address().port}`;
}

test("names that their owner's name server never answers hold up no file, and are given up when the time is over", async (context) => {
  const resolve = createResolve([await serveNames(context)]);
  const outbound = createOutboundHttp({ resolve, timeout: 300 });
  const asked = Array.from({ length: 16 }, (_, n) => outbound.post(new URL(`https://slow${n}.example.org/`), "{}"));
  const first = Promise.race(asked).catch(() => "given up");
  const read = readFile(import.meta.filename).then(() => "read");
  assert.equal(await Promise.race([first, read]), "read");
  for (const answer of await Promise.allSettled(asked)) assert.equal(answer.status, "rejected");
});

test("what a name server says is judged like an address that was written", async (context) => {
  const resolve = createResolve([await serveNames(context, [10, 1, 2, 3])]);
  assert.deepEqual(await resolve("inside.example.org"), ["10.1.2.3"]);
  await assert.rejects(createOutboundHttp({ resolve }).post(new URL("https://inside.example.org/"), "{}"), OutboundRefused);
});
