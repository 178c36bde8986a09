import assert from "node:assert/strict";
import { test } from "node:test";
import { createAccountUsage } from "./account-usage.ts";

test("the store is asked once for an account, again after a doubtful commit, and again when too many others came", async () => {
  let asked = 0;
  const usage = createAccountUsage({ usage: () => Promise.resolve({ values: (asked += 1), bytes: 0 }) }, 2);
  await usage.of("a");
  await usage.of("a");
  assert.equal(asked, 1);
  usage.note("a", { values: 7, bytes: 7 });
  assert.deepEqual(await usage.of("a"), { values: 7, bytes: 7 });
  usage.forget("a");
  await usage.of("a");
  assert.equal(asked, 2);
  for (const other of ["b", "c"]) await usage.of(other);
  await usage.of("a");
  assert.equal(asked, 5);
});
