import assert from "node:assert/strict";
import { test } from "node:test";
import type { Actor } from "#kernel";
import { createSessionCache } from "./session-cache.ts";

const alice = (deviceId: string): Actor => ({ userId: "@alice:example.org", deviceId, isAdmin: false });
const never = () => Promise.reject(new Error("not read"));

test("the least recently used token is forgotten first", () => {
  const cache = createSessionCache(2, never);
  cache.put("a", alice("A"));
  cache.put("b", alice("B"));
  cache.get("a");
  cache.put("c", alice("C"));
  assert.deepEqual(
    ["a", "b", "c"].map((hash) => cache.get(hash) !== undefined),
    [true, false, true],
  );
});

test("revoking a device forgets its tokens at once and no other's", () => {
  const cache = createSessionCache(10, never);
  cache.put("a", alice("A"));
  cache.put("b", alice("B"));
  cache.put("bob", { userId: "@bob:example.org", deviceId: "A", isAdmin: false });
  cache.revoke("@alice:example.org", (deviceId) => deviceId === "A");
  assert.deepEqual(
    ["a", "b", "bob"].map((hash) => cache.get(hash) !== undefined),
    [false, true, true],
  );
});

test("a read that began before a logout cannot bring the token back after it", async () => {
  const answers = [Promise.withResolvers<Actor | undefined>(), Promise.withResolvers<Actor | undefined>()];
  let reads = 0;
  const cache = createSessionCache(10, () => answers[reads++]?.promise ?? Promise.resolve(undefined));
  const racing = cache.load("a");
  cache.revoke("@alice:example.org", () => true);
  answers[0]?.resolve(alice("A")); // read before the commit, answered after it
  answers[1]?.resolve(undefined); // what the store says now
  assert.deepEqual(await racing, { kind: "unknown" });
  assert.equal(cache.get("a"), undefined);
  assert.equal(reads, 2);
});

test("a logout of another device does not make a read start again", async () => {
  const answer = Promise.withResolvers<Actor | undefined>();
  let reads = 0;
  const cache = createSessionCache(10, () => {
    reads += 1;
    return answer.promise;
  });
  const loading = cache.load("a");
  cache.revoke("@alice:example.org", (deviceId) => deviceId === "B");
  cache.revoke("@bob:example.org", () => true);
  answer.resolve(alice("A"));
  assert.deepEqual(await loading, { kind: "valid", actor: alice("A") });
  assert.equal(reads, 1);
  assert.notEqual(cache.get("a"), undefined);
});

test("a thousand first requests with one token are one read of the store", async () => {
  let reads = 0;
  const cache = createSessionCache(10, async () => {
    reads += 1;
    return alice("A");
  });
  await Promise.all(Array.from({ length: 1000 }, () => cache.load("a")));
  assert.equal(reads, 1);
});

test("a read that failed is not remembered", async () => {
  let reads = 0;
  const cache = createSessionCache(10, async () => {
    reads += 1;
    if (reads === 1) throw new Error("planned");
    return alice("A");
  });
  await assert.rejects(cache.load("a"), /planned/);
  assert.equal((await cache.load("a")).kind, "valid");
});
