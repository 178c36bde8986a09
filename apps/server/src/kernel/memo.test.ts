import assert from "node:assert/strict";
import { test } from "node:test";
import { createMemo } from "./memo.ts";

test("what was read before it changed is neither kept nor answered", async () => {
  let state = "old";
  let reads = 0;
  const memo = createMemo(
    async () => {
      const seen = state;
      reads += 1;
      if (reads === 1) {
        state = "new";
        memo.drop("!a");
      }
      return seen;
    },
    { entries: 10 },
  );
  assert.deepEqual(await Promise.all([memo.get("!a"), memo.get("!a")]), ["new", "new"]);
  assert.equal(reads, 2);
  assert.equal(await memo.get("!a"), "new");
  assert.equal(reads, 2);
  state = "newest";
  memo.drop("!a");
  assert.equal(await memo.get("!a"), "newest");
});

test("what does not exist is not kept, and of the rest what was used last", async () => {
  let reads = 0;
  const memo = createMemo(
    async (roomId) => {
      reads += 1;
      return roomId.startsWith("!none") ? undefined : roomId;
    },
    { entries: 4 },
  );
  for (const room of ["!a", "!b", "!none1", "!none2", "!a", "!c", "!a"]) await memo.get(room);
  assert.equal(reads, 5);
  await memo.get("!b");
  assert.equal(reads, 6);
});

test("a read that failed is tried again", async () => {
  let fails = true;
  const memo = createMemo(
    async () => {
      if (fails) throw new Error("the store is away");
      return 1;
    },
    { entries: 2 },
  );
  await assert.rejects(memo.get("!a"), /away/);
  fails = false;
  assert.equal(await memo.get("!a"), 1);
});
