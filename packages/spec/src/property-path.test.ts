import assert from "node:assert/strict";
import { test } from "node:test";
import { splitPropertyPath } from "./property-path.ts";

test("a path is cut at its dots; a backslash keeps a dot or a backslash in a name, and is itself elsewhere", () => {
  assert.deepEqual(splitPropertyPath("content.body"), ["content", "body"]);
  assert.deepEqual(splitPropertyPath("content.m\\.relates_to.rel_type"), ["content", "m.relates_to", "rel_type"]);
  assert.deepEqual(splitPropertyPath("a\\\\.b"), ["a\\", "b"]);
  assert.deepEqual(splitPropertyPath("a\\x.b"), ["a\\x", "b"]);
  assert.deepEqual(splitPropertyPath("a..b"), ["a", "", "b"]);
  assert.deepEqual(splitPropertyPath("😀.b"), ["😀", "b"]);
});
