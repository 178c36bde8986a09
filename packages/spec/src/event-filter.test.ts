import assert from "node:assert/strict";
import { test } from "node:test";
import {
  compileEventFilter,
  compileRoomsFilter,
  type EventFilter,
  parseFilter,
  parseRoomEventFilter,
  type RoomEventFilter,
} from "./event-filter.ts";

const event = (type: string, sender = "@a:x", content: Record<string, unknown> = {}) => ({ type, sender, content });
const passes = (filter: EventFilter | RoomEventFilter, ...input: Parameters<typeof event>) =>
  compileEventFilter(filter)?.(event(...input)) ?? true;

test("no filter, and one that excludes nothing, are no work at all", () => {
  assert.equal(compileEventFilter(undefined), undefined);
  assert.equal(compileEventFilter({}), undefined);
  assert.equal(compileEventFilter({ not_types: [], not_senders: [], limit: 5 }), undefined);
  assert.equal(compileRoomsFilter({}), undefined);
});

test("an empty list of what to include includes nothing", () => {
  assert.equal(passes({ types: [] }, "m.a"), false);
  assert.equal(passes({ senders: [] }, "m.a"), false);
  assert.equal(compileRoomsFilter({ rooms: [] })?.("!a"), false);
});

test("an exclusion wins over an inclusion", () => {
  assert.equal(passes({ types: ["m.a"], not_types: ["m.a"] }, "m.a"), false);
  assert.equal(passes({ types: ["*"], not_types: ["m.*"] }, "m.a"), false);
  assert.equal(passes({ senders: ["@a:x"], not_senders: ["@a:x"] }, "m.a"), false);
  assert.equal(compileRoomsFilter({ rooms: ["!a"], not_rooms: ["!a"] })?.("!a"), false);
});

test("a star in a type stands for any characters, none included, and everything else for itself", () => {
  const matches = (pattern: string, type: string) => passes({ types: [pattern] }, type);
  for (const [pattern, type] of [
    ["*", ""],
    ["*", "anything"],
    ["m.*", "m."],
    ["m.*", "m.room.name"],
    ["*.name", "m.room.name"],
    ["m.*.name", "m.room.name"],
    ["a*b*c", "abbbc"],
    ["a**c", "ac"],
    ["*b*", "abc"],
  ] as const) {
    assert.equal(matches(pattern, type), true, `${pattern} ${type}`);
  }
  for (const [pattern, type] of [
    ["m.room", "m.room.name"],
    ["m.*", "x.m."],
    ["m.*.name", "m.name"],
    ["a*ba", "aba".slice(0, 2)],
    ["aba*ba", "aba"],
    ["m.r..m", "m.room"],
    ["a*b*c", "acb"],
    ["[m]*", "m"],
    ["m.*", "constructor"],
  ] as const) {
    assert.equal(matches(pattern, type), false, `${pattern} ${type}`);
  }
});

test("a pattern of many stars is judged without backtracking", () => {
  const before = process.cpuUsage().user;
  assert.equal(passes({ types: ["*a".repeat(120) + "b"] }, "a".repeat(255)), false);
  assert.ok(process.cpuUsage().user - before < 200_000);
});

test("a filter has a bounded number of patterns with a bounded number of wildcards each, stars in a row counting as one", () => {
  const withTypes = (...types: string[]) => parseFilter({ room: { timeline: { not_types: types } } }) !== undefined;
  assert.equal(withTypes("*a".repeat(8)), true);
  assert.equal(withTypes("*a".repeat(9)), false);
  assert.equal(withTypes("*".repeat(255)), true);
  assert.equal(withTypes(...Array.from({ length: 100 }, () => "m.*")), true);
  assert.equal(withTypes(...Array.from({ length: 101 }, () => "m.*")), false);
  assert.equal(parseRoomEventFilter({ types: ["*a".repeat(9)] }), undefined);
  assert.equal(passes({ types: ["a***c"] }, "abc"), true);
});

test("contains_url looks at the content's own members", () => {
  assert.equal(passes({ contains_url: true }, "m.a", "@a:x", { url: "mxc://x/y" }), true);
  assert.equal(passes({ contains_url: true }, "m.a", "@a:x", Object.create({ url: "inherited" }) as Record<string, unknown>), false);
  assert.equal(passes({ contains_url: false }, "m.a", "@a:x", { url: null }), false);
  assert.equal(passes({ contains_url: false }, "m.a"), true);
});

test("what is no filter is refused: wrong types, fractions, endless lists", () => {
  for (const wrong of [
    null,
    [],
    "x",
    { room: 7 },
    { room: { timeline: { limit: 1.5 } } },
    { room: { timeline: { limit: -1 } } },
    { room: { state: { types: "m.a" } } },
    { presence: { senders: [7] } },
    { event_format: "yaml" },
    { event_fields: Array.from({ length: 501 }, () => "a") },
  ]) {
    assert.equal(parseFilter(wrong), undefined, JSON.stringify(wrong)?.slice(0, 80));
  }
});

test("unknown members are dropped and known ones kept, whatever the prototype of the input", () => {
  const input: unknown = Object.assign(Object.create(null) as object, {
    room: { timeline: { limit: 0, lazy_load_members: true } },
    other: 1,
  });
  assert.deepEqual(parseFilter(input), { room: { timeline: { limit: 0, lazy_load_members: true } } });
});
