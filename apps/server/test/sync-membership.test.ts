import assert from "node:assert/strict";
import { test } from "node:test";
import { at, type Json, listAt, ok, recordAt, route } from "@wardroom/testkit";
import { act, bodiesOf, join, leave, makeRoom, makeRoomWith, say, sayAll, setState, stateKeysOf } from "./room-steps.test-support.ts";
import { useServer } from "./running-server.test-support.ts";
import { follow, nextBatch, now, roomIn, stateOf, sync, timelineOf } from "./sync-steps.test-support.ts";

const server = useServer();
/** Fresh people: what others did in other tests is in nobody's stream. */
const pair = server.twoStrangers;
const counted = (count: number) => Array.from({ length: count }, (_, index) => `message ${index}`);
const limit = (events: number) => ({ room: { timeline: { limit: events } } });
const isLimited = (answer: Json, room: string) => at(roomIn(answer, "join", room), "timeline", "limited") === true;

test("state-after has the leave of the person who left", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  const since = await now(bob);
  await act(alice, "kick", room, bob);
  const answer = await sync(bob, { since, stateAfter: "stable" });
  const after = listAt(roomIn(answer, "leave", room), "state_after", "events");
  const own = after.find((event) => at(event, "state_key") === bob.userId);
  assert.equal(at(own, "content", "membership"), "leave");
});

test("a room joined since the token comes whole, with all its state", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [], { name: "N" });
  await sayAll(alice, room, ...counted(6));
  const since = await now(bob);
  await join(bob, room);
  const answer = await sync(bob, { since, filter: limit(2) });
  const keys = stateKeysOf(stateOf(answer, room));
  for (const key of ["m.room.create|", "m.room.name|", "m.room.join_rules|", `m.room.member|${alice.userId}`])
    assert.ok(keys.includes(key), key);
  assert.deepEqual(bodiesOf(timelineOf(answer, room)), ["message 5"]);
  assert.equal(isLimited(answer, room), true);
});

test("an invite comes in its own section, stripped, with the create event; answered, it goes", async () => {
  const [alice, bob] = await pair();
  const follower = await follow(bob);
  const room = await makeRoom(alice, { name: "N", invite: [bob.userId] });
  const section = await follower.until("the invite", (answer) => roomIn(answer, "invite", room));
  const events = listAt(section, "invite_state", "events");
  for (const event of events)
    assert.deepEqual(Object.keys(recordAt(event)).sort(), ["content", "sender", "state_key", "type"], "stripped events have four keys");
  const keys = stateKeysOf(events);
  for (const key of ["m.room.create|", "m.room.name|", "m.room.join_rules|", `m.room.member|${bob.userId}`])
    assert.ok(keys.includes(key), key);
  assert.ok(roomIn(await sync(bob), "invite", room) !== undefined, "an initial sync shows it again");
  await leave(bob, room);
  await follower.until(
    "the declined invite",
    (answer) => roomIn(answer, "leave", room) !== undefined && roomIn(answer, "invite", room) === undefined,
  );
  assert.equal(roomIn(await sync(bob), "invite", room), undefined);
});

test("an invite taken back reaches the invited", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoom(alice, { invite: [bob.userId] });
  const follower = await follow(bob);
  await act(alice, "kick", room, bob, "a mistake");
  await follower.until("the end of the invite", (answer) => roomIn(answer, "leave", room));
  assert.equal(roomIn(await sync(bob), "invite", room), undefined);
});

for (const what of ["kick", "ban"] as const) {
  test(`the person of a ${what} gets their leave event, once, and nothing after it`, async () => {
    const [alice, bob] = await pair();
    const room = await makeRoomWith(alice, [bob]);
    const follower = await follow(bob);
    await say(alice, room, "last words");
    await act(alice, what, room, bob, "because");
    await say(alice, room, "not for you");
    await setState(alice, room, "m.room.name", { name: "not for you" });
    const section = await follower.until("the end", (answer) => roomIn(answer, "leave", room));
    const own = listAt(section, "timeline", "events").find((event) => at(event, "state_key") === bob.userId);
    assert.equal(at(own, "content", "membership"), what === "kick" ? "leave" : "ban");
    assert.equal(at(own, "content", "reason"), "because");
    const other = await makeRoom(bob);
    await follower.until("a later room of their own", (answer) => roomIn(answer, "join", other));
    const all = JSON.stringify(follower.seen());
    assert.match(all, /last words/);
    assert.doesNotMatch(all, /not for you/);
    assert.equal(follower.seen().filter((answer) => roomIn(answer, "leave", room) !== undefined).length, 1, "once");
  });
}

test("rooms left before are in an initial sync only if asked for, and never after being forgotten", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  await leave(bob, room);
  assert.equal(roomIn(await sync(bob), "leave", room), undefined);
  const withLeft = { room: { include_leave: true } };
  assert.ok(roomIn(await sync(bob, { filter: withLeft }), "leave", room) !== undefined);
  ok(await bob.post(route`/rooms/${room}/forget`));
  assert.equal(roomIn(await sync(bob, { filter: withLeft }), "leave", room), undefined);
});

test("who left and joined again between two syncs finds the room under join alone", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  const since = await now(bob);
  await leave(bob, room);
  await join(bob, room);
  const answer = await sync(bob, { since });
  assert.ok(roomIn(answer, "join", room) !== undefined);
  assert.equal(roomIn(answer, "leave", room), undefined);
});

test("a nameless room is summarised: how many are joined and invited, and who the others are, first come first", async () => {
  const [alice, bob] = await pair();
  const [carol, dave] = [await server.stranger(), await server.stranger()];
  const room = await makeRoomWith(alice, [bob, carol]);
  await act(alice, "invite", room, dave);
  const lazy = { room: { state: { lazy_load_members: true } } };
  const answer = await sync(bob, { filter: lazy });
  const summary = recordAt(roomIn(answer, "join", room), "summary");
  assert.equal(summary["m.joined_member_count"], 3);
  assert.equal(summary["m.invited_member_count"], 1);
  assert.deepEqual(new Set(listAt(summary, "m.heroes")), new Set([alice.userId, carol.userId, dave.userId]));
  const since = nextBatch(answer);
  await leave(carol, room);
  const changed = recordAt(roomIn(await sync(bob, { since, filter: lazy }), "join", room), "summary");
  assert.equal(changed["m.joined_member_count"], 2);
});

test("sync is for oneself alone: nobody's messages, invites or account data are in another's answer", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoom(alice, { name: "Secret", invite: [] });
  await say(alice, room, "secret words");
  ok(await alice.put(route`/user/${alice.userId}/account_data/org.example.secret`, { secret: "account" }));
  const answer = JSON.stringify(await sync(bob));
  assert.doesNotMatch(answer, /Secret|secret/);
});
