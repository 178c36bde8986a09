import * as fc from "fast-check";
import type { JsonObject, JsonValue } from "./index.ts";

/** Keys that a careless lookup would find on every object, and keys whose order differs between code units and code points. */
const awkwardKeys = ["__proto__", "constructor", "hasOwnProperty", "toString", "", "\u{1f600}", "\uffee", "\ue000", "10", "9", "a\u0000b"];

const jsonKey = fc.oneof(fc.constantFrom(...awkwardKeys), fc.string({ unit: "binary", maxLength: 6 }));

const integer = fc.maxSafeInteger().map((value) => (value === 0 ? 0 : value));

/** An object that holds `__proto__` as a key like others. */
export const makeObject = (entries: Iterable<readonly [string, JsonValue]>): JsonObject =>
  Object.assign(Object.create(null), Object.fromEntries(entries));

const { value, object } = fc.letrec<{ value: JsonValue; object: JsonObject }>((tie) => ({
  object: fc.array(fc.tuple(jsonKey, tie("value")), { maxLength: 5 }).map(makeObject),
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom(null, true, false),
    integer,
    fc.string({ unit: "binary", maxLength: 30 }),
    fc.array(tie("value"), { maxLength: 4 }),
    tie("object"),
  ),
}));

/** Any value that canonical JSON can say. Objects have no prototype, as from `parseJson`. */
export const jsonValue: fc.Arbitrary<JsonValue> = value;
export const jsonObject: fc.Arbitrary<JsonObject> = object;

/** The same value with every object's keys in reverse. */
export const reversed = (from: JsonValue): JsonValue => {
  if (typeof from !== "object" || from === null) return from;
  if (Array.isArray(from)) return from.map(reversed);
  return makeObject(
    Object.entries(from)
      .toReversed()
      .map(([key, item]) => [key, reversed(item)]),
  );
};

/** With ordinary objects, to compare by value alone. */
export const plain = (from: unknown): unknown => JSON.parse(JSON.stringify(from));
