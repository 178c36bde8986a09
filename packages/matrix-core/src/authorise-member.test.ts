import { test } from "node:test";
import { authorise, roomVersions } from "./index.ts";
import type { JsonObject, JsonValue, Membership, Verdict } from "./index.ts";
import {
  alice,
  assertAllowed,
  assertRefused,
  bob,
  carol,
  dave,
  eventIdNumber,
  makeRoom,
  makeRoomWithPowers,
  stranger,
} from "./room.test-support.ts";
import type { TestRoom } from "./room.test-support.ts";

const change = (room: TestRoom, membership: JsonValue, sender: string, target = sender, more: JsonObject = {}): Verdict =>
  room.judge({ type: "m.room.member", sender, state_key: target, content: { membership, ...more } });

const setJoinRule = (room: TestRoom, rule: JsonValue): void => {
  room.put("m.room.join_rules", "", alice, { join_rule: rule });
};

for (const version of roomVersions) {
  const name = `version ${version.id}`;

  test(`${name}: a membership names a user by its state key, and a kind that exists`, () => {
    const room = makeRoomWithPowers(version);
    assertRefused(room, room.judge({ type: "m.room.member", sender: bob, content: { membership: "join" } }), "member.state-key-missing");
    assertRefused(room, room.judge({ type: "m.room.member", sender: bob, state_key: bob }), "member.membership-missing");
    assertRefused(room, change(room, "invite", bob, "dave"), "member.state-key");
    for (const unknown of ["constructor", "__proto__", "Join", "", 7, null, ["join"]]) {
      assertRefused(room, change(room, unknown, bob), "member.membership-unknown");
    }
  });

  test(`${name}: the creator, and nobody else, joins first without a join rule`, () => {
    const room = makeRoom(version);
    room.member(alice, "leave");
    const first = { type: "m.room.member", prev_events: [room.createId], content: { membership: "join" } };
    assertAllowed(room.judge({ ...first, sender: alice, state_key: alice }));
    assertRefused(room, room.judge({ ...first, sender: bob, state_key: bob }), "member.join.not-invited");
    const later = [[], [eventIdNumber(9)], [room.createId, eventIdNumber(9)]];
    for (const previous of later) {
      assertRefused(room, room.judge({ ...first, sender: alice, state_key: alice, prev_events: previous }), "member.join.not-invited");
    }
  });

  test(`${name}: nobody joins on behalf of another user`, () => {
    const room = makeRoomWithPowers(version);
    setJoinRule(room, "public");
    assertRefused(room, change(room, "join", alice, dave), "member.join.other-user");
    assertAllowed(change(room, "join", dave));
  });

  test(`${name}: who is banned does not join, not even a public room`, () => {
    const room = makeRoomWithPowers(version);
    setJoinRule(room, "public");
    room.member(dave, "ban");
    assertRefused(room, change(room, "join", dave), "member.join.banned");
    room.member(dave, "leave");
    assertAllowed(change(room, "join", dave));
  });

  test(`${name}: by invitation, knocking or no rule at all, only the invited and the members join`, () => {
    for (const rule of ["invite", "knock", undefined]) {
      const room = makeRoomWithPowers(version);
      if (rule !== undefined) setJoinRule(room, rule);
      for (const outside of ["leave", "knock"] as const) {
        room.member(dave, outside);
        assertRefused(room, change(room, "join", dave), "member.join.not-invited");
      }
      for (const inside of ["invite", "join"] as const) {
        room.member(dave, inside);
        assertAllowed(change(room, "join", dave));
      }
    }
  });

  test(`${name}: a join rule that is not known admits nobody`, () => {
    const room = makeRoomWithPowers(version);
    room.member(dave, "invite");
    for (const rule of ["private", "constructor", "Public"]) {
      setJoinRule(room, rule);
      assertRefused(room, change(room, "join", dave), "member.join.rule");
    }
    setJoinRule(room, 7);
    assertAllowed(change(room, "join", dave));
  });

  test(`${name}: a restricted join names a joined member who may invite`, () => {
    for (const rule of ["restricted", "knock_restricted"]) {
      const room = makeRoomWithPowers(version, { invite: 50 });
      setJoinRule(room, rule);
      const by = (authoriser: JsonValue): Verdict => change(room, "join", dave, dave, { join_authorised_via_users_server: authoriser });
      assertAllowed(by(carol));
      assertRefused(room, change(room, "join", dave), "member.join.authoriser-not-joined");
      assertRefused(room, by(bob), "member.join.authoriser-level");
      assertRefused(room, by("@nobody:example.org"), "member.join.authoriser-not-joined");
      assertRefused(room, by(dave), "member.join.authoriser-not-joined");
      room.member(carol, "leave");
      assertRefused(room, by(carol), "member.join.authoriser-not-joined");
      for (const inside of ["invite", "join"] as const) {
        room.member(dave, inside);
        assertAllowed(change(room, "join", dave));
      }
      room.member(dave, "ban");
      assertRefused(room, by(alice), "member.join.banned");
    }
  });

  test(`${name}: an authorising user is of the server that signs the event`, () => {
    const room = makeRoomWithPowers(version, { users_default: 100 });
    room.member(stranger, "join");
    setJoinRule(room, "restricted");
    for (const authoriser of [stranger, "constructor", "alice", 7, null, {}]) {
      const more = { join_authorised_via_users_server: authoriser };
      assertRefused(room, change(room, "join", dave, dave, more), "member.authoriser-unsigned");
      assertRefused(room, change(room, "leave", bob, bob, more), "member.authoriser-unsigned");
    }
    assertAllowed(change(room, "leave", bob, bob, { join_authorised_via_users_server: alice }));
  });

  test(`${name}: who is in the room and has the invite level invites`, () => {
    const room = makeRoomWithPowers(version, { invite: 50 });
    assertAllowed(change(room, "invite", carol, dave));
    assertRefused(room, change(room, "invite", bob, dave), "member.invite.level");
    const lax = makeRoomWithPowers(version);
    assertAllowed(change(lax, "invite", bob, dave));
    for (const membership of ["leave", "invite", "knock", "ban"] as const) {
      lax.member(bob, membership);
      assertRefused(lax, change(lax, "invite", bob, dave), "member.invite.sender-not-joined");
    }
  });

  test(`${name}: who is banned or in the room already is not invited`, () => {
    const room = makeRoomWithPowers(version);
    room.member(dave, "ban");
    assertRefused(room, change(room, "invite", alice, dave), "member.invite.target-banned");
    room.member(dave, "join");
    assertRefused(room, change(room, "invite", alice, dave), "member.invite.target-joined");
    for (const outside of ["leave", "knock", "invite"] as const) {
      room.member(dave, outside);
      assertAllowed(change(room, "invite", alice, dave));
    }
  });

  test(`${name}: everybody may leave, refuse an invitation and take back a knock, and not undo a ban by leaving`, () => {
    const room = makeRoomWithPowers(version, { kick: 1000 });
    for (const inside of ["join", "invite", "knock"] as const) {
      room.member(bob, inside);
      assertAllowed(change(room, "leave", bob));
    }
    for (const outside of ["leave", "ban"] as const) {
      room.member(bob, outside);
      assertRefused(room, change(room, "leave", bob), "member.leave.not-in-room");
    }
  });

  test(`${name}: a kick needs the kick level and more power than the target has`, () => {
    const room = makeRoomWithPowers(version, { users_default: 10, kick: 20 });
    assertRefused(room, change(room, "leave", bob, dave), "member.kick.level");
    room.put("m.room.power_levels", "", alice, { users: { [alice]: 100, [carol]: 50, [dave]: 50, [bob]: 49 } });
    assertRefused(room, change(room, "leave", bob, dave), "member.kick.level");
    assertRefused(room, change(room, "leave", carol, dave), "member.kick.target-level");
    assertAllowed(change(room, "leave", carol, bob));
    assertAllowed(change(room, "leave", carol, "@unknown:example.org"));
    room.member(carol, "leave");
    assertRefused(room, change(room, "leave", carol, bob), "member.leave.sender-not-joined");
  });

  test(`${name}: an unban needs the ban level, the kick level and more power than the target has`, () => {
    const withLevels = (levels: JsonObject): TestRoom => {
      const room = makeRoomWithPowers(version, levels);
      room.member(dave, "ban");
      return room;
    };
    const open = withLevels({ ban: 50, kick: 50 });
    assertAllowed(change(open, "leave", carol, dave));
    const hardToBan = withLevels({ ban: 51, kick: 0 });
    assertRefused(hardToBan, change(hardToBan, "leave", carol, dave), "member.unban.level");
    const hardToKick = withLevels({ ban: 0, kick: 51 });
    assertRefused(hardToKick, change(hardToKick, "leave", carol, dave), "member.kick.level");
    open.put("m.room.power_levels", "", alice, { users: { [carol]: 50, [dave]: 50 } });
    assertRefused(open, change(open, "leave", carol, dave), "member.kick.target-level");
  });

  test(`${name}: a ban needs the ban level and more power than the target has, in the room or not`, () => {
    const room = makeRoomWithPowers(version, { ban: 50, kick: 0 });
    assertAllowed(change(room, "ban", carol, bob));
    assertAllowed(change(room, "ban", carol, dave));
    assertRefused(room, change(room, "ban", bob, dave), "member.ban.level");
    assertRefused(room, change(room, "ban", carol, alice), "member.ban.target-level");
    assertRefused(room, change(room, "ban", carol, carol), "member.ban.target-level");
    room.member(carol, "leave");
    assertRefused(room, change(room, "ban", carol, bob), "member.ban.sender-not-joined");
  });

  test(`${name}: a knock is one's own, at a door that has a knocker, from outside`, () => {
    for (const rule of ["knock", "knock_restricted"]) {
      const room = makeRoomWithPowers(version);
      setJoinRule(room, rule);
      assertAllowed(change(room, "knock", dave));
      assertRefused(room, change(room, "knock", bob, dave), "member.knock.other-user");
      for (const inside of ["ban", "invite", "join"] as const) {
        room.member(dave, inside);
        assertRefused(room, change(room, "knock", dave), "member.knock.membership");
      }
      for (const outside of ["leave", "knock"] as const) {
        room.member(dave, outside);
        assertAllowed(change(room, "knock", dave));
      }
    }
    for (const rule of ["public", "invite", "restricted", "private", undefined]) {
      const room = makeRoomWithPowers(version);
      if (rule !== undefined) setJoinRule(room, rule);
      assertRefused(room, change(room, "knock", dave), "member.knock.rule");
    }
  });

  test(`${name}: a user named after an inherited key has the default power, no more`, () => {
    const room = makeRoomWithPowers(version);
    const proto = "@__proto__:example.org";
    room.member(proto, "join");
    assertRefused(room, change(room, "leave", proto, bob), "member.kick.level");
    assertAllowed(change(room, "leave", carol, proto));
  });

  test(`${name}: a member event whose content was redacted to nothing counts as left`, () => {
    const room = makeRoomWithPowers(version);
    room.put("m.room.member", bob, bob, {});
    assertRefused(room, room.judge({ type: "m.room.message", sender: bob }), "sender-not-joined");
    const inherited: JsonObject = Object.setPrototypeOf({}, { membership: "join" });
    room.put("m.room.member", bob, bob, inherited);
    assertRefused(room, room.judge({ type: "m.room.message", sender: bob }), "sender-not-joined");
  });
}

