import assert from "node:assert/strict";
import { test } from "node:test";
import { at, type Json, listAt, ok, recordAt, refused, route, type Session, textAt } from "@wardroom/testkit";
import { composeHouse } from "./composed-house.test-support.ts";
import { leave, makeRoomWith, say } from "./room-steps.test-support.ts";
import { useServer } from "./running-server.test-support.ts";
import { follow, sync } from "./sync-steps.test-support.ts";

const server = useServer();
const set = (who: Session, body: Json, of = who) => who.put(route`/presence/${of.userId}/status`, body);
const get = (who: Session, of: { readonly userId: string }) => who.get(route`/presence/${of.userId}/status`);
const told = (answer: Json, of: Session) => listAt(answer, "presence", "events").find((event) => at(event, "sender") === of.userId);

test("where presence is off, what is set is taken and forgotten, everybody is offline, and nobody is told", async () => {
  const [alice, bob] = await server.twoStrangers();
  await makeRoomWith(alice, [bob]);
  ok(await set(alice, { presence: "online", status_msg: "here" }));
  assert.deepEqual(ok(await get(bob, alice)), { presence: "offline" });
  assert.deepEqual(ok(await get(bob, { userId: "@nobody:localhost" })), { presence: "offline" });
  assert.equal(at(await sync(bob), "presence"), undefined);
});

test("nobody sets another person's presence, and what is set has a shape and a size", async () => {
  const [alice, bob] = await server.twoStrangers();
  refused(await set(bob, { presence: "online" }, alice), 403, "M_FORBIDDEN");
  for (const body of [{}, { presence: "busy" }, { presence: "online", status_msg: 7 }, { presence: "online", status_msg: "x".repeat(513) }])
    refused(await set(alice, body), 400, ["M_BAD_JSON", "M_MISSING_PARAM", "M_INVALID_PARAM"]);
  refused(await alice.get("/sync", { set_presence: "busy" }), 400, "M_INVALID_PARAM");
});

test("where presence is on, people who share a room see who is there, and nobody else does", async (context) => {
  const house = await composeHouse(context, { presence: "on" });
  const [alice, bob, eve] = [await house.http().register("alice"), await house.http().register("bob"), await house.http().register("eve")];
  const room = await makeRoomWith(alice, [bob]);
  const follower = await follow(bob);
  ok(await set(alice, { presence: "unavailable", status_msg: "at lunch" }));
  const event = await follower.until("alice's lunch", (answer) => told(answer, alice));
  assert.equal(at(event, "content", "status_msg"), "at lunch");
  await say(alice, room, "back");
  await follower.until(
    "alice's return",
    (answer) => textAt(told(answer, alice) ?? { content: { presence: "" } }, "content", "presence") === "online",
  );
  assert.equal(at(ok(await get(bob, alice)), "presence"), "online");
  assert.equal(at(ok(await get(alice, alice)), "currently_active"), true);

  const [strange, absent] = [await get(eve, alice), await get(eve, { userId: "@nobody:localhost" })];
  for (const answer of [strange, absent]) refused(answer, 403, "M_FORBIDDEN");
  assert.equal(strange.text, absent.text, "strangers learn not who exists");
  assert.equal(told(await sync(eve), alice), undefined);
  await leave(bob, room);
  refused(await get(bob, alice), 403, "M_FORBIDDEN");
  ok(await set(alice, { presence: "unavailable" }));
  assert.equal(told(await sync(bob), alice), undefined);
});

test("whoever syncs is there, unless they sync unseen", async (context) => {
  const house = await composeHouse(context, { presence: "on" });
  const [alice, bob] = [await house.http().register("alice"), await house.http().register("bob")];
  await makeRoomWith(alice, [bob]);
  const presence = async () => textAt(ok(await get(bob, alice)), "presence");
  ok(await alice.get("/sync", { set_presence: "offline" }));
  assert.equal(await presence(), "offline");
  ok(await alice.get("/sync", { set_presence: "unavailable" }));
  assert.equal(await presence(), "unavailable");
  ok(await alice.get("/sync"));
  assert.equal(await presence(), "online");
  assert.ok(recordAt(ok(await get(bob, alice)))["last_active_ago"] !== undefined);
});
