import assert from "node:assert/strict";
import { test } from "node:test";
import { at, type Json, listAt, ok, refused, route, type Session, textAt } from "@wardroom/testkit";
import {
  act,
  forbidden,
  history,
  join,
  leave,
  makeRoom,
  membershipOf,
  say,
  setState,
  stateKeysOf,
  tryAct,
  tryGetState,
  tryJoin,
  tryMessages,
  trySend,
} from "./room-steps.test-support.ts";
import { useServer } from "./running-server.test-support.ts";
import { follow, now, roomIn, sync } from "./sync-steps.test-support.ts";

const server = useServer();
const pair = server.twoStrangers;
const tryKnock = (who: Session, room: string, reason?: string) => who.post(route`/knock/${room}`, reason === undefined ? {} : { reason });
const roomWith = (owner: Session, rule: Json, more = {}) =>
  makeRoom(owner, { initial_state: [{ type: "m.room.join_rules", content: rule }], ...more });
const knockRoom = (owner: Session, more = {}) => roomWith(owner, { join_rule: "knock" }, more);
const knocks = async (by: Session, room: string, who: Session) =>
  (await history(by, room)).filter((event) => at(event, "state_key") === who.userId && at(event, "content", "membership") === "knock");

test("a knock is told to the room with name and reason, and to the knocker as a stripped room", async () => {
  const [alice, bob] = await pair();
  ok(await bob.put(route`/profile/${bob.userId}/displayname`, { displayname: "Bob" }));
  const room = await knockRoom(alice, { name: "Bridge" });
  const [mine, theirs] = [await follow(bob), await follow(alice)];
  assert.equal(textAt(ok(await tryKnock(bob, room, "I bring cake")), "room_id"), room);
  const section = await mine.until("the knock", (answer) => roomIn(answer, "knock", room));
  const events = listAt(section, "knock_state", "events");
  const keys = stateKeysOf(events);
  for (const key of ["m.room.create|", "m.room.name|", "m.room.join_rules|", `m.room.member|${bob.userId}`])
    assert.ok(keys.includes(key), key);
  assert.ok(!keys.includes(`m.room.member|${alice.userId}`), "who else is there is not told");
  const seen = await theirs.until("the knock", (answer) =>
    listAt(roomIn(answer, "join", room), "timeline", "events").find((event) => at(event, "state_key") === bob.userId),
  );
  assert.deepEqual({ ...Object(at(seen, "content")) }, { membership: "knock", displayname: "Bob", reason: "I bring cake" });
});

test("a knock by alias finds the room; one at an alias that is not there is not found, and a room that is not there is like one that is closed", async () => {
  const [alice, bob] = await pair();
  const room = await knockRoom(alice, { room_alias_name: "knock-here" });
  assert.equal(textAt(ok(await tryKnock(bob, "#knock-here:localhost")), "room_id"), room);
  refused(await tryKnock(bob, "#nowhere:localhost"), 404, "M_NOT_FOUND");
  for (const none of ["!AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", await makeRoom(alice)])
    refused(await tryKnock(bob, none), 403, "M_FORBIDDEN");
});

test("a knock answered by an invite opens the room; the knock itself opens nothing", async () => {
  const [alice, bob] = await pair();
  const room = await knockRoom(alice);
  await say(alice, room, "hidden from knockers?");
  ok(await tryKnock(bob, room));
  forbidden(await tryJoin(bob, room));
  forbidden(await trySend(bob, room, "m.room.message", { msgtype: "m.text", body: "x" }));
  forbidden(await tryMessages(bob, room));
  forbidden(await tryGetState(bob, room, "m.room.create"));
  forbidden(await tryAct(bob, "invite", room, bob.userId));
  const follower = await follow(bob);
  await act(alice, "invite", room, bob);
  await follower.until("the invite", (answer) => roomIn(answer, "invite", room));
  await join(bob, room);
  assert.equal(await membershipOf(alice, room, bob), "join");
});