const creatorVersions = roomVersions.filter(({ creatorsRule }) => creatorsRule);
const namedCreatorVersions = roomVersions.filter(({ redactsInContent }) => !redactsInContent);

for (const version of creatorVersions) {
  test(`version ${version.id}: nobody kicks or bans a creator, not even another creator`, () => {
    const room = makeRoomWithPowers(version, { users_default: 9_007_199_254_740_991 }, { additional_creators: [dave] });
    room.member(dave, "join");
    const acts: readonly [Membership, string][] = [
      ["leave", "member.kick.target-level"],
      ["ban", "member.ban.target-level"],
    ];
    for (const [membership, rule] of acts) {
      for (const [sender, target] of [
        [bob, alice],
        [bob, dave],
        [dave, alice],
        [alice, dave],
      ] as const) {
        assertRefused(room, change(room, membership, sender, target), rule);
      }
      assertAllowed(change(room, membership, dave, bob));
    }
    assertAllowed(change(room, "leave", alice));
  });

  test(`version ${version.id}: an additional creator is invited like others and does not join first`, () => {
    const room = makeRoom(version, { additional_creators: [dave] });
    const first = { type: "m.room.member", prev_events: [room.createId], sender: dave, state_key: dave, content: { membership: "join" } };
    assertRefused(room, room.judge(first), "member.join.not-invited");
    room.member(dave, "invite");
    assertAllowed(room.judge(first));
  });
}

