import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { at, ok, refused, route } from "@wardroom/testkit";
import { composeHouse, filesWith, tablesWith } from "./composed-house.test-support.ts";
import { bodies, makeRoomWith, say } from "./room-steps.test-support.ts";
import { nextBatch, now, roomIn, stateOf, sync, timelineOf } from "./sync-steps.test-support.ts";

test("nothing that people said or called themselves, and no password or token, lies readable in the data folder", async (context) => {
  const composed = await composeHouse(context);
  const alice = await composed.http().register("alice");
  const room = await makeRoomWith(alice, [], { name: "Heliotrope" });
  await say(alice, room, "chrysanthemum");
  ok(await alice.put(route`/profile/${alice.userId}/displayname`, { displayname: "Marigold" }));
  ok(await alice.put(route`/user/${alice.userId}/account_data/org.example`, { text: "larkspur" }));
  const secrets = ["Heliotrope", "chrysanthemum", "Marigold", "larkspur", alice.password, alice.token, alice.userId, room];
  for (const secret of secrets) assert.deepEqual(filesWith(composed.dataDir, secret), [], `${secret}, while it runs`);
  await composed.close();
  for (const secret of secrets) assert.deepEqual(filesWith(composed.dataDir, secret), [], secret);
});

test("a house closed and opened again serves the same people, rooms and tokens, and ids go on", async (context) => {
  const composed = await composeHouse(context);
  const alice = await composed.http().register("alice");
  const room = await makeRoomWith(alice, []);
  const first = await say(alice, room, "one", "txn");
  const since = await now(alice);
  await composed.close();
  await composed.open();
  const again = await composed.http().login(alice.name, alice.password, alice.deviceId);
  assert.deepEqual(await bodies(again, room), ["one"]);
  assert.equal(await say(again, room, "one", "txn"), first);
  const quiet = await sync(again, { since });
  assert.deepEqual([...timelineOf(quiet, room), ...stateOf(quiet, room)], [], "a token of before the restart is no initial sync");
  await say(again, room, "two");
  assert.equal(timelineOf(await sync(again, { since: nextBatch(quiet) }), room).length, 1);
});

test("a token of another store is answered as an initial sync, not with another person's place in the stream", async (context) => {
  const [old, other] = [await composeHouse(context), await composeHouse(context)];
  const alice = await old.http().register("alice");
  await makeRoomWith(alice, []);
  const since = await now(alice);
  const bob = await other.http().register("bob");
  const room = await makeRoomWith(bob, []);
  await say(bob, room, "hello");
  const answer = await bob.get("/sync", { since, timeout: "0" });
  if (answer.status === 200) {
    assert.equal(at(roomIn(answer.json ?? null, "join", room), "timeline", "limited"), true);
    assert.match(answer.text, /m\.room\.create/);
  } else refused(answer, 400, ["M_INVALID_PARAM", "M_UNKNOWN"]);
});

test("a house whose keys are gone does not open, and makes no new ones over what is there", async (context) => {
  const composed = await composeHouse(context);
  await composed.http().register("alice");
  await composed.close();
  rmSync(join(composed.dataDir, "..", "wardroom.key"));
  await assert.rejects(composed.open(), /key/);
  await assert.rejects(composed.open(), /key/);
});

test("a house that is closed while people wait ends their long polls and closes soon", async (context) => {
  const composed = await composeHouse(context);
  const alice = await composed.http().register("alice");
  const since = await now(alice);
  const waiting = Promise.allSettled(Array.from({ length: 5 }, () => sync(alice, { since, timeout: 25_000 })));
  await alice.get("/account/whoami");
  const started = performance.now();
  await composed.close();
  await waiting;
  assert.ok(performance.now() - started < 10_000);
});

test("no row of any table, audit records included, holds what was said or why somebody was banned", async (context) => {
  const composed = await composeHouse(context);
  const [alice, bob] = [await composed.http().register("alice"), await composed.http().register("bob")];
  const room = await makeRoomWith(alice, [bob]);
  await say(alice, room, "delphinium");
  ok(await alice.post(route`/rooms/${room}/ban`, { user_id: bob.userId, reason: "foxglove" }));
  await composed.close();
  for (const word of ["delphinium", "foxglove"]) assert.deepEqual(await tablesWith(composed.dataDir, word), [], word);
});
