import type { JsonValue } from "./contract.ts";
import { JsonError, MAX_JSON_DEPTH } from "./json-value.ts";

/** Any UTF-16 unit from which on the order of units and the order of code points may differ. */
const SURROGATE = /[\ud800-\udfff]/;

/** Code points above U+FFFF are written with units D800–DFFF, below E000–FFFF, yet sort after them. */
const rankOfUnit = (unit: number): number => {
  if (unit < 0xd800) return unit;
  return unit >= 0xe000 ? unit - 0x0800 : unit + 0x2000;
};

const byCodePoint = (left: string, right: string): number => {
  const shorter = Math.min(left.length, right.length);
  for (let index = 0; index < shorter; index += 1) {
    const difference = rankOfUnit(left.charCodeAt(index)) - rankOfUnit(right.charCodeAt(index));
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
};

const isAscending = (keys: readonly string[]): boolean => {
  for (let index = 1; index < keys.length; index += 1) {
    const previous = keys[index - 1];
    const key = keys[index];
    if (previous !== undefined && key !== undefined && previous > key) return false;
  }
  return true;
};

const sortedKeys = (object: object): readonly string[] => {
  const keys = Object.keys(object);
  if (keys.length < 2) return keys;
  if (keys.some((key) => SURROGATE.test(key))) return keys.sort(byCodePoint);
  // Parsed input is mostly sorted already. Without a comparator, sort orders by UTF-16 unit: the same thing here, and fast.
  return isAscending(keys) ? keys : keys.sort();
};

/** A string in canonical form. @throws JsonError `value` for a lone surrogate, which UTF-8 cannot say. */
export const writeString = (text: string): string => {
  if (!text.isWellFormed()) throw new JsonError("value", "A string holds half of a surrogate pair");
  return JSON.stringify(text);
};

/** An integer in canonical form; -0 becomes 0. @throws JsonError `value` beyond ±(2^53 − 1) or with a fraction. */
export const writeInteger = (value: number): string => {
  if (!Number.isSafeInteger(value)) throw new JsonError("value", "A number is not an integer within the range of ±(2^53 − 1)");
  return `${value}`;
};

const writeArray = (items: readonly JsonValue[], depth: number): string => {
  let text = "[";
  for (let index = 0; index < items.length; index += 1) {
    if (index > 0) text += ",";
    text += writeValue(items[index], depth);
  }
  return `${text}]`;
};

const writeObject = (object: { readonly [key: string]: JsonValue }, depth: number): string => {
  let text = "{";
  for (const key of sortedKeys(object)) {
    text += text === "{" ? writeString(key) : `,${writeString(key)}`;
    text += `:${writeValue(object[key], depth)}`;
  }
  return `${text}}`;
};

/** `depth`: how many more levels of nesting are allowed. */
export const writeValue = (value: JsonValue | undefined, depth: number): string => {
  if (typeof value === "string") return writeString(value);
  if (typeof value === "number") return writeInteger(value);
  if (typeof value === "boolean") return value ? "true" : "false";
  if (value === null) return "null";
  if (typeof value !== "object") throw new JsonError("value", "A value has no form in JSON");
  if (depth <= 0) throw new JsonError("value", "The JSON is nested too deeply");
  return isArray(value) ? writeArray(value, depth - 1) : writeObject(value, depth - 1);
};

/** `Array.isArray` does not narrow a readonly array. */
const isArray = (value: object): value is readonly JsonValue[] => Array.isArray(value);

/**
 * The one text of a value: shortest UTF-8 form, keys by Unicode code point, integers only (Matrix appendices, "Canonical
 * JSON"). Depth at most 128.
 *
 * @throws JsonError `value` for fractions, integers beyond ±(2^53 − 1), lone surrogates, undefined, or nesting too deep.
 */
export const canonicalJson = (value: JsonValue): string => writeValue(value, MAX_JSON_DEPTH);
