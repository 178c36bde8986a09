import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { canonicalJson, JsonError, parseJson } from "./index.ts";
import type { JsonValue } from "./index.ts";
import { jsonValue, reversed } from "./json.test-support.ts";

const isValueError = (error: unknown): boolean => error instanceof JsonError && error.kind === "value";

test("the examples of the specification come out as written there", () => {
  const examples: readonly [string, string][] = [
    ["{}", "{}"],
    ['{"one": 1, "two": "Two"}', '{"one":1,"two":"Two"}'],
    ['{"b": "2", "a": "1"}', '{"a":"1","b":"2"}'],
    [
      '{"auth":{"success":true,"mxid":"@john.doe:example.com","profile":{"display_name":"John Doe","three_pids":[{"medium":"email","address":"john.doe@example.org"},{"medium":"msisdn","address":"123456789"}]}}}',
      '{"auth":{"mxid":"@john.doe:example.com","profile":{"display_name":"John Doe","three_pids":[{"address":"john.doe@example.org","medium":"email"},{"address":"123456789","medium":"msisdn"}]},"success":true}}',
    ],
    ['{"a": "日本語"}', '{"a":"日本語"}'],
    ['{"本": 2, "日": 1}', '{"日":1,"本":2}'],
    ['{"a": "\\u65E5"}', '{"a":"日"}'],
    ['{"a": null}', '{"a":null}'],
    ['{"a": -0, "b": 1e10}', '{"a":0,"b":10000000000}'],
  ];
  for (const [given, expected] of examples) assert.equal(canonicalJson(JSON.parse(given)), expected);
});

test("keys are sorted by code point, so that those above U+FFFF come last", () => {
  const object = { "\u{1f600}": 1, "\uffee": 2, "\ud7ff": 3, "\u{1f600}a": 4, "\ue000": 5, z: 6, zz: 7, "": 8 };
  assert.equal(canonicalJson(object), '{"":8,"z":6,"zz":7,"\ud7ff":3,"\ue000":5,"\uffee":2,"\u{1f600}":1,"\u{1f600}a":4}');
});

test("keys that look like numbers are sorted as texts", () => {
  assert.equal(canonicalJson({ 9: 1, 10: 2, "-1": 3 }), '{"-1":3,"10":2,"9":1}');
});

test("strings take the shortest escapes, and none that are not needed", () => {
  const given = '\u0000\u0007\b\t\n\u000b\f\r\u001f"\\/\u007f\u2028é\u{1f600}';
  assert.equal(canonicalJson(given), '"\\u0000\\u0007\\b\\t\\n\\u000b\\f\\r\\u001f\\"\\\\/\u007f\u2028é\u{1f600}"');
});

test("keys that every object inherits are written where they are own, and not where they are inherited", () => {
  assert.equal(canonicalJson(JSON.parse('{"constructor":1,"__proto__":{"a":2}}')), '{"__proto__":{"a":2},"constructor":1}');
  assert.equal(canonicalJson(Object.setPrototypeOf({ a: 1 }, { b: 2 })), '{"a":1}');
});

test("what canonical JSON cannot say is refused", () => {
  const refused: readonly unknown[] = [
    1.5,
    Number.NaN,
    Infinity,
    2 ** 53,
    -(2 ** 53),
    undefined,
    "\ud800",
    "\udc00\ud800",
    { "\udfff": 1 },
    [undefined],
    { a: undefined },
    1n,
    Symbol("a"),
    () => 1,
  ];
  // Proven by nothing: that they are not JsonValues is the point.
  for (const value of refused) assert.throws(() => canonicalJson(value as JsonValue), isValueError);
  for (const value of [2 ** 53 - 1, -(2 ** 53) + 1, 0]) assert.equal(canonicalJson(value), String(value));
});

test("nesting ends at 128, before the stack does", () => {
  const nest = (depth: number): JsonValue => (depth === 0 ? 1 : [nest(depth - 1)]);
  assert.equal(canonicalJson(nest(128)), `${"[".repeat(128)}1${"]".repeat(128)}`);
  assert.throws(() => canonicalJson(nest(129)), isValueError);
  const cycle: JsonValue[] = [];
  cycle.push(cycle);
  assert.throws(() => canonicalJson(cycle), isValueError);
});

test("property: the order in which keys were written does not matter", () => {
  fc.assert(fc.property(jsonValue, (value) => canonicalJson(value) === canonicalJson(reversed(value))));
});

test("property: the canonical text of a canonical text's value is that text, and its value the value", () => {
  fc.assert(
    fc.property(jsonValue, (value) => {
      const text = canonicalJson(value);
      assert.equal(canonicalJson(parseJson(text)), text);
      assert.equal(canonicalJson(JSON.parse(text)), text);
      assert.deepEqual(parseJson(text), value);
    }),
  );
});

test("property: keys come out in the order of their bytes in UTF-8, which is that of their code points", () => {
  const keys = fc.uniqueArray(fc.string({ unit: "binary", minLength: 1, maxLength: 4 }), { minLength: 2, maxLength: 8 });
  fc.assert(
    fc.property(keys, (unsorted) => {
      const text = canonicalJson(Object.fromEntries(unsorted.map((key) => [key, 0])));
      const sorted = unsorted.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      assert.equal(text, `{${sorted.map((key) => `${JSON.stringify(key)}:0`).join(",")}}`);
    }),
  );
});
