import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@wardroom/matrix-core";
import { MatrixError } from "#kernel";
import { openRooms, person, say } from "./rooms.test-support.ts";

const [ada, bob, cleo] = [person("ada"), person("bob"), person("cleo")];
const code = (expected: string) => (error: unknown) => error instanceof MatrixError && error.code === expected;

test("a restricted room lets in members of the rooms it names, vouched for by somebody who may invite, and nobody else", async (context) => {
  const { rooms } = await openRooms(context);
  const space = await rooms.createRoom(ada, { preset: "public_chat" });
  await rooms.join(bob, { roomIdOrAlias: space.roomId });
  const rules = { join_rule: "restricted", allow: [{ type: "m.room_membership", room_id: space.roomId }] };
  const { roomId } = await rooms.createRoom(ada, { initialState: [{ type: "m.room.join_rules", stateKey: "", content: rules }] });
  await assert.rejects(rooms.join(cleo, { roomIdOrAlias: roomId }), code("M_FORBIDDEN"));
  const forged = { membership: "join", join_authorised_via_users_server: ada.userId };
  const put = { roomId, type: "m.room.member", stateKey: cleo.userId, content: forged };
  await assert.rejects(rooms.sendState(cleo, put), code("M_FORBIDDEN"), "nobody names a voucher for themselves");
  await rooms.join(bob, { roomIdOrAlias: roomId });
  const member = await rooms.getState(bob, roomId, "m.room.member", bob.userId, "content");
  assert.match(member.text, /"join_authorised_via_users_server":"@ada:test"/);
});

test("somebody banned neither joins nor is invited, and only unban lifts it", async (context) => {
  const { rooms } = await openRooms(context);
  const { roomId } = await rooms.createRoom(ada, { preset: "public_chat", roomVersion: "11" });
  await rooms.join(bob, { roomIdOrAlias: roomId });
  const act = (name: "invite" | "kick" | "ban" | "unban") => rooms.changeMembership(ada, { roomId, userId: bob.userId, act: name });
  await act("ban");
  await assert.rejects(rooms.join(bob, { roomIdOrAlias: roomId }), code("M_FORBIDDEN"));
  await assert.rejects(act("invite"), code("M_FORBIDDEN"));
  await assert.rejects(act("kick"), code("M_FORBIDDEN"));
  await act("unban");
  await assert.rejects(act("unban"), code("M_BAD_STATE"));
  await rooms.join(bob, { roomIdOrAlias: roomId });
});

test("a new name reaches every joined room, and only those", async (context) => {
  const { rooms } = await openRooms(context);
  const joined = await rooms.createRoom(ada, {});
  const left = await rooms.createRoom(ada, {});
  await rooms.leave(ada, { roomId: left.roomId });
  await rooms.setProfileField(ada, "displayname", "Ada L.");
  assert.match((await rooms.getState(ada, joined.roomId, "m.room.member", ada.userId, "content")).text, /Ada L\./);
  assert.doesNotMatch((await rooms.getState(ada, left.roomId, "m.room.member", ada.userId, "content")).text, /Ada L\./);
  assert.deepEqual({ ...(await rooms.getProfile(ada.userId)) }, { displayname: "Ada L." });
  await assert.rejects(rooms.getProfile("@nobody:test"), code("M_NOT_FOUND"));
});

test("a receipt never moves back, a private one is seen by its owner alone, and the mark of what was read follows them", async (context) => {
  const house = await openRooms(context);
  const { roomId } = await house.rooms.createRoom(ada, { preset: "public_chat" });
  await house.rooms.join(bob, { roomIdOrAlias: roomId });
  const first = await say(house.rooms, ada, roomId, "one");
  const second = await say(house.rooms, ada, roomId, "two");
  const mark = async (rooms = house.rooms) => (await rooms.feed.memberView(bob.userId, roomId))?.marks.everywhere;
  assert.equal(await mark(), 0);
  await house.rooms.sendReceipt(bob, { roomId, type: "m.read.private", eventId: second });
  const read = await mark();
  assert.equal(read, (await house.rooms.feed.memberView(bob.userId, roomId))?.position);
  await house.rooms.sendReceipt(bob, { roomId, type: "m.read.private", eventId: first });
  assert.equal(await mark(), read);
  assert.equal((await house.rooms.feed.receiptsBetween(ada, roomId, 0, Number.MAX_SAFE_INTEGER)).length, 0);
  assert.equal((await house.rooms.feed.receiptsBetween(bob, roomId, 0, Number.MAX_SAFE_INTEGER)).length, 1);
  const again = (await house.reopen()).rooms;
  assert.equal(await mark(again), read);
  await assert.rejects(again.sendReceipt(cleo, { roomId, type: "m.read", eventId: first }), code("M_FORBIDDEN"));
});

test("typing ends by itself, by saying so and by leaving, and only members can be seen typing", async (context) => {
  const { rooms, fireTimers } = await openRooms(context);
  const { roomId } = await rooms.createRoom(ada, { preset: "public_chat" });
  await rooms.join(bob, { roomIdOrAlias: roomId });
  await rooms.setTyping(ada, roomId, true, 1000);
  await rooms.setTyping(bob, roomId, true, 1000);
  assert.deepEqual(rooms.feed.typing(roomId).users, [ada.userId, bob.userId]);
  await rooms.leave(bob, { roomId });
  assert.deepEqual(rooms.feed.typing(roomId).users, [ada.userId]);
  const { changedAt } = rooms.feed.typing(roomId);
  fireTimers();
  assert.deepEqual(rooms.feed.typing(roomId).users, []);
  assert.ok(rooms.feed.typing(roomId).changedAt > changedAt);
  await assert.rejects(rooms.setTyping(cleo, roomId, true, 1000), code("M_FORBIDDEN"));
});

