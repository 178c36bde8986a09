import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { test, type TestContext } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { type Actor, RawJson } from "#kernel";
import { startTestServer, TOKEN } from "./http-server.test-support.ts";
import type { Bounds } from "./http-deps.ts";

// More than the system's own buffers of both ends hold.
const LARGE = 24 * 1024 * 1024;
const STATE = "/_matrix/client/v3/rooms/!room:test/state";
const request = (path: string, token = TOKEN) => `GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`;

/** Lets the event loop turn until it is so; the runner's time limit ends what never comes. */
async function until<T>(ask: () => Promise<T | undefined | false> | T | undefined | false): Promise<T> {
  for (;;) {
    const found = await ask();
    if (found !== undefined && found !== false) return found;
    await nextTurn();
  }
}

async function openServer(context: TestContext, bounds: Partial<Bounds>) {
  const accepted: Socket[] = [];
  // Proven by node's documentation of this channel.
  const note = (message: unknown) => void accepted.push((message as { readonly socket: Socket }).socket);
  subscribe("net.server.socket", note);
  const server = await startTestServer({
    config: { bounds },
    identity: {
      authenticate: (token: string): object => {
        const actor: Actor = { userId: token === TOKEN ? "@alice:test" : "@bob:test", deviceId: "D", isAdmin: false };
        return { kind: "valid", actor };
      },
    },
    sync: { sync: () => new Promise(() => {}) },
    rooms: { listState: () => Promise.resolve(new RawJson(JSON.stringify("x".repeat(LARGE)))) },
  });
  context.after(async () => {
    unsubscribe("net.server.socket", note);
    for (const socket of accepted) socket.destroy();
    await server.close();
  });
  return {
    server,
    ask: async (path: string, token = TOKEN) => (await server.ask("GET", path, { token })).status,
    /** A connection that sends the text and reads nothing, once its answer is under way. */
    readNothing: async (text: string): Promise<{ readonly client: Socket; readonly atServer: Socket }> => {
      const client = connect(server.port, "127.0.0.1", () => client.write(text)).pause();
      await once(client, "connect");
      const atServer = await until(() => accepted.find(({ remotePort }) => remotePort === client.localPort));
      await until(() => atServer.writableLength > 0);
      return { client, atServer };
    },
  };
}

test("a connection that takes nothing of its answer is ended", async (context) => {
  const { readNothing } = await openServer(context, { stall: 50 });
  const { atServer } = await readNothing(request(STATE));
  await once(atServer, "close");
});

test("a connection whose client reads on is kept, with the time of an idle one again", async (context) => {
  const { readNothing } = await openServer(context, { stall: 20_000, keepAliveTimeout: 65_000 });
  const { client, atServer } = await readNothing(request(STATE));
  assert.equal(atServer.timeout, 20_000);
  client.resume();
  await until(() => atServer.writableLength === 0);
  await until(() => (atServer.timeout ?? 0) >= 65_000);
  client.destroy();
});

test("a request that waits behind an answer that was read late may wait as long as any", async (context) => {
  const { readNothing } = await openServer(context, { stall: 20_000 });
  const { client, atServer } = await readNothing(request(STATE) + request("/_matrix/client/v3/sync"));
  client.resume();
  await until(() => atServer.timeout === 0);
  client.destroy();
});

test("who leaves much unread is refused further reads until it is read; others are not, and writing goes on", async (context) => {
  const { server, ask, readNothing } = await openServer(context, { unsentBytesPerAccount: LARGE / 2 });
  const { client } = await readNothing(request(STATE));
  const refused = await server.ask("GET", "/_matrix/client/v3/joined_rooms");
  assert.deepEqual([refused.status, refused.json["errcode"], refused.headers["retry-after"]], [429, "M_LIMIT_EXCEEDED", "1"]);
  assert.equal(await ask(STATE, "bob"), 200);
  assert.equal((await server.ask("POST", "/_matrix/client/v3/logout")).status, 200);
  client.resume();
  await until(async () => (await ask("/_matrix/client/v3/joined_rooms")) === 200);
});

test("an answer that waits behind an unread one on its connection counts, and both are let go when the connection ends", async (context) => {
  const { ask, readNothing } = await openServer(context, { unsentBytesPerAccount: LARGE * 1.5 });
  const { client } = await readNothing(request(STATE) + request(STATE));
  await until(async () => (await ask("/_matrix/client/v3/joined_rooms")) === 429);
  client.destroy();
  await until(async () => (await ask("/_matrix/client/v3/joined_rooms")) === 200);
});

test("when all together leave too much unread nothing large is read for anybody, and small reads go on", async (context) => {
  const { ask, readNothing } = await openServer(context, { unsentBytes: LARGE / 2 });
  const { client } = await readNothing(request(STATE));
  assert.deepEqual([await ask(STATE, "bob"), await ask("/_matrix/client/v3/joined_rooms", "bob")], [429, 200]);
  client.destroy();
  await until(async () => (await ask(STATE, "bob")) === 200);
});
