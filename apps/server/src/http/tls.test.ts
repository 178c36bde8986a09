import assert from "node:assert/strict";
import { once } from "node:events";
import { type Agent as AgentType, Agent, request } from "node:https";
import { test } from "node:test";
import { connect, type ConnectionOptions } from "node:tls";
import { firstCertificate, secondCertificate } from "@wardroom/testkit";
import { createHttpServer } from "./create-http-server.ts";
import { stubDeps } from "./http-server.test-support.ts";

const start = async () => {
  const server = createHttpServer(stubDeps({ config: { tls: firstCertificate } }).deps);
  await server.listen();
  return server;
};

/** Subject of the certificate that a new connection is shown. @throws what the handshake throws. */
async function greet(port: number, options: ConnectionOptions = {}): Promise<{ subject: string; protocol: string | null }> {
  // The certificate is compared by its subject; there is no authority to ask.
  const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false, ...options });
  try {
    await once(socket, "secureConnect");
    return { subject: String(socket.getPeerCertificate().subject.CN), protocol: socket.getProtocol() };
  } finally {
    socket.destroy();
  }
}

const ask = (port: number, agent: AgentType) =>
  new Promise<number>((resolve, reject) => {
    const options = { host: "127.0.0.1", port, path: "/_matrix/client/versions", agent, rejectUnauthorized: false };
    request(options, (response) => {
      response.resume();
      response.on("end", () => resolve(response.statusCode ?? 0));
    })
      .on("error", reject)
      .end();
  });

test("TLS 1.3 is spoken and nothing older, before and after the certificate is swapped", async () => {
  const server = await start();
  assert.deepEqual(await greet(server.port()), { subject: "first.test", protocol: "TLSv1.3" });
  await assert.rejects(greet(server.port(), { maxVersion: "TLSv1.2" }));
  server.reloadCertificate(secondCertificate);
  assert.deepEqual(await greet(server.port()), { subject: "second.test", protocol: "TLSv1.3" });
  await assert.rejects(greet(server.port(), { maxVersion: "TLSv1.2" }));
  await server.close();
});

test("a connection that is open goes on after the certificate is swapped", async () => {
  const server = await start();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  assert.equal(await ask(server.port(), agent), 200);
  server.reloadCertificate(secondCertificate);
  assert.equal(await ask(server.port(), agent), 200);
  agent.destroy();
  await server.close();
});

test("a certificate that does not fit its key is refused and the old one stays", async () => {
  const server = await start();
  assert.throws(() => server.reloadCertificate({ cert: firstCertificate.cert, key: secondCertificate.key }));
  assert.equal((await greet(server.port())).subject, "first.test");
  await server.close();
});

test("clear text and broken handshakes on the TLS port end the connection, not the server", async () => {
  const server = await start();
  const { connect: connectPlain } = await import("node:net");
  const socket = connectPlain(server.port(), "127.0.0.1", () => socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
  socket.on("error", () => {});
  socket.resume();
  await once(socket, "close");
  assert.equal((await greet(server.port())).subject, "first.test");
  await server.close();
});