test("a knock can be taken back, refused, banned, and given again after a refusal but not under a ban", async () => {
  const [alice, bob] = await pair();
  const room = await knockRoom(alice);
  ok(await tryKnock(bob, room));
  const follower = await follow(bob);
  await leave(bob, room);
  await follower.until("the end of the knock", (answer) => roomIn(answer, "leave", room) !== undefined);
  assert.equal(roomIn(await sync(bob), "knock", room), undefined);
  ok(await tryKnock(bob, room));
  await act(alice, "kick", room, bob, "no");
  await follower.until("the refusal", (answer) => JSON.stringify(roomIn(answer, "leave", room) ?? "").includes(bob.userId));
  ok(await tryKnock(bob, room));
  await act(alice, "ban", room, bob);
  forbidden(await tryKnock(bob, room));
  assert.notEqual((await bob.post(route`/rooms/${room}/leave`)).status, 200);
  assert.equal(await membershipOf(alice, room, bob), "ban");
});

test("who was let down sees nothing of the room in the leave section but their own part", async () => {
  const [alice, bob] = await pair();
  const room = await knockRoom(alice);
  const secret = await say(alice, room, "between members");
  ok(await tryKnock(bob, room));
  const since = await now(bob);
  await act(alice, "kick", room, bob);
  const answer = await sync(bob, { since });
  assert.doesNotMatch(JSON.stringify(answer), new RegExp(secret.replaceAll("$", "\\$")));
  assert.doesNotMatch(JSON.stringify(answer), /between members/);
  forbidden(await tryMessages(bob, room));
});

test("a room that takes no knocks refuses them, whatever its rule and whoever knocks", async () => {
  const [alice, bob] = await pair();
  const space = await makeRoom(alice);
  const restricted = { join_rule: "restricted", allow: [{ type: "m.room_membership", room_id: space }] };
  for (const rule of [{ join_rule: "invite" }, { join_rule: "public" }, { join_rule: "private" }, restricted, { join_rule: "constructor" }])
    forbidden(await tryKnock(bob, await roomWith(alice, rule)));
  const room = await knockRoom(alice);
  forbidden(await tryKnock(alice, room));
  await act(alice, "invite", room, bob);
  forbidden(await tryKnock(bob, room));
});

test("a room of rule knock_restricted takes knocks, in each version that has the rule", async () => {
  for (const room_version of ["10", "11", "12"]) {
    const [alice, bob] = await pair();
    const room = await roomWith(alice, { join_rule: "knock_restricted", allow: [] }, { room_version });
    forbidden(await tryJoin(bob, room));
    ok(await tryKnock(bob, room));
    assert.equal(await membershipOf(alice, room, bob), "knock");
  }
});

test("however often one knocks, the room hears it once; also of several at the same moment", async () => {
  const [alice, bob] = await pair();
  const room = await knockRoom(alice);
  await Promise.all(Array.from({ length: 6 }, () => tryKnock(bob, room, "me").then(ok)));
  ok(await tryKnock(bob, room, "me again"));
  assert.equal((await knocks(alice, room, bob)).length, 1);
});

test("nobody knocks in another's name, and a knock through the state endpoint obeys the same rules", async () => {
  const [alice, bob] = await pair();
  const [open, closed] = [await knockRoom(alice), await makeRoom(alice)];
  const path = (room: string, who: Session) => route`/rooms/${room}/state/m.room.member/${who.userId}`;
  forbidden(await bob.put(path(closed, bob), { membership: "knock" }));
  const carol = await server.stranger();
  forbidden(await bob.put(path(open, carol), { membership: "knock" }));
  refused(await tryGetState(alice, open, "m.room.member", carol.userId), 404, "M_NOT_FOUND");
});

test("a knocker who is let in, and leaves, must knock again; a rule that changed meanwhile counts", async () => {
  const [alice, bob] = await pair();
  const room = await knockRoom(alice);
  ok(await tryKnock(bob, room));
  await act(alice, "invite", room, bob);
  await join(bob, room);
  await leave(bob, room);
  forbidden(await tryJoin(bob, room));
  await setState(alice, room, "m.room.join_rules", { join_rule: "invite" });
  forbidden(await tryKnock(bob, room));
});

test("a reason of a wrong shape or without end is refused", async () => {
  const [alice, bob] = await pair();
  const room = await knockRoom(alice);
  for (const reason of [7, {}, "x".repeat(5000)]) {
    const answer = await bob.post(route`/knock/${room}`, { reason });
    assert.equal(answer.status, 400, answer.text);
  }
});
