import assert from "node:assert/strict";
import { test } from "node:test";
import { createPolicy } from "#policy";

const policy = createPolicy([
  { action: "versions.read", who: "anyone" },
  { action: "room.create", who: "account" },
  { action: "room.create", who: "account" },
  { action: "server.settings", who: "admin" },
]);
const server = { type: "server", id: "" } as const;
const member = { userId: "@alice:example.org", deviceId: "A", isAdmin: false };
const admin = { ...member, isAdmin: true };

test("an action that nobody declared is denied to everyone, administrators included", () => {
  for (const actor of [undefined, member, admin]) {
    for (const action of ["room.burn", "", "constructor", "__proto__", "toString"]) {
      assert.deepEqual(policy.decide(actor, action, server), { allowed: false, rule: "default-deny" });
    }
  }
});

test("each kind of action is open to its own circle only, and a denial names the rule", () => {
  assert.deepEqual(policy.decide(undefined, "versions.read", server), { allowed: true });
  assert.deepEqual(policy.decide(undefined, "room.create", server), { allowed: false, rule: "signed-in-accounts-only" });
  assert.deepEqual(policy.decide(member, "room.create", server), { allowed: true });
  assert.deepEqual(policy.decide(undefined, "server.settings", server), { allowed: false, rule: "signed-in-accounts-only" });
  assert.deepEqual(policy.decide(member, "server.settings", server), { allowed: false, rule: "administrators-only" });
  assert.deepEqual(policy.decide(admin, "server.settings", server), { allowed: true });
});

test("a locked or deactivated administrator is denied what any account may do", () => {
  assert.deepEqual(policy.decide({ ...admin, state: "locked" }, "room.create", server), {
    allowed: false,
    rule: "locked-accounts-do-nothing",
  });
  assert.deepEqual(policy.decide({ ...admin, state: "deactivated" }, "server.settings", server), {
    allowed: false,
    rule: "deactivated-accounts-do-nothing",
  });
});

test("two declarations of one action that disagree refuse to start", () => {
  const conflicting = [
    { action: "room.create", who: "admin" },
    { action: "room.create", who: "anyone" },
  ] as const;
  assert.throws(() => createPolicy(conflicting), /room\.create/);
});
