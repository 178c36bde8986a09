import assert from "node:assert/strict";
import { test } from "node:test";
import type { Identity } from "#identity";
import { type Actor, MatrixError, RawJson } from "#kernel";
import { createHeavyReads } from "./heavy-reads.ts";
import { startTestServer, TOKEN } from "./http-server.test-support.ts";

const room = "/_matrix/client/v3/rooms/!room:test";
const heavy = [`${room}/state`, `${room}/members`, `${room}/joined_members`, `${room}/messages?dir=b`];

/** A server on which what is asked for in rooms is answered when the test says so. */
async function openServer(profile: "standard" | "conformance" = "standard") {
  const running = new Set<PromiseWithResolvers<RawJson>>();
  const fourth = Promise.withResolvers<void>();
  let [begun, finished] = [0, false];
  const run = () => {
    const work = Promise.withResolvers<RawJson>();
    running.add(work);
    begun += 1;
    if (begun === 4) fourth.resolve();
    if (finished) setImmediate(() => work.resolve(new RawJson("[]")));
    assert.ok(profile === "conformance" || running.size <= 5, "four of one account, and one of another");
    return work.promise.finally(() => running.delete(work));
  };
  const listMessages = async () => {
    await run();
    return { chunk: [], start: 1, end: undefined, state: [] };
  };
  const authenticate = (token: string) => {
    const actor: Actor = { userId: token === TOKEN ? "@alice:test" : "@bob:test", deviceId: "D", isAdmin: false };
    return { kind: "valid", actor };
  };
  let revoke: Parameters<Identity["onRevoked"]>[0] = () => {};
  const onRevoked: Identity["onRevoked"] = (listener) => void (revoke = listener);
  const server = await startTestServer({
    config: { profile },
    identity: { authenticate, onRevoked },
    rooms: { listState: run, listMembers: run, joinedMembers: run, listMessages },
    sync: {
      sync: async (_actor: unknown, query: { readonly since?: string }, _signal: unknown, beginHeavyRead: () => Promise<() => void>) => {
        if (query.since === undefined) (await beginHeavyRead())();
        return new RawJson("{}");
      },
    },
  });
  /** Answers what is in progress, and from now on everything. */
  const finish = () => {
    finished = true;
    for (const work of running) work.resolve(new RawJson("[]"));
  };
  return { server, finish, fourth: fourth.promise, begun: () => begun, revoke: () => revoke("@alice:test", () => true) };
}

test("an account has four large reads in progress and sixteen that wait their turn; one more is told to come back", async () => {
  const { server, finish, fourth, begun } = await openServer();
  const paths = [...heavy, "/_matrix/client/v3/sync"];
  const asked = Array.from({ length: 4 }, (_, index) => server.ask("GET", heavy[index] ?? ""));
  await fourth;
  const waiting = Array.from({ length: 17 }, (_, index) => server.ask("GET", paths[index % 5] ?? ""));
  const { status, json } = await Promise.race([...asked, ...waiting]);
  assert.deepEqual([status, json["errcode"], json["retry_after_ms"]], [429, "M_LIMIT_EXCEEDED", 1000]);
  assert.equal(begun(), 4);
  for (const path of ["/_matrix/client/v3/sync?since=s1", "/_matrix/client/v3/joined_rooms"]) {
    assert.equal((await server.ask("GET", path)).status, 200, path);
  }
  const other = server.ask("GET", heavy[0] ?? "", { token: "bob" });
  assert.equal((await server.ask("GET", "/_matrix/client/v3/sync", { token: "bob" })).status, 200, "others are not held up");
  finish();
  const answers = await Promise.all([...asked, ...waiting, other]);
  assert.equal(answers.filter((answer) => answer.status === 200).length, 21);
  assert.equal((await server.ask("GET", "/_matrix/client/v3/sync")).status, 200);
  await server.close();
});

test("who waits for a turn waits no longer than the token holds, and nothing is read for it", async () => {
  const { server, finish, fourth, begun, revoke } = await openServer();
  const asked = heavy.map((path) => server.ask("GET", path));
  await fourth;
  const waiting = Array.from({ length: 17 }, () => server.ask("GET", heavy[0] ?? ""));
  assert.equal((await Promise.race(waiting)).status, 429, "sixteen wait now");
  revoke();
  const answers = await Promise.all(waiting);
  assert.equal(answers.filter(({ json }) => json["errcode"] === "M_UNKNOWN_TOKEN").length, 16);
  finish();
  await Promise.all(asked);
  assert.equal(begun(), 4);
  await server.close();
});

test("a place is handed to whoever waited longest, and not to one who gave up", async () => {
  const reads = createHeavyReads(1, { admit: () => {}, admitLarge: () => {}, beginStream: () => {}, watch: () => {} });
  const stays = new AbortController().signal;
  const order: string[] = [];
  const leaveFirst = await reads.begin("a", stays);
  const gone = new AbortController();
  const first = reads.begin("a", gone.signal);
  const second = reads.begin("a", stays).then((leave) => (order.push("second"), leave));
  const third = reads.begin("a", stays).then((leave) => (order.push("third"), leave));
  gone.abort(new Error("gone"));
  await assert.rejects(first, /gone/);
  await assert.rejects(reads.begin("a", gone.signal), /gone/);
  leaveFirst();
  const fourth = reads.begin("a", stays).then((leave) => (order.push("fourth"), leave));
  (await second)();
  (await third)();
  (await fourth)();
  assert.deepEqual(order, ["second", "third", "fourth"]);
  (await reads.begin("a", stays))();
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

test("who left much unread meanwhile does not get a turn that they waited for, and hands it on", async () => {
  let isFull = false;
  const admit = () => {
    if (isFull) throw new MatrixError("M_LIMIT_EXCEEDED", "unread");
  };
  const reads = createHeavyReads(1, { admit, admitLarge: () => {}, beginStream: () => {}, watch: () => {} });
  const stays = new AbortController().signal;
  const leave = await reads.begin("a", stays);
  const waiting = [reads.begin("a", stays), reads.begin("a", stays)];
  leave();
  // In the same turn, as the answer is written that made room.
  isFull = true;
  for (const turn of waiting) await assert.rejects(turn, { code: "M_LIMIT_EXCEEDED" });
  await assert.rejects(reads.begin("a", stays), { code: "M_LIMIT_EXCEEDED" });
  isFull = false;
  (await reads.begin("a", stays))();
});
