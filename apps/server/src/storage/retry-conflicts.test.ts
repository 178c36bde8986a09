import assert from "node:assert/strict";
import { test } from "node:test";
import { Conflict } from "./contract.ts";
import { retryConflicts } from "./retry-conflicts.ts";

/** Fails with these, one after another, and then succeeds. */
function failing(...errors: readonly Error[]) {
  let calls = 0;
  const work = async () => {
    const error = errors[calls];
    calls += 1;
    if (error !== undefined) throw error;
    return calls;
  };
  return { work, calls: () => calls };
}

test("what met a conflict is decided again, three times in all and no more", async () => {
  const conflict = new Conflict("moved");
  assert.equal(await retryConflicts(failing(conflict, conflict).work), 3);
  const hopeless = failing(conflict, conflict, conflict, conflict);
  await assert.rejects(retryConflicts(hopeless.work), conflict);
  assert.equal(hopeless.calls(), 3);
});

test("what failed for another reason is not tried again", async () => {
  const fault = failing(new Error("disk"));
  await assert.rejects(retryConflicts(fault.work), /disk/);
  assert.equal(fault.calls(), 1);
});
