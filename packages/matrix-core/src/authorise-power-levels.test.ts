import { test } from "node:test";
import { roomVersions } from "./index.ts";
import type { JsonObject, JsonValue, RoomVersion, Verdict } from "./index.ts";
import { alice, assertAllowed, assertRefused, bob, carol, dave, makeRoom, makeRoomWithPowers } from "./room.test-support.ts";
import type { TestRoom } from "./room.test-support.ts";

const singles = ["users_default", "events_default", "state_default", "ban", "redact", "kick", "invite"] as const;

const set = (room: TestRoom, content: JsonObject, sender = carol): Verdict =>
  room.judge({ type: "m.room.power_levels", sender, state_key: "", content });

/** carol has 50 and may send power levels; dave 50, bob 10, alice above all. */
const makeCourt = (version: RoomVersion, powers: JsonObject = {}): { room: TestRoom; users: JsonObject; content: JsonObject } => {
  const users = { ...(version.creatorsRule ? {} : { [alice]: 100 }), [carol]: 50, [dave]: 50, [bob]: 10 };
  const content = { users, ...powers };
  return { room: makeRoomWithPowers(version, content), users, content };
};

for (const version of roomVersions) {
  const name = `version ${version.id}`;

  test(`${name}: power levels are integers, not texts, fractions, nothing or truth`, () => {
    const { room, content } = makeCourt(version);
    const notIntegers: readonly JsonValue[] = ["50", 1.5, null, true, {}, [50], Number.NaN, 2 ** 53];
    for (const key of singles) {
      assertAllowed(set(room, { ...content, [key]: 50 }));
      for (const value of notIntegers) assertRefused(room, set(room, { ...content, [key]: value }), "power.not-integer");
    }
    assertAllowed(set(room, { ...content, events: { a: -1 }, notifications: { room: 50 } }));
    for (const key of ["events", "notifications", "users"]) {
      for (const value of notIntegers) assertRefused(room, set(room, { ...content, [key]: { [alice]: value } }), `power.${key}-shape`);
      for (const value of [7, "x", null, []]) assertRefused(room, set(room, { ...content, [key]: value }), `power.${key}-shape`);
    }
  });

  test(`${name}: users are named by their ids`, () => {
    const { room, users } = makeCourt(version);
    for (const key of ["erin", "@erin", "constructor", "__proto__", "", "@erin:exa mple", `@${"e".repeat(250)}:example.org`]) {
      assertRefused(room, set(room, { users: Object.fromEntries([...Object.entries(users), [key, 1]]) }), "power.users-id");
    }
    assertAllowed(set(room, { users: { ...users, "@Erin O'Neill:example.org": 1 } }));
  });

  test(`${name}: the first power levels may say anything well formed`, () => {
    const room = makeRoom(version);
    assertAllowed(set(room, { users: { [bob]: 1000 }, ban: 1000, events: { a: 1000 } }, alice));
    assertAllowed(set(room, {}, alice));
    assertRefused(room, set(room, { users: { [bob]: "1000" } }, alice), "power.users-shape");
  });

  test(`${name}: changing them needs the level of their type`, () => {
    const { room, content } = makeCourt(version);
    assertRefused(room, set(room, content, bob), "send.level");
    assertAllowed(set(room, content));
    const strict = makeRoomWithPowers(version, { ...content, events: { "m.room.power_levels": 51 } });
    assertRefused(strict, set(strict, content), "send.level");
  });

  for (const key of singles) {
    test(`${name}: ${key} is neither set, changed nor removed beyond one's own level`, () => {
      const events = { "m.room.power_levels": 50 };
      const low = makeCourt(version, { events, [key]: 50 });
      const { [key]: _, ...withoutLow } = low.content;
      assertAllowed(set(low.room, low.content));
      assertAllowed(set(low.room, { ...low.content, [key]: 49 }));
      assertAllowed(set(low.room, withoutLow));
      assertRefused(low.room, set(low.room, { ...low.content, [key]: 51 }), "power.level.new");
      const high = makeCourt(version, { events, [key]: 51 });
      const { [key]: __, ...withoutHigh } = high.content;
      assertAllowed(set(high.room, high.content));
      assertRefused(high.room, set(high.room, { ...high.content, [key]: 0 }), "power.level.current");
      assertRefused(high.room, set(high.room, withoutHigh), "power.level.current");
      const absent = makeCourt(version, { events });
      assertAllowed(set(absent.room, { ...absent.content, [key]: 50 }));
      assertRefused(absent.room, set(absent.room, { ...absent.content, [key]: 51 }), "power.level.new");
    });
  }

  for (const map of ["events", "notifications"] as const) {
    test(`${name}: an entry of ${map} is neither added, changed nor removed beyond one's own level`, () => {
      const { room, content } = makeCourt(version, { [map]: { low: 50, high: 51, constructor: 51 } });
      const withEntries = (entries: JsonObject): Verdict => set(room, { ...content, [map]: entries });
      assertAllowed(withEntries({ low: 50, high: 51, constructor: 51 }));
      assertAllowed(withEntries({ low: 0, high: 51, constructor: 51 }));
      assertAllowed(withEntries({ high: 51, constructor: 51, added: 50 }));
      assertRefused(room, withEntries({ low: 51, high: 51, constructor: 51 }), `power.${map}.new`);
      assertRefused(room, withEntries({ low: 50, high: 51, constructor: 51, added: 51 }), `power.${map}.new`);
      assertRefused(room, withEntries({ low: 50, high: 50, constructor: 51 }), `power.${map}.current`);
      assertRefused(room, withEntries({ low: 50, constructor: 51 }), `power.${map}.current`);
      assertRefused(room, withEntries({ low: 50, high: 51 }), `power.${map}.current`);
      assertRefused(room, set(room, { users: content["users"] ?? {} }), `power.${map}.current`);
    });
  }

  test(`${name}: the entry of a user who stands equal or above is nobody's to change, save one's own`, () => {
    const { room, users, content } = makeCourt(version);
    const withUsers = (entries: JsonObject): Verdict => set(room, { ...content, users: { ...users, ...entries } });
    const without = (userId: string): Verdict =>
      set(room, { ...content, users: Object.fromEntries(Object.entries(users).filter(([key]) => key !== userId)) });
    assertAllowed(withUsers({ [bob]: 49 }));
    assertAllowed(withUsers({ [bob]: 50 }));
    assertAllowed(without(bob));
    assertRefused(room, withUsers({ [dave]: 49 }), "power.users.current");
    assertRefused(room, without(dave), "power.users.current");
    assertAllowed(withUsers({ [carol]: 0 }));
    assertAllowed(without(carol));
    if (!version.creatorsRule) {
      assertRefused(room, withUsers({ [alice]: 0 }), "power.users.current");
      assertRefused(room, without(alice), "power.users.current");
    }
  });

  test(`${name}: nobody gives a level above their own, to themselves neither`, () => {
    const { room, users, content } = makeCourt(version);
    for (const userId of [bob, carol, "@new:example.org"]) {
      assertRefused(room, set(room, { ...content, users: { ...users, [userId]: 51 } }), "power.users.new");
      assertAllowed(set(room, { ...content, users: { ...users, [userId]: 50 } }));
    }
  });
}

for (const version of roomVersions.filter(({ creatorsRule }) => creatorsRule)) {
  test(`version ${version.id}: no creator is listed in users, neither the sender of the create event nor an additional one`, () => {
    const room = makeRoom(version, { additional_creators: [dave] });
    for (const creator of [alice, dave]) {
      assertRefused(room, set(room, { users: { [creator]: 100 } }, alice), "power.users-creator");
    }
    assertAllowed(set(room, { users: { [bob]: 100 } }, alice));
  });

  test(`version ${version.id}: a creator changes every entry`, () => {
    const { room } = makeCourt(version, { ban: 9_007_199_254_740_991, events: { a: 9_007_199_254_740_991 } });
    assertAllowed(set(room, { users: { [bob]: 9_007_199_254_740_991 } }, alice));
  });
}

test("before version 12 creators are listed like others, and additional_creators are nobody", () => {
  for (const version of roomVersions.filter(({ creatorsRule }) => !creatorsRule)) {
    const room = makeRoom(version, { additional_creators: [dave] });
    assertAllowed(set(room, { users: { [alice]: 100, [dave]: 1 } }, alice));
  }
});
