import type { JsonObject, JsonValue } from "./contract.ts";

/** Nesting of objects and arrays that `parseJson` and `canonicalJson` accept: deep input must not exhaust the stack. */
export const MAX_JSON_DEPTH = 128;
/**
 * Nesting of a whole event in federation form. Lower than the limit of the parser, so that an event that was accepted can
 * always be read back, also from inside the envelopes that it is stored and served in.
 */
export const MAX_EVENT_DEPTH = 120;

/**
 * `syntax`: the text is not JSON (client answer `M_NOT_JSON`). `value`: it is, but says what Matrix forbids (`M_BAD_JSON`).
 * The message never quotes the input, so that it may be logged.
 */
export class JsonError extends Error {
  readonly kind: "syntax" | "value";

  constructor(kind: "syntax" | "value", message: string) {
    super(message);
    this.name = "JsonError";
    this.kind = kind;
  }
}

export const isJsonObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * The way to look up a key that an outsider may have chosen. A plain `object[key]` answers
 * `constructor` or `__proto__` with an inherited value: compared with a power level that gives NaN, and every check passes.
 */
export const own = (object: JsonObject | undefined, key: string): JsonValue | undefined =>
  object !== undefined && Object.hasOwn(object, key) ? object[key] : undefined;

/** `own`, or undefined where the value is not a string. */
export const ownString = (object: JsonObject | undefined, key: string): string | undefined => {
  const value = own(object, key);
  return typeof value === "string" ? value : undefined;
};

/** `own`, or undefined where the value is not an object. */
export const ownObject = (object: JsonObject | undefined, key: string): JsonObject | undefined => {
  const value = own(object, key);
  return isJsonObject(value) ? value : undefined;
};

/** An object to fill. Without a prototype even `__proto__` is an ordinary key. */
export const emptyObject = (): Record<string, JsonValue> => {
  // Proven: a fresh object without prototype holds no values, hence none of another type.
  const fresh = Object.create(null) as Record<string, JsonValue>;
  return fresh;
};
