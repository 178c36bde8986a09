import assert from "node:assert/strict";
import { test } from "node:test";
import { authEventKeys, authorise, roomVersions } from "./index.ts";
import {
  alice,
  assertAllowed,
  assertRefused,
  bob,
  carol,
  eventIdNumber,
  makeRoom,
  makeRoomWithPowers,
  stranger,
} from "./room.test-support.ts";

const message = { type: "m.room.message", content: { msgtype: "m.text", body: "hello" } };

for (const version of roomVersions) {
  const name = `version ${version.id}`;

  test(`${name}: a member may send a message, one who is not in the room may not, whatever their power`, () => {
    const room = makeRoomWithPowers(version, { users_default: 60 });
    assertAllowed(room.judge({ ...message, sender: bob }));
    assertRefused(room, room.judge({ ...message, sender: stranger }), "sender-not-joined");
    for (const membership of ["invite", "leave", "ban", "knock"] as const) {
      room.member(bob, membership);
      assertRefused(room, room.judge({ ...message, sender: bob }), "sender-not-joined");
    }
  });

  test(`${name}: nothing is allowed where the create event is missing`, () => {
    const room = makeRoom(version);
    const pdu = { ...room.event({ ...message, sender: alice }), auth_events: [] };
    assertRefused(room, authorise(pdu, { get: () => undefined }, version), "room.create-missing");
  });

  test(`${name}: an event stands in the room whose state judges it`, () => {
    const room = makeRoom(version);
    assertRefused(room, room.judge({ ...message, sender: alice, room_id: "!other:example.org" }), "room.other-room");
    assertRefused(room, room.judge({ ...message, sender: alice, room_id: `!${"b".repeat(43)}` }), "room.other-room");
    const { room_id: _, ...homeless } = room.event({ ...message, sender: alice });
    assertRefused(room, authorise(homeless, room.state, version), "room.other-room");
  });

  test(`${name}: auth_events lists an event at most once`, () => {
    const room = makeRoomWithPowers(version);
    const [first = "", ...rest] = room.event({ ...message, sender: bob }).auth_events;
    assertAllowed(room.judge({ ...message, sender: bob, auth_events: [...rest, first] }));
    assertRefused(room, room.judge({ ...message, sender: bob, auth_events: [first, ...rest, first] }), "auth-events.duplicate");
  });

  test(`${name}: auth_events lists only the current events that the selection names`, () => {
    const room = makeRoomWithPowers(version);
    const before = room.event({ ...message, sender: bob }).auth_events;
    const other = room.state.get("m.room.member", carol)?.eventId ?? "";
    for (const surplus of [other, eventIdNumber(777), "$constructor"]) {
      assertRefused(room, room.judge({ ...message, sender: bob, auth_events: [...before, surplus] }), "auth-events.not-selected");
    }
    // The power levels were replaced since: the old ones may not be used once more.
    room.put("m.room.power_levels", "", alice, { users: {} });
    assertRefused(room, room.judge({ ...message, sender: bob, auth_events: before }), "auth-events.not-selected");
  });

  test(`${name}: auth_events lists no event of another room`, () => {
    const room = makeRoomWithPowers(version);
    const member = room.state.get("m.room.member", bob);
    if (member === undefined) throw new TypeError("bob is missing");
    const foreign = { eventId: member.eventId, pdu: { ...member.pdu, room_id: "!other:example.org" } };
    const state = { get: (type: string, key: string) => (key === bob ? foreign : room.state.get(type, key)) };
    assertRefused(room, authorise(room.event({ ...message, sender: bob }), state, version), "auth-events.other-room");
  });

  test(`${name}: the create event ${version.roomIdIsCreateHash ? "is never among" : "is always among"} auth_events`, () => {
    const room = makeRoom(version);
    const selected = room.event({ ...message, sender: alice }).auth_events;
    assertAllowed(room.judge({ ...message, sender: alice }));
    if (version.roomIdIsCreateHash) {
      const listed = [...selected, room.createId];
      assertRefused(room, room.judge({ ...message, sender: alice, auth_events: listed }), "auth-events.not-selected");
    } else {
      const unlisted = selected.filter((eventId) => eventId !== room.createId);
      assertRefused(room, room.judge({ ...message, sender: alice, auth_events: unlisted }), "auth-events.create-missing");
    }
  });

  test(`${name}: m.federate false, and only the value false, closes the room to other servers`, () => {
    const closed = makeRoomWithPowers(version, {}, { "m.federate": false });
    closed.member(stranger, "join");
    assertRefused(closed, closed.judge({ ...message, sender: stranger }), "federate");
    assertAllowed(closed.judge({ ...message, sender: bob }));
    const rejoin = { type: "m.room.member", sender: stranger, state_key: stranger, content: { membership: "join" } };
    assertRefused(closed, closed.judge(rejoin), "federate");
    for (const federate of [true, 0, null, "false"]) {
      const open = makeRoomWithPowers(version, {}, { "m.federate": federate });
      open.member(stranger, "join");
      assertAllowed(open.judge({ ...message, sender: stranger }));
    }
  });

  test(`${name}: a message needs the level of its type, else events_default`, () => {
    const room = makeRoomWithPowers(version, { events_default: 10, events: { "m.room.message": 5, "m.sticker": 51 } });
    room.put("m.room.power_levels", "", alice, { ...room.state.get("m.room.power_levels", "")?.pdu.content, users_default: 5 });
    assertAllowed(room.judge({ type: "m.room.message", sender: bob }));
    assertRefused(room, room.judge({ type: "m.reaction", sender: bob }), "send.level");
    assertRefused(room, room.judge({ type: "m.sticker", sender: carol }), "send.level");
    assertAllowed(room.judge({ type: "m.reaction", sender: carol }));
  });

  test(`${name}: a state event needs the level of its type, else state_default, which is 50 also without power levels`, () => {
    const topic = { type: "m.room.topic", state_key: "", content: { topic: "t" } };
    const room = makeRoomWithPowers(version);
    assertAllowed(room.judge({ ...topic, sender: carol }));
    assertRefused(room, room.judge({ ...topic, sender: bob }), "send.level");
    const lax = makeRoomWithPowers(version, { state_default: 0, events: { "m.room.name": 1 } });
    assertAllowed(lax.judge({ ...topic, sender: bob }));
    assertRefused(lax, lax.judge({ ...topic, type: "m.room.name", sender: bob }), "send.level");
    const bare = makeRoom(version);
    bare.member(bob, "join");
    assertAllowed(bare.judge({ ...topic, sender: alice }));
    assertRefused(bare, bare.judge({ ...topic, sender: bob }), "send.level");
    assertAllowed(bare.judge({ ...message, sender: bob }));
  });

  test(`${name}: types named after what every object inherits need the default level`, () => {
    const room = makeRoomWithPowers(version, { events_default: 25 });
    for (const type of ["constructor", "__proto__", "hasOwnProperty", "toString", "valueOf"]) {
      assertRefused(room, room.judge({ type, sender: bob }), "send.level");
      assertRefused(room, room.judge({ type, sender: bob, state_key: "" }), "send.level");
      assertAllowed(room.judge({ type, sender: carol }));
    }
  });

  test(`${name}: a state key that starts with @ is the sender's own`, () => {
    const room = makeRoomWithPowers(version, { state_default: 0 });
    const status = { type: "org.example.status", sender: bob };
    assertAllowed(room.judge({ ...status, state_key: bob }));
    assertAllowed(room.judge({ ...status, state_key: `x${alice}` }));
    assertAllowed(room.judge({ ...status, state_key: alice, sender: alice }));
    for (const key of [alice, "@", `${bob}_suffix`]) {
      assertRefused(room, room.judge({ ...status, state_key: key }), "state-key.other-user");
    }
    assertRefused(room, room.judge({ ...status, state_key: bob, sender: alice }), "state-key.other-user");
  });

  test(`${name}: an invite by third-party identifier needs the invite level, and no other`, () => {
    const invite = { type: "m.room.third_party_invite", state_key: "token", content: {} };
    const room = makeRoomWithPowers(version, { invite: 50, events: { "m.room.third_party_invite": 1000 } });
    assertAllowed(room.judge({ ...invite, sender: carol }));
    assertRefused(room, room.judge({ ...invite, sender: bob }), "third-party-invite.level");
    assertRefused(room, room.judge({ ...invite, sender: stranger }), "sender-not-joined");
  });

  test(`${name}: sending a redaction asks for the level of its type and not for the redact level`, () => {
    const room = makeRoomWithPowers(version, { redact: 90 });
    assertAllowed(room.judge({ type: "m.room.redaction", sender: bob, content: { redacts: eventIdNumber(5) } }));
    const strict = makeRoomWithPowers(version, { events: { "m.room.redaction": 50 } });
    assertRefused(strict, strict.judge({ type: "m.room.redaction", sender: bob }), "send.level");
    assertAllowed(strict.judge({ type: "m.room.redaction", sender: carol }));
  });

  test(`${name}: type and state key hold 255 bytes, not characters, and lists of events are short`, () => {
    const room = makeRoomWithPowers(version, { state_default: 0 });
    assertAllowed(room.judge({ type: "é".repeat(127), sender: bob }));
    assertRefused(room, room.judge({ type: "é".repeat(128), sender: bob }), "format.type");
    assertAllowed(room.judge({ type: "a", state_key: "日".repeat(85), sender: bob }));
    assertRefused(room, room.judge({ type: "a", state_key: "日".repeat(86), sender: bob }), "format.state-key");
    assertRefused(room, room.judge({ ...message, sender: bob, room_id: `!${"r".repeat(260)}` }), "format.room-id");
    const many = Array.from({ length: 21 }, (_, index) => eventIdNumber(index));
    assertRefused(room, room.judge({ ...message, sender: bob, prev_events: many }), "format.prev-events");
    assertAllowed(room.judge({ ...message, sender: bob, prev_events: many.slice(1) }));
    assertRefused(room, room.judge({ ...message, sender: bob, auth_events: many.slice(0, 11) }), "format.auth-events");
  });

  test(`${name}: the selection of auth_events follows type and membership, and names nothing twice`, () => {
    const create = version.roomIdIsCreateHash ? [] : [["m.room.create", ""]];
    const always = [...create, ["m.room.power_levels", ""], ["m.room.member", bob]];
    const keys = (type: string, content: Parameters<typeof authEventKeys>[0]["content"], target?: string): unknown =>
      authEventKeys({ type, sender: bob, content, ...(target === undefined ? {} : { state_key: target }) }, version);
    const signed = { mxid: alice, token: "t" };
    const rules = ["m.room.join_rules", ""];
    assert.deepEqual(keys("m.room.create", {}, ""), []);
    assert.deepEqual(keys("m.room.message", { membership: "join" }), always);
    assert.deepEqual(keys("m.room.member", { membership: "join" }, bob), [...always, rules]);
    assert.deepEqual(keys("m.room.member", { membership: "leave" }, alice), [...always, ["m.room.member", alice]]);
    assert.deepEqual(keys("m.room.member", { membership: "knock" }, bob), [...always, rules]);
    assert.deepEqual(keys("m.room.member", { membership: "ban", third_party_invite: { signed } }, bob), always);
    const invite = { membership: "invite", third_party_invite: { signed } };
    assert.deepEqual(keys("m.room.member", invite, alice), [
      ...always,
      ["m.room.member", alice],
      rules,
      ["m.room.third_party_invite", "t"],
    ]);
    const restricted = { membership: "join", join_authorised_via_users_server: carol };
    assert.deepEqual(keys("m.room.member", restricted, bob), [...always, rules, ["m.room.member", carol]]);
    assert.deepEqual(keys("m.room.member", { ...restricted, join_authorised_via_users_server: bob }, bob), [...always, rules]);
    assert.deepEqual(keys("m.room.member", { ...restricted, join_authorised_via_users_server: 7 }, bob), [...always, rules]);
  });
}
