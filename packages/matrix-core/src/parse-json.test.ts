import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { isJsonObject, JsonError, parseJson } from "./index.ts";
import { jsonValue, plain } from "./json.test-support.ts";

const kindOf = (text: string, options?: { readonly floats?: boolean }): string => {
  try {
    parseJson(text, options);
    return "none";
  } catch (error) {
    return error instanceof JsonError ? error.kind : "crash";
  }
};

test("numbers are judged by their text: what is not a plain integer is refused although its value is whole", () => {
  for (const text of [
    "1.0",
    "1e3",
    "1E0",
    "-0",
    "0.0",
    "-0.0",
    "1.5",
    "9007199254740992",
    "9007199254740993",
    "-9007199254740992",
    "1e999",
  ]) {
    assert.equal(kindOf(text), "value", text);
    assert.equal(kindOf(`{"a":[${text}]}`), "value", text);
  }
  for (const text of ["0", "-1", "10", "9007199254740991", "-9007199254740991"]) assert.equal(parseJson(text), Number(text));
});

test("with floats, every finite number is taken", () => {
  const text = "[1.0,1e3,-0,0.25,9007199254740993,-1.5E-2]";
  assert.deepEqual(parseJson(text, { floats: true }), JSON.parse(text));
  assert.equal(kindOf("1e999", { floats: true }), "value");
});

test("numbers that JSON does not know are errors of syntax", () => {
  for (const text of ["01", "-", "+1", ".5", "1.", "1e", "1e+", "0x1", "NaN", "Infinity", "-Infinity", "1_0", "--1", "- 1"]) {
    assert.equal(kindOf(text), "syntax", text);
    assert.equal(kindOf(text, { floats: true }), "syntax", text);
  }
});

test("a key twice in one object is refused, however it is spelt, and twice in different objects is not", () => {
  for (const text of ['{"a":1,"a":1}', '{"a":1,"b":2,"\\u0061":3}', '{"__proto__":1,"__proto__":1}', '[{"x":{"":1,"":2}}]']) {
    assert.equal(kindOf(text), "value", text);
  }
  assert.equal(kindOf('{"a":{"a":[{"a":1}]},"b":{"a":1}}'), "none");
});

test("keys that every object inherits are keys like others", () => {
  const text = '{"__proto__":{"admin":true},"constructor":1,"hasOwnProperty":2}';
  const value = parseJson(text);
  assert.ok(isJsonObject(value));
  assert.equal(Object.getPrototypeOf(value), null);
  assert.deepEqual(Object.keys(value), ["__proto__", "constructor", "hasOwnProperty"]);
  assert.equal("admin" in value, false);
  const empty = parseJson("{}");
  assert.ok(isJsonObject(empty));
  assert.equal(empty["constructor"], undefined);
});

test("half a surrogate pair is refused, raw and escaped, in keys and values; a whole one is read", () => {
  for (const text of ['"\ud800"', '"\\ud800"', '"\\udc00\\ud800"', '{"\\uD83D":1}', '"\\ud83dx\\ude00"', '["a\\uDFFF"]']) {
    assert.equal(kindOf(text), "value", text);
  }
  assert.equal(parseJson('"\\ud83d\\ude00"'), "\u{1f600}");
  assert.equal(parseJson('"\u{1f600}"'), "\u{1f600}");
});

test("nesting ends at 128, long before the stack does", () => {
  const nested = (depth: number): string => `${"[".repeat(depth)}${"]".repeat(depth)}`;
  assert.equal(kindOf(nested(128)), "none");
  assert.equal(kindOf(nested(129)), "value");
  assert.equal(kindOf("[".repeat(100_000)), "value");
  assert.equal(kindOf('{"a":'.repeat(100_000)), "value");
});

test("what is not JSON is an error of syntax, and nothing of it is in the message", () => {
  const texts = [
    "",
    " ",
    "secret",
    "{secret:1}",
    '{"a" 1}',
    '{"a":1,}',
    "[1,]",
    "[,1]",
    "[1 2]",
    "{,}",
    '{"a":1',
    "[1",
    '"secret',
    '"a\nb"',
    '"\u0000"',
    '"\\x41"',
    '"\\u12"',
    '"\\u00zz"',
    "tru",
    "truefalse",
    "nulL",
    "{} {}",
    "[]]",
    "\ufeff{}",
    "'a'",
    "/* c */1",
    '{"a"',
    "{1:2}",
    '"\\',
    '"\\"',
    "\u00a01",
  ];
  for (const text of texts) {
    assert.equal(kindOf(text), "syntax", JSON.stringify(text));
    assert.throws(
      () => parseJson(text),
      (error: Error) => !error.message.includes("secret"),
    );
  }
});

test("a long string does not keep the text that it was read from", () => {
  const value = parseJson(`["${"a".repeat(40)}","short","\\u00e9 and the rest of it"]`);
  assert.deepEqual(value, ["a".repeat(40), "short", "é and the rest of it"]);
});

test("property: it agrees with JSON.parse on every valid text, spaced or not", () => {
  fc.assert(
    fc.property(jsonValue, fc.constantFrom(undefined, 1, "\t", "\r\n "), (value, space) => {
      const text = JSON.stringify(value, undefined, space);
      assert.deepEqual(plain(parseJson(text)), JSON.parse(text));
    }),
  );
});

test("property: it takes no text that JSON.parse refuses, and fails in no other way than it says", () => {
  const mutated = fc.tuple(jsonValue, fc.nat(), fc.string({ unit: "binary-ascii", maxLength: 2 })).map(([value, seed, noise]) => {
    const text = JSON.stringify(value);
    const at = seed % (text.length + 1);
    return text.slice(0, at) + noise + text.slice(at + (seed % 3));
  });
  const isJson = (text: string): boolean => {
    try {
      JSON.parse(text);
      return true;
    } catch {
      return false;
    }
  };
  fc.assert(
    fc.property(mutated, (text) => {
      const kind = kindOf(text, { floats: true });
      assert.notEqual(kind, "crash");
      if (kind === "none") assert.deepEqual(plain(parseJson(text, { floats: true })), plain(JSON.parse(text)));
      if (kind === "syntax") assert.equal(isJson(text), false, text);
      if (kind === "none") assert.equal(isJson(text), true, text);
    }),
    { numRuns: 500 },
  );
});
