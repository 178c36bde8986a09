import assert from "node:assert/strict";
import { Agent } from "node:http";
import { test } from "node:test";
import { RawJson } from "#kernel";
import { startTestServer } from "./http-server.test-support.ts";

const SYNC = "/_matrix/client/v3/sync?timeout=30000";

/** A sync that waits until its signal is aborted. */
function waitingSync() {
  const begun = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  const sync = (_actor: unknown, _request: unknown, signal: AbortSignal) => {
    begun.resolve();
    return new Promise<RawJson>((resolve) => {
      signal.addEventListener("abort", () => {
        ended.resolve();
        resolve(new RawJson(`{"next_batch":"s1"}`));
      });
    });
  };
  return { begun: begun.promise, ended: ended.promise, sync };
}

test("a waiting sync is told when its client goes", async () => {
  const { sync, begun, ended } = waitingSync();
  const server = await startTestServer({ sync: { sync } });
  const controller = new AbortController();
  const asked = server.ask("GET", SYNC, { signal: controller.signal });
  await begun;
  controller.abort();
  await assert.rejects(asked);
  await ended;
  await server.close();
});

test("stopping the server ends waiting syncs with their answer and then closes", async () => {
  const { sync, begun } = waitingSync();
  const server = await startTestServer({ sync: { sync } });
  const asked = server.ask("GET", SYNC);
  await begun;
  await server.close();
  assert.equal((await asked).status, 200);
});

test("stopping does not wait for connections that clients keep alive", async () => {
  const { sync, begun } = waitingSync();
  let bounds = 0;
  const timers = {
    after: () => {
      bounds += 1;
      return { cancel: () => (bounds -= 1) };
    },
  };
  const server = await startTestServer({ sync: { sync }, timers });
  const agent = new Agent({ keepAlive: true });
  const idle = await server.ask("GET", "/_matrix/client/versions", { agent });
  const asked = server.ask("GET", SYNC, { agent });
  await begun;
  await server.close();
  assert.deepEqual([idle.status, (await asked).status, bounds], [200, 200, 0]);
  agent.destroy();
});

test("a sync that fails because the server stops is answered 503 with Retry-After, not as a fault", async () => {
  const begun = Promise.withResolvers<void>();
  const sync = (_actor: unknown, _request: unknown, signal: AbortSignal) => {
    begun.resolve();
    return new Promise((_, reject) => {
      signal.addEventListener("abort", () => reject(new Error("aborted")));
    });
  };
  const server = await startTestServer({ sync: { sync } });
  const asked = server.ask("GET", SYNC);
  await begun.promise;
  await server.close();
  const answer = await asked;
  assert.deepEqual([answer.status, answer.headers["retry-after"]], [503, "1"]);
  assert.deepEqual(server.seen.logged, []);
});

test("a running request is finished while the server stops; new connections are refused", async () => {
  const gate = Promise.withResolvers<readonly string[]>();
  const begun = Promise.withResolvers<void>();
  const joinedRooms = () => {
    begun.resolve();
    return gate.promise;
  };
  const server = await startTestServer({ rooms: { joinedRooms } });
  const asked = server.ask("GET", "/_matrix/client/v3/joined_rooms");
  await begun.promise;
  const closed = server.close();
  await assert.rejects(server.ask("GET", "/_matrix/client/versions"));
  gate.resolve(["!a:test"]);
  assert.deepEqual((await asked).json, { joined_rooms: ["!a:test"] });
  await closed;
});

test("a request that never ends does not hold the stop for longer than the bound", async () => {
  const begun = Promise.withResolvers<void>();
  const joinedRooms = () => {
    begun.resolve();
    return new Promise(() => {});
  };
  let fire = () => {};
  const timers = {
    after: (_: number, work: () => void) => {
      fire = work;
      return { cancel: () => {} };
    },
  };
  const server = await startTestServer({ rooms: { joinedRooms }, timers });
  const asked = server.ask("GET", "/_matrix/client/v3/joined_rooms");
  await begun.promise;
  const closed = server.close();
  fire();
  await assert.rejects(asked);
  await closed;
});

test("sync gets the spelling of state-after that was asked for, and a broken timeout is refused", async () => {
  const requests: unknown[] = [];
  const sync = (_actor: unknown, request: unknown) => {
    requests.push(request);
    return new RawJson("{}");
  };
  const server = await startTestServer({ sync: { sync } });
  const ask = async (query: string) => (await server.ask("GET", `/_matrix/client/v3/sync?${query}`)).status;
  assert.equal(await ask("use_state_after=true&org.matrix.msc4222.use_state_after=true&_cacheBuster=1"), 200);
  assert.equal(await ask("org.matrix.msc4222.use_state_after=true&since=s1&timeout=0&full_state=false&filter=%7B%7D"), 200);
  assert.deepEqual(requests, [
    { useStateAfter: "stable" },
    { filter: "{}", since: "s1", fullState: false, timeoutMs: 0, useStateAfter: "unstable" },
  ]);
  for (const query of ["timeout=-1", "timeout=x", "timeout=1e9", "full_state=yes"]) assert.equal(await ask(query), 400, query);
  await server.close();
});

/** A server with waiting syncs and a handle on the end of tokens. */
async function startRevocable(sync: object) {
  let revoke: (userId: string, isRevoked: (deviceId: string) => boolean) => void = () => {};
  const server = await startTestServer({
    sync,
    identity: {
      onRevoked(listener: typeof revoke) {
        revoke = listener;
      },
    },
  });
  return { server, revoke: (...input: Parameters<typeof revoke>) => revoke(...input) };
}

test("a sync that waits when its token ends is answered 401 at once, with nothing that came meanwhile", async () => {
  const { sync, begun } = waitingSync();
  const { server, revoke } = await startRevocable({ sync });
  const asked = server.ask("GET", SYNC);
  await begun;
  revoke("@alice:test", (deviceId) => deviceId === "DEV");
  const { status, json } = await asked;
  assert.deepEqual([status, json["errcode"], json["next_batch"], json["soft_logout"]], [401, "M_UNKNOWN_TOKEN", undefined, undefined]);
  await server.close();
});

test("the end of another device's or person's token leaves a waiting sync alone", async () => {
  const { sync, begun } = waitingSync();
  const { server, revoke } = await startRevocable({ sync });
  const asked = server.ask("GET", SYNC);
  await begun;
  revoke("@alice:test", (deviceId) => deviceId !== "DEV");
  revoke("@bob:test", () => true);
  await server.close();
  assert.equal((await asked).status, 200, "ended by the stop, not by the tokens");
});

test("an answer that is ready when the token ends is not given out", async () => {
  const ready = Promise.withResolvers<RawJson>();
  const begun = Promise.withResolvers<void>();
  const sync = () => {
    begun.resolve();
    return ready.promise;
  };
  const { server, revoke } = await startRevocable({ sync });
  const asked = server.ask("GET", SYNC);
  await begun.promise;
  ready.resolve(new RawJson(`{"next_batch":"s1"}`));
  revoke("@alice:test", () => true);
  assert.equal((await asked).status, 401);
  await server.close();
});
