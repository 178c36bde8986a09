import assert from "node:assert/strict";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { mock, test, type TestContext } from "node:test";
import { createConnection } from "./connection.ts";
import { buildRequest } from "./request-bytes.ts";
import { parseTarget } from "./target.ts";

const ANSWER = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

/** A server that does as told with the n-th request it ever got, counted from 1. */
async function startServer(context: TestContext, onRequest: (socket: Socket, count: number) => void) {
  let count = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("data", () => onRequest(socket, (count += 1)));
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  context.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  // A server listening on a TCP port has an address of this kind.
  const { port } = server.address() as AddressInfo;
  return { target: parseTarget(`t=http://127.0.0.1:${port}`, false), countRequests: () => count };
}

async function connect(
  context: TestContext,
  onRequest: (socket: Socket, count: number) => void,
  settings = { timeoutMs: 10_000, mayResend: true },
) {
  const { target, countRequests } = await startServer(context, onRequest);
  let settle = Promise.withResolvers<string>();
  const connection = createConnection(
    target,
    { onResponse: (status, body) => settle.resolve(`${status} ${body}`), onFailure: (error) => settle.resolve(error.message) },
    settings,
  );
  context.after(() => connection.close());
  const ask = (): Promise<string> => {
    settle = Promise.withResolvers<string>();
    connection.send(buildRequest(target, { method: "GET", path: "/" }));
    return settle.promise;
  };
  return { ask, connection, countRequests };
}

test("one connection carries request after request", async (context) => {
  const used = new Set<Socket>();
  const { ask } = await connect(context, (socket) => {
    used.add(socket);
    socket.write(ANSWER);
  });
  assert.deepEqual([await ask(), await ask(), await ask()], ["200 {}", "200 {}", "200 {}"]);
  assert.equal(used.size, 1);
});

test("a request that meets a closing connection goes out once more, if it may", async (context) => {
  const drop = (socket: Socket, count: number): void => void (count === 2 ? socket.destroy() : socket.write(ANSWER));
  const repeating = await connect(context, drop);
  assert.deepEqual([await repeating.ask(), await repeating.ask()], ["200 {}", "200 {}"]);
  assert.equal(repeating.countRequests(), 3);

  const careful = await connect(context, drop, { timeoutMs: 10_000, mayResend: false });
  assert.equal(await careful.ask(), "200 {}");
  assert.notEqual(await careful.ask(), "200 {}");
  assert.equal(careful.countRequests(), 2);
});

test("a request is never sent a third time", async (context) => {
  const { ask, countRequests } = await connect(context, (socket) => socket.destroy());
  assert.notEqual(await ask(), "200 {}");
  assert.equal(countRequests(), 2);
});

test("a connection that ends inside an answer fails, and is not asked again", async (context) => {
  const { ask, countRequests } = await connect(context, (socket) => socket.end(ANSWER.slice(0, -1)));
  assert.equal(await ask(), "the server closed the connection before its answer");
  assert.equal(countRequests(), 1);
});

test("a second answer is not taken for the answer to the next request", async (context) => {
  const failures: string[] = [];
  const { target } = await startServer(context, (socket) => void socket.write(ANSWER + ANSWER));
  const { promise, resolve } = Promise.withResolvers<void>();
  let answers = 0;
  const request = buildRequest(target, { method: "GET", path: "/" });
  const connection = createConnection(
    target,
    {
      onResponse() {
        answers += 1;
        connection.send(request);
      },
      onFailure(error) {
        failures.push(error.message);
        resolve();
      },
    },
    { timeoutMs: 10_000, mayResend: true },
  );
  connection.send(request);
  await promise;
  assert.deepEqual([answers, failures], [1, ["two answers to one question"]]);
});

test("an answer that never comes ends the wait", async (context) => {
  mock.timers.enable({ apis: ["setInterval"] });
  context.after(() => mock.timers.reset());
  const arrived = Promise.withResolvers<void>();
  const { ask } = await connect(context, () => arrived.resolve(), { timeoutMs: -1, mayResend: true });
  const answer = ask();
  await arrived.promise;
  mock.timers.tick(1000);
  assert.equal(await answer, "no answer in -1 ms");
});

test("two requests at once are a mistake of the caller", async (context) => {
  const { ask } = await connect(context, () => {});
  void ask();
  await assert.rejects(async () => await ask(), /already in flight/);
});

test("a path or token with a line break cannot smuggle a request", () => {
  const target = parseTarget("t=http://127.0.0.1:1", false);
  assert.throws(() => buildRequest(target, { method: "GET", path: "/a\r\nX: y" }), /forbidden/);
  assert.throws(() => buildRequest(target, { method: "GET", path: "/a", token: "t\r\nX: y" }), /forbidden/);
});