for (const version of namedCreatorVersions) {
  test(`version ${version.id}: the creator that joins first is the one named in the content, whoever sent it`, () => {
    const room = makeRoom(version, { creator: bob });
    room.member(alice, "leave");
    const first = { type: "m.room.member", prev_events: [room.createId], content: { membership: "join" } };
    assertAllowed(room.judge({ ...first, sender: bob, state_key: bob }));
    assertRefused(room, room.judge({ ...first, sender: alice, state_key: alice }), "member.join.not-invited");
    const nobody = makeRoom(version, { creator: null });
    nobody.member(alice, "leave");
    const event = nobody.event({ ...first, sender: alice, state_key: alice });
    assertRefused(nobody, authorise(event, nobody.state, version), "member.join.not-invited");
  });
}

test("version 11: the creator that joins first is the sender of the create event, whatever its content names", () => {
  const version = roomVersions.find(({ id }) => id === "11");
  if (version === undefined) throw new TypeError("version 11 is missing");
  const room = makeRoom(version, { creator: bob, additional_creators: [dave] });
  room.member(alice, "leave");
  const first = { type: "m.room.member", prev_events: [room.createId], content: { membership: "join" } };
  assertAllowed(room.judge({ ...first, sender: alice, state_key: alice }));
  for (const user of [bob, dave]) assertRefused(room, room.judge({ ...first, sender: user, state_key: user }), "member.join.not-invited");
});
