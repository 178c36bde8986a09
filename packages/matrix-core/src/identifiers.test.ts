import assert from "node:assert/strict";
import { test } from "node:test";
import { isEventId, isNewLocalpart, isRoomId, parseRoomAlias, parseUserId } from "./index.ts";

test("a user id is split at its first colon, with any server name of the grammar", () => {
  for (const server of [
    "example.org",
    "example.org:8448",
    "1.2.3.4",
    "1.2.3.4:1234",
    "[1234:5678::abcd]",
    "[1234:5678::abcd]:5678",
    "localhost",
  ]) {
    assert.deepEqual(parseUserId(`@alice:${server}`), { localpart: "alice", serverName: server });
  }
});

test("historical user ids are read: capitals, spaces, other scripts, even an empty localpart", () => {
  for (const localpart of ["Alice", "a b", "爱丽丝", "é", "\u{1f600}", "", "@", "a@b", "\u0001"]) {
    assert.equal(parseUserId(`@${localpart}:example.org`)?.localpart, localpart);
  }
});

test("what is no user id is refused", () => {
  const bad = [
    "",
    "@",
    "@alice",
    "@alice:",
    "alice:example.org",
    "#alice:example.org",
    " @a:b",
    "@a:b ",
    "@a:b\n",
    "@a:b c",
    "@a:b:c",
    "@a:b:123456",
    "@a:",
    "@a::1",
    "@a:[::1",
    "@a:b/c",
    "@a:bé",
    "@a\u0000:b",
    "@\ud800:b",
    "@a:b:",
  ];
  for (const text of bad) assert.equal(parseUserId(text), undefined, JSON.stringify(text));
});

test("identifiers hold 255 bytes, not characters", () => {
  const fill = (bytes: number): string => `@${"é".repeat((bytes - 3) / 2)}:b`;
  assert.equal(Buffer.byteLength(fill(255)), 255);
  assert.notEqual(parseUserId(fill(255)), undefined);
  assert.equal(parseUserId(fill(257)), undefined);
  assert.equal(isRoomId(`!${"r".repeat(254)}`), true);
  assert.equal(isRoomId(`!${"r".repeat(255)}`), false);
  assert.equal(isEventId(`$${"日".repeat(85)}`), false);
  assert.equal(parseRoomAlias(`#${"é".repeat(200)}:b`), undefined);
});

test("new accounts take the strict grammar", () => {
  for (const localpart of ["alice", "a-z_0.9=/+", "0"]) assert.equal(isNewLocalpart(localpart), true);
  for (const localpart of ["", "Alice", "a b", "é", "a:b", "a@b", "a\n", "@a", "a".repeat(256)])
    assert.equal(isNewLocalpart(localpart), false);
});

test("room ids have a server or none", () => {
  for (const text of ["!abc:example.org", `!${"a".repeat(43)}`, "!Nhcu5BS-UMnFX7hBVfVSoXiD7OgH6iRT-xyIuqDnpYQ"])
    assert.equal(isRoomId(text), true);
  for (const text of ["", "!", "!:example.org", "!abc:", "!abc:exa mple", "#abc:example.org", "!a\u0000", "!\udc00", "abc"])
    assert.equal(isRoomId(text), false);
});

test("event ids and aliases are told from other texts", () => {
  for (const text of [`$${"a".repeat(43)}`, "$old:example.org"]) assert.equal(isEventId(text), true);
  for (const text of ["", "$", "a", `!${"a".repeat(43)}`, "$\u0000", "$\ud800"]) assert.equal(isEventId(text), false);
  assert.deepEqual(parseRoomAlias("#大厅:example.org"), { localpart: "大厅", serverName: "example.org" });
  for (const text of ["#:example.org", "#a", "@a:example.org", "#a:b c"]) assert.equal(parseRoomAlias(text), undefined);
});
