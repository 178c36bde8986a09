import assert from "node:assert/strict";
import { test } from "node:test";
import { type Answer, at, type Json, listAt, ok, recordAt, refused, route, type Session, textAt } from "@wardroom/testkit";
import {
  act,
  bodies,
  getState,
  history,
  join,
  leave,
  makeRoom,
  makeRoomWith,
  membershipOf,
  say,
  setPower,
  setState,
  tryAct,
  tryGetEvent,
  tryGetState,
  tryJoin,
  tryLeave,
  tryMessages,
  trySend,
  trySetState,
} from "./room-steps.test-support.ts";
import { useServer } from "./running-server.test-support.ts";

const server = useServer();
const forbidden = (answer: Answer) => refused(answer, 403, ["M_FORBIDDEN", "M_BAD_STATE"]);

async function three(): Promise<[Session, Session, Session]> {
  const [alice, bob, carol] = await server.people("alice", "bob", "carol");
  assert.ok(alice && bob && carol);
  return [alice, bob, carol];
}

test("joining a public room works by both addresses, and a second time changes nothing", async () => {
  const [alice, bob, carol] = await three();
  const room = await makeRoomWith(alice, []);
  assert.equal(textAt(ok(await bob.post(route`/rooms/${room}/join`)), "room_id"), room);
  assert.equal(textAt(ok(await carol.post(route`/join/${room}`)), "room_id"), room);
  const before = (await history(alice, room)).length;
  await join(bob, room);
  assert.equal((await history(alice, room)).length, before, "no second member event");
  assert.ok(listAt(ok(await bob.get("/joined_rooms")), "joined_rooms").includes(room));
});

test("a join carries the person's reason and profile", async () => {
  const [alice] = await three();
  const dave = await server.stranger();
  ok(await dave.put(route`/profile/${dave.userId}/displayname`, { displayname: "Dave" }));
  const room = await makeRoomWith(alice, []);
  ok(await dave.post(route`/rooms/${room}/join`, { reason: "curious" }));
  const member = await getState(alice, room, "m.room.member", dave.userId);
  assert.equal(at(member, "reason"), "curious");
  assert.equal(at(member, "displayname"), "Dave");
});

test("a private room is joined with an invite only", async () => {
  const [alice, bob, carol] = await three();
  const room = await makeRoom(alice);
  forbidden(await tryJoin(bob, room));
  await act(alice, "invite", room, bob);
  await join(bob, room);
  forbidden(await tryJoin(carol, room));
});

test("an invite taken back is no invite", async () => {
  const [alice, bob] = await three();
  const room = await makeRoom(alice, { invite: [bob.userId] });
  await act(alice, "kick", room, bob);
  forbidden(await tryJoin(bob, room));
});

test("an invite declined is gone, and can be given again", async () => {
  const [alice, bob] = await three();
  const room = await makeRoom(alice, { invite: [bob.userId] });
  await leave(bob, room);
  forbidden(await tryJoin(bob, room));
  await act(alice, "invite", room, bob);
  await join(bob, room);
});

