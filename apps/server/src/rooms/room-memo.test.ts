import assert from "node:assert/strict";
import { test } from "node:test";
import { createRoomMemo } from "./room-memo.ts";

test("what was read before a room changed is neither kept nor answered", async () => {
  let state = "old";
  let reads = 0;
  const memo = createRoomMemo(10, async () => {
    const seen = state;
    reads += 1;
    if (reads === 1) {
      state = "new";
      memo.drop("!a");
    }
    return seen;
  });
  assert.deepEqual(await Promise.all([memo.get("!a"), memo.get("!a")]), ["new", "new"]);
  assert.equal(reads, 2);
  assert.equal(await memo.get("!a"), "new");
  assert.equal(reads, 2);
  state = "newest";
  memo.drop("!a");
  assert.equal(await memo.get("!a"), "newest");
});

test("rooms that do not exist are not kept, and of the others the ones used last", async () => {
  let reads = 0;
  const memo = createRoomMemo(2, async (roomId) => {
    reads += 1;
    return roomId.startsWith("!none") ? undefined : roomId;
  });
  for (const room of ["!a", "!b", "!none1", "!none2", "!a", "!c", "!a"]) await memo.get(room);
  assert.equal(reads, 5);
  await memo.get("!b");
  assert.equal(reads, 6);
});

test("a read that failed is tried again", async () => {
  let fails = true;
  const memo = createRoomMemo(2, async () => {
    if (fails) throw new Error("the store is away");
    return 1;
  });
  await assert.rejects(memo.get("!a"), /away/);
  fails = false;
  assert.equal(await memo.get("!a"), 1);
});