test("an alias belongs to the first who takes it, and a room may call itself only by aliases that lead to it", async (context) => {
  const { rooms } = await openRooms(context);
  const outcomes = await Promise.allSettled([
    rooms.createRoom(ada, { roomAliasName: "crew" }),
    rooms.createRoom(bob, { roomAliasName: "crew" }),
  ]);
  assert.deepEqual(outcomes.map(({ status }) => status).toSorted(), ["fulfilled", "rejected"]);
  const loser = outcomes.find((outcome) => outcome.status === "rejected");
  assert.ok(loser?.reason instanceof MatrixError && loser.reason.code === "M_ROOM_IN_USE");
  const { roomId } = await rooms.createRoom(bob, {});
  const claim = { roomId, type: "m.room.canonical_alias", stateKey: "", content: { alias: "#crew:test" } };
  await assert.rejects(rooms.sendState(bob, claim), code("M_BAD_ALIAS"));
});

test("a room is forgotten only after leaving, is then closed to its former member, and opens again by joining", async (context) => {
  const { rooms } = await openRooms(context);
  const { roomId } = await rooms.createRoom(ada, { preset: "public_chat" });
  await rooms.join(bob, { roomIdOrAlias: roomId });
  await assert.rejects(rooms.forget(bob, roomId), code("M_UNKNOWN"));
  await rooms.leave(bob, { roomId });
  await rooms.listMessages(bob, roomId, { direction: "b", limit: 1 });
  await rooms.forget(bob, roomId);
  await assert.rejects(rooms.listMessages(bob, roomId, { direction: "b", limit: 1 }), code("M_FORBIDDEN"));
  assert.equal((await rooms.feed.membershipsOf(bob.userId)).get(roomId)?.forgotten, true);
  await rooms.join(bob, { roomIdOrAlias: roomId });
  assert.equal((await rooms.feed.membershipsOf(bob.userId)).get(roomId)?.forgotten, false);
});

test("an answer that changes nothing is given only when what it relies on is durable", async (context) => {
  const { rooms, storage } = await openRooms(context);
  const { roomId } = await rooms.createRoom(ada, { preset: "public_chat" });
  const order: string[] = [];
  storage.onCommitted(() => order.push("durable"));
  const first = rooms.join(bob, { roomIdOrAlias: roomId });
  const second = rooms.join(bob, { roomIdOrAlias: roomId }).then(() => order.push("second answered"));
  await Promise.all([first, second]);
  assert.deepEqual(order, ["durable", "second answered"]);
});

test("somebody outside a room learns from kick, ban and unban neither who is in it nor who is banned", async (context) => {
  const { rooms, refusals } = await openRooms(context);
  const { roomId } = await rooms.createRoom(ada, { preset: "public_chat" });
  await rooms.join(bob, { roomIdOrAlias: roomId });
  await rooms.changeMembership(ada, { roomId, userId: bob.userId, act: "ban" });
  for (const act of ["invite", "kick", "ban", "unban"] as const) {
    for (const userId of [ada.userId, bob.userId, "@dan:test"]) {
      const refused = rooms.changeMembership(cleo, { roomId, userId, act });
      await assert.rejects(
        refused,
        (error) => error instanceof MatrixError && error.message === "You are not in this room.",
        `${act} ${userId}`,
      );
    }
  }
  assert.equal(refusals.length, 12);
});

test("a name that changes while its owner joins is the name in the room", async (context) => {
  const { rooms } = await openRooms(context);
  const { roomId } = await rooms.createRoom(ada, { preset: "public_chat" });
  await rooms.setProfileField(bob, "displayname", "Old");
  await Promise.all([rooms.join(bob, { roomIdOrAlias: roomId }), rooms.setProfileField(bob, "displayname", "New")]);
  assert.match((await rooms.getState(ada, roomId, "m.room.member", bob.userId, "content")).text, /"New"/);
});

test("members that lazy loading adds to a page are those of its newest moment, so that nobody in it lacks a name", async (context) => {
  const { rooms } = await openRooms(context);
  const { roomId } = await rooms.createRoom(ada, { preset: "public_chat" });
  await say(rooms, ada, roomId, "first");
  await rooms.join(bob, { roomIdOrAlias: roomId });
  await say(rooms, bob, roomId, "second");
  const matches = ({ type }: { type: string }) => type === "m.room.message";
  const page = await rooms.listMessages(ada, roomId, { direction: "b", limit: 10, matches, lazyLoadMembers: true });
  assert.match(page.state.join(), /"state_key":"@bob:test"/);
});

test("whoever waits is told of a change even when its room leaves memory meanwhile", async (context) => {
  const { rooms } = await openRooms(context);
  const { roomId } = await rooms.createRoom(ada, { preset: "public_chat" });
  await rooms.join(bob, { roomIdOrAlias: roomId });
  const told: string[][] = [];
  rooms.feed.onChange((_roomId, joined) => told.push([...joined]));
  await Promise.all([say(rooms, ada, roomId, "words"), rooms.erasePerson("@nobody:test"), rooms.erasePerson(bob.userId)]);
  assert.deepEqual(told.at(-1)?.toSorted(), [ada.userId, bob.userId]);
});

test("alt_aliases is a list, and a bounded one", async (context) => {
  const { rooms } = await openRooms(context);
  const { roomId } = await rooms.createRoom(ada, {});
  const put = (alt: JsonObject[string]) =>
    rooms.sendState(ada, { roomId, type: "m.room.canonical_alias", stateKey: "", content: { alt_aliases: alt } });
  await assert.rejects(put({ 0: "#crew:test" }), code("M_INVALID_PARAM"));
  await assert.rejects(put(Array.from({ length: 101 }, (_, index) => `#a${index}:test`)), code("M_INVALID_PARAM"));
});