test("a room that does not exist and one that hides itself answer a join alike", async () => {
  const [alice, bob] = await three();
  const hidden = await tryJoin(bob, await makeRoom(alice));
  const none = await tryJoin(bob, "!AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
  forbidden(hidden);
  assert.ok(none.status === 403 || none.status === 404, none.text);
});

test("only members with the power to invite may invite", async () => {
  const [alice, bob, carol] = await three();
  const room = await makeRoomWith(alice, [bob]);
  const dave = await server.stranger();
  forbidden(await tryAct(carol, "invite", room, dave.userId));
  await setPower(alice, room, { invite: 50 });
  forbidden(await tryAct(bob, "invite", room, dave.userId));
  await setPower(alice, room, { invite: 50, users: { [bob.userId]: 50 } });
  await act(bob, "invite", room, dave, "join us");
  assert.equal(at(await getState(alice, room, "m.room.member", dave.userId), "reason"), "join us");
  forbidden(await tryAct(dave, "invite", room, carol.userId));
});

test("who is in the room or banned cannot be invited; who is invited already can, with no further harm", async () => {
  const [alice, bob, carol] = await three();
  const room = await makeRoomWith(alice, [bob]);
  forbidden(await tryAct(alice, "invite", room, bob.userId));
  await act(alice, "ban", room, carol);
  forbidden(await tryAct(alice, "invite", room, carol.userId));
  assert.equal(await membershipOf(alice, room, carol), "ban");
  const dave = await server.stranger();
  await act(alice, "invite", room, dave);
  await act(alice, "invite", room, dave);
  await join(dave, room);
});

test("an invite of no valid user id is refused", async () => {
  const [alice] = await three();
  const room = await makeRoom(alice);
  for (const body of [{}, { user_id: 7 }, { user_id: "bob" }, { user_id: "@" }, { user_id: `@${"x".repeat(300)}:localhost` }])
    refused(await alice.post(route`/rooms/${room}/invite`, body), 400, ["M_BAD_JSON", "M_INVALID_PARAM", "M_MISSING_PARAM"]);
});

test("after leaving a person can neither write nor read what follows", async () => {
  const [alice, bob] = await three();
  const room = await makeRoomWith(alice, [bob]);
  await say(alice, room, "before");
  ok(await bob.post(route`/rooms/${room}/leave`, { reason: "enough" }));
  assert.equal(at(await getState(alice, room, "m.room.member", bob.userId), "reason"), "enough");
  await say(alice, room, "after");
  forbidden(await trySend(bob, room, "m.room.message", { msgtype: "m.text", body: "x" }));
  forbidden(await tryAct(bob, "invite", room, alice.userId));
  assert.deepEqual(await bodies(bob, room), ["before"]);
});

test("nobody leaves a room in which they never were, and nothing is written there", async () => {
  const [alice, bob] = await three();
  const room = await makeRoomWith(alice, []);
  const answer = await tryLeave(bob, room);
  assert.ok(answer.status === 403 || answer.status === 404, answer.text);
  refused(await tryGetState(alice, room, "m.room.member", bob.userId), 404, "M_NOT_FOUND");
});

test("a kick needs a member with the power to kick and more power than the kicked", async () => {
  const [alice, bob, carol] = await three();
  const dave = await server.stranger();
  const room = await makeRoomWith(alice, [bob, carol]);
  forbidden(await tryAct(bob, "kick", room, carol.userId));
  await setPower(alice, room, { users: { [bob.userId]: 50, [carol.userId]: 50 } });
  forbidden(await tryAct(bob, "kick", room, carol.userId));
  forbidden(await tryAct(dave, "kick", room, carol.userId));
  await setPower(alice, room, { users: { [bob.userId]: 50, [carol.userId]: 49 } });
  await act(bob, "kick", room, carol, "rude");
  const member = await getState(alice, room, "m.room.member", carol.userId);
  assert.equal(at(member, "membership"), "leave");
  assert.equal(at(member, "reason"), "rude");
  forbidden(await tryAct(bob, "kick", room, carol.userId));
  assert.notEqual((await tryAct(bob, "kick", room, dave.userId)).status, 200, "who was never there cannot be kicked");
  await join(carol, room);
});

test("a creator of a version 12 room can be neither kicked nor banned, and has no level to take away", async () => {
  const [alice, bob] = await three();
  const room = await makeRoomWith(alice, [bob]);
  await setPower(alice, room, { users: { [bob.userId]: 2 ** 53 - 1 } });
  forbidden(await tryAct(bob, "kick", room, alice.userId));
  forbidden(await tryAct(bob, "ban", room, alice.userId));
  const levels = recordAt(await getState(bob, room, "m.room.power_levels"));
  for (const level of [0, 100]) {
    const answer = await trySetState(bob, room, "m.room.power_levels", {
      ...levels,
      users: { [bob.userId]: 2 ** 53 - 1, [alice.userId]: level },
    });
    assert.ok(answer.status === 403 || answer.status === 400, answer.text);
  }
  assert.equal(await membershipOf(bob, room, alice), "join");
});

test("up to version 11 a creator who gave up power can be kicked like anybody", async () => {
  const [alice, bob] = await three();
  const room = await makeRoomWith(alice, [bob], { room_version: "11" });
  await setPower(alice, room, { users: { [alice.userId]: 100, [bob.userId]: 100 } });
  forbidden(await tryAct(bob, "kick", room, alice.userId));
  await setPower(alice, room, { users: { [alice.userId]: 50, [bob.userId]: 100 } });
  await act(bob, "kick", room, alice);
});

test("a ban needs the power to ban; the banned can neither join, be invited, leave nor write until unbanned", async () => {
  const [alice, bob, carol] = await three();
  const room = await makeRoomWith(alice, [bob, carol]);
  forbidden(await tryAct(bob, "ban", room, carol.userId));
  await setPower(alice, room, { users: { [bob.userId]: 50 } });
  await act(bob, "ban", room, carol, "spam");
  assert.equal(at(await getState(alice, room, "m.room.member", carol.userId), "membership"), "ban");
  forbidden(await tryJoin(carol, room));
  forbidden(await tryAct(alice, "invite", room, carol.userId));
  forbidden(await trySend(carol, room, "m.room.message", { msgtype: "m.text", body: "x" }));
  assert.notEqual((await tryLeave(carol, room)).status, 200, "leaving would undo the ban");
  assert.equal(await membershipOf(alice, room, carol), "ban");
  await act(bob, "unban", room, carol, "sorry");
  assert.equal(await membershipOf(alice, room, carol), "leave");
  await join(carol, room);
});

test("somebody who was never there can be banned beforehand", async () => {
  const [alice] = await three();
  const dave = await server.stranger();
  const room = await makeRoomWith(alice, []);
  await act(alice, "ban", room, dave);
  forbidden(await tryJoin(dave, room));
});

test("nobody lifts a ban without the power to, not even the banned, and nobody is unbanned who is not banned", async () => {
  const [alice, bob, carol] = await three();
  const room = await makeRoomWith(alice, [bob, carol]);
  await act(alice, "ban", room, carol);
  forbidden(await tryAct(bob, "unban", room, carol.userId));
  forbidden(await tryAct(carol, "unban", room, carol.userId));
  forbidden(await tryAct(alice, "unban", room, bob.userId));
  assert.equal(await membershipOf(alice, room, bob), "join", "an unban must not work as a kick");
  assert.equal(await membershipOf(alice, room, carol), "ban");
});

test("a kick cannot lift a ban", async () => {
  const [alice, bob, carol] = await three();
  const room = await makeRoomWith(alice, [bob, carol]);
  await act(alice, "ban", room, carol);
  await setPower(alice, room, { ban: 75, kick: 50, users: { [bob.userId]: 50 } });
  forbidden(await tryAct(bob, "kick", room, carol.userId));
  assert.equal(await membershipOf(alice, room, carol), "ban");
});

test("the members' events cannot be written past the rules through the state endpoint", async () => {
  const [alice, bob, carol] = await three();
  const open = await makeRoomWith(alice, [bob]);
  const closed = await makeRoom(alice);
  forbidden(await trySetState(bob, open, "m.room.member", { membership: "join" }, carol.userId));
  forbidden(await trySetState(bob, open, "m.room.member", { membership: "leave" }, alice.userId));
  forbidden(await trySetState(bob, open, "m.room.member", { membership: "ban" }, alice.userId));
  forbidden(await trySetState(carol, closed, "m.room.member", { membership: "join" }, carol.userId));
  forbidden(await trySetState(carol, closed, "m.room.member", { membership: "invite" }, carol.userId));
  forbidden(await trySetState(carol, closed, "m.room.member", { membership: "knock" }, carol.userId));
  for (const membership of ["constructor", "", "JOIN", null, 7, {}]) {
    const answer = await trySetState(bob, open, "m.room.member", { membership }, bob.userId);
    assert.ok(answer.status === 400 || answer.status === 403, `${JSON.stringify(membership)}: ${answer.text}`);
  }
  assert.equal(await membershipOf(alice, open, bob), "join");
});

test("through the state endpoint a member may change their own name in one room, and a moderator may ban", async () => {
  const [alice, bob] = await three();
  const room = await makeRoomWith(alice, [bob]);
  await setState(bob, room, "m.room.member", { membership: "join", displayname: "Bobby" }, bob.userId);
  assert.equal(at(await getState(alice, room, "m.room.member", bob.userId), "displayname"), "Bobby");
  await setState(alice, room, "m.room.member", { membership: "ban" }, bob.userId);
  forbidden(await tryJoin(bob, room));
});

test("a restricted room lets members of the named room in, notes who vouched, and keeps everybody else out", async () => {
  const [alice, bob, carol] = await three();
  const space = await makeRoomWith(alice, [bob]);
  const room = await makeRoom(alice, {
    initial_state: [
      { type: "m.room.join_rules", content: { join_rule: "restricted", allow: [{ type: "m.room_membership", room_id: space }] } },
    ],
  });
  forbidden(await tryJoin(carol, room));
  await join(bob, room);
  assert.equal(at(await getState(alice, room, "m.room.member", bob.userId), "join_authorised_via_users_server"), alice.userId);
  await leave(bob, space);
  await leave(bob, room);
  forbidden(await tryJoin(bob, room));
  await act(alice, "invite", room, carol);
  await join(carol, room);
});

test("being invited to, or banned from, the named room opens no restricted room; nor do broken conditions", async () => {
  const [alice, bob, carol] = await three();
  const space = await makeRoom(alice, { invite: [bob.userId] });
  const restricted = (allow: Json) =>
    makeRoom(alice, { initial_state: [{ type: "m.room.join_rules", content: { join_rule: "restricted", allow } }] });
  const room = await restricted([{ type: "m.room_membership", room_id: space }]);
  forbidden(await tryJoin(bob, room));
  await act(alice, "ban", space, carol);
  forbidden(await tryJoin(carol, room));
  for (const allow of [{}, [null], [{ type: "constructor" }], [{ type: "m.room_membership" }], [{ type: "org.example", room_id: space }]])
    forbidden(await tryJoin(bob, await restricted(allow)));
});

test("nobody writes a voucher of their own into a join", async () => {
  const [alice, bob] = await three();
  const room = await makeRoom(alice, {
    initial_state: [{ type: "m.room.join_rules", content: { join_rule: "restricted", allow: [] } }],
  });
  forbidden(
    await trySetState(bob, room, "m.room.member", { membership: "join", join_authorised_via_users_server: alice.userId }, bob.userId),
  );
});

test("a knock rule opens no room by itself: a join is still refused", async () => {
  const [alice, bob] = await three();
  const room = await makeRoom(alice, { initial_state: [{ type: "m.room.join_rules", content: { join_rule: "knock" } }] });
  forbidden(await tryJoin(bob, room));
});

test("an unknown join rule, or one named like a property of every object, lets nobody in", async () => {
  const [alice, bob] = await three();
  for (const rule of ["constructor", "__proto__", "PUBLIC", ""]) {
    const room = await makeRoom(alice);
    const answer = await trySetState(alice, room, "m.room.join_rules", { join_rule: rule });
    if (answer.status === 200) forbidden(await tryJoin(bob, room));
  }
});

test("a room can be forgotten only after leaving; then its past is gone for this person until they are in again", async () => {
  const [alice, bob] = await three();
  const room = await makeRoomWith(alice, [bob]);
  const said = await say(alice, room, "words");
  refused(await bob.post(route`/rooms/${room}/forget`), 400, "M_UNKNOWN");
  assert.equal(await membershipOf(alice, room, bob), "join");
  await leave(bob, room);
  assert.deepEqual(await bodies(bob, room), ["words"]);
  ok(await bob.post(route`/rooms/${room}/forget`));
  forbidden(await tryMessages(bob, room));
  refused(await tryGetEvent(bob, room, said), 404, "M_NOT_FOUND");
  assert.deepEqual(await bodies(alice, room), ["words"], "others forget nothing");
  await join(bob, room);
  assert.deepEqual(await bodies(bob, room), ["words"]);
});

test("forgetting a room does not lift a ban, and a stranger has nothing to forget", async () => {
  const [alice, bob, carol] = await three();
  const room = await makeRoomWith(alice, [bob]);
  await act(alice, "ban", room, bob);
  ok(await bob.post(route`/rooms/${room}/forget`));
  forbidden(await tryJoin(bob, room));
  assert.equal(await membershipOf(alice, room, bob), "ban");
  const answer = await carol.post(route`/rooms/${room}/forget`);
  assert.ok(answer.status < 500, answer.text);
  refused(await tryGetState(alice, room, "m.room.member", carol.userId), 404, "M_NOT_FOUND");
});

test("of several joins at the same moment none is lost and none is doubled", async () => {
  const [alice] = await three();
  const guests = await Promise.all(Array.from({ length: 6 }, () => server.stranger()));
  const room = await makeRoomWith(alice, []);
  await Promise.all([...guests, ...guests].map((guest) => join(guest, room)));
  const joins = (await history(alice, room))
    .filter((event) => at(event, "type") === "m.room.member")
    .map((event) => textAt(event, "state_key"));
  assert.deepEqual(joins.sort(), [alice.userId, ...guests.map(({ userId }) => userId)].sort());
});

test("the last one who leaves closes no door behind them that others could open", async () => {
  const [alice, bob] = await three();
  const room = await makeRoom(alice);
  await leave(alice, room);
  for (const who of [alice, bob]) {
    const answer = await tryJoin(who, room);
    assert.ok(answer.status === 403 || answer.status === 404, answer.text);
  }
});
