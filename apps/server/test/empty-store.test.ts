import assert from "node:assert/strict";
import { test } from "node:test";
import { at, ok, refused } from "@wardroom/testkit";
import { composeHouse } from "./composed-house.test-support.ts";
import { nextBatch, sync } from "./sync-steps.test-support.ts";

test("in a house where nothing has happened yet a sync waits, instead of telling the same again and again", async (context) => {
  const house = await composeHouse(context);
  const alice = await house.http().register("alice");
  const since = nextBatch(await sync(alice));
  assert.equal(at(await sync(alice, { since }), "account_data"), undefined);
  const waiting = alice.get("/sync", { since, timeout: "25000" });
  // A later one has been answered, so the first has been read.
  ok(await alice.get("/sync", { since, timeout: "0" }));
  ok(await alice.post("/logout"));
  refused(await waiting, 401, "M_UNKNOWN_TOKEN");
});
