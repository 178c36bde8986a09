import assert from "node:assert/strict";
import { test } from "node:test";
import { type Actor, RawJson } from "#kernel";
import { startTestServer, TOKEN } from "./http-server.test-support.ts";

const room = "/_matrix/client/v3/rooms/!room:test";
const heavy = [`${room}/state`, `${room}/members`, `${room}/joined_members`, `${room}/messages?dir=b`];

/** A server on which what is asked for in rooms is answered when the test says so. */
async function openServer(profile: "standard" | "conformance" = "standard") {
  const running: PromiseWithResolvers<RawJson>[] = [];
  const fourth = Promise.withResolvers<void>();
  const run = () => {
    const work = Promise.withResolvers<RawJson>();
    running.push(work);
    if (running.length >= 4) fourth.resolve();
    return work.promise;
  };
  const listMessages = async () => {
    await run();
    return { chunk: [], start: 1, end: undefined, state: [] };
  };
  const authenticate = (token: string) => {
    const actor: Actor = { userId: token === TOKEN ? "@alice:test" : "@bob:test", deviceId: "D", isAdmin: false };
    return { kind: "valid", actor };
  };
  const server = await startTestServer({
    config: { profile },
    identity: { authenticate },
    rooms: { listState: run, listMembers: run, joinedMembers: run, listMessages },
    sync: {
      sync: async (_actor: unknown, query: { readonly since?: string }, _signal: unknown, beginHeavyRead: () => () => void) => {
        if (query.since === undefined) beginHeavyRead()();
        return new RawJson("{}");
      },
    },
  });
  const finish = () => {
    for (const work of running.splice(0)) work.resolve(new RawJson("[]"));
  };
  return { server, finish, fourth: fourth.promise };
}

test("an account has four large reads in progress; further ones are told to come back, also the first sync of a device", async () => {
  const { server, finish, fourth } = await openServer();
  const asked = heavy.map((path) => server.ask("GET", path));
  await fourth;
  for (const path of [...heavy, "/_matrix/client/v3/sync"]) {
    const { status, json } = await server.ask("GET", path);
    assert.deepEqual([status, json["errcode"], json["retry_after_ms"]], [429, "M_LIMIT_EXCEEDED", 1000], path);
  }
  for (const path of ["/_matrix/client/v3/sync?since=s1", "/_matrix/client/v3/joined_rooms"]) {
    assert.equal((await server.ask("GET", path)).status, 200, path);
  }
  const other = server.ask("GET", heavy[0] ?? "", { token: "bob" });
  assert.equal((await server.ask("GET", "/_matrix/client/v3/sync", { token: "bob" })).status, 200, "others are not held up");
  finish();
  for (const { status } of await Promise.all([...asked, other])) assert.equal(status, 200);
  assert.equal((await server.ask("GET", "/_matrix/client/v3/sync")).status, 200);
  await server.close();
});

test("a large read that fails makes room like one that does not", async () => {
  const server = await startTestServer({ rooms: { listState: () => Promise.reject(new Error("no")) } });
  for (let round = 0; round < 6; round += 1) assert.equal((await server.ask("GET", heavy[0] ?? "")).status, 500);
  await server.close();
});

test("the conformance profile has any number of large reads in progress", async () => {
  const { server, finish, fourth } = await openServer("conformance");
  const asked = heavy.map((path) => server.ask("GET", path));
  await fourth;
  assert.equal((await server.ask("GET", "/_matrix/client/v3/sync")).status, 200);
  finish();
  await Promise.all(asked);
  await server.close();
});
