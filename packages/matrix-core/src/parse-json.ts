import type { JsonValue } from "./contract.ts";
import { emptyObject, JsonError, MAX_JSON_DEPTH } from "./json-value.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** V8 makes a slice of 13 or more characters a view that keeps the whole request text alive for as long as the slice lives. */
const SHORTEST_VIEW = 13;

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const PLAIN_INTEGER = /^-?[0-9]+$/;

const syntaxError = (): JsonError => new JsonError("syntax", "This is not valid JSON");

/** Reads one text from front to back; the position is the state that makes this a class. */
class JsonReader {
  readonly #text: string;
  readonly #floats: boolean;
  #position = 0;

  constructor(text: string, floats: boolean) {
    this.#text = text;
    this.#floats = floats;
  }

  readDocument(): JsonValue {
    const value = this.#readValue(MAX_JSON_DEPTH);
    this.#skipSpace();
    if (this.#position !== this.#text.length) throw syntaxError();
    return value;
  }

  /** Also answers the character that follows, without taking it; NaN at the end of the text. */
  #skipSpace(): number {
    for (;;) {
      const code = this.#text.charCodeAt(this.#position);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return code;
      this.#position += 1;
    }
  }

  #readValue(depth: number): JsonValue {
    const code = this.#skipSpace();
    switch (code) {
      case QUOTE:
        return this.#readString();
      case OPEN_BRACE:
        return this.#readObject(depth - 1);
      case OPEN_BRACKET:
        return this.#readArray(depth - 1);
      case 0x74:
        return this.#readWord("true", true);
      case 0x66:
        return this.#readWord("false", false);
      case 0x6e:
        return this.#readWord("null", null);
      default:
        return this.#readNumber();
    }
  }

  #readWord<T extends JsonValue>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#position)) throw syntaxError();
    this.#position += word.length;
    return value;
  }

  #readObject(depth: number): JsonValue {
    this.#enter(depth);
    const object = emptyObject();
    if (this.#skipSpace() === CLOSE_BRACE) return this.#leave(object);
    for (;;) {
      if (this.#skipSpace() !== QUOTE) throw syntaxError();
      const key = this.#readString();
      // Two readers of one text must never see two values: one checks the first, the other obeys the second.
      if (key in object) throw new JsonError("value", "A key occurs twice in one object");
      if (this.#skipSpace() !== COLON) throw syntaxError();
      this.#position += 1;
      object[key] = this.#readValue(depth);
      const next = this.#skipSpace();
      if (next === CLOSE_BRACE) return this.#leave(object);
      if (next !== COMMA) throw syntaxError();
      this.#position += 1;
    }
  }

  #readArray(depth: number): JsonValue {
    this.#enter(depth);
    const items: JsonValue[] = [];
    if (this.#skipSpace() === CLOSE_BRACKET) return this.#leave(items);
    for (;;) {
      items.push(this.#readValue(depth));
      const next = this.#skipSpace();
      if (next === CLOSE_BRACKET) return this.#leave(items);
      if (next !== COMMA) throw syntaxError();
      this.#position += 1;
    }
  }

  #enter(depth: number): void {
    if (depth < 0) throw new JsonError("value", "The JSON is nested too deeply");
    this.#position += 1;
  }

  #leave<T>(value: T): T {
    this.#position += 1;
    return value;
  }

  #readString(): string {
    const start = this.#position + 1;
    let end = start;
    let escaped = false;
    for (;;) {
      const code = this.#text.charCodeAt(end);
      if (code === QUOTE) break;
      // Control characters must be escaped; the comparison is false for NaN, the end of the text, too.
      if (!(code >= 0x20)) throw syntaxError();
      if (code === BACKSLASH) {
        escaped = true;
        end += 1;
      }
      end += 1;
    }
    this.#position = end + 1;
    if (!escaped && end - start < SHORTEST_VIEW) return this.#text.slice(start, end);
    return decodeString(this.#text.slice(start - 1, end + 1), escaped);
  }

  #readNumber(): number {
    NUMBER.lastIndex = this.#position;
    const raw = NUMBER.exec(this.#text)?.[0];
    if (raw === undefined) throw syntaxError();
    this.#position += raw.length;
    const value = Number(raw);
    if (this.#floats) {
      if (!Number.isFinite(value)) throw new JsonError("value", "A number is out of range");
      return value;
    }
    // Judged on the raw text: once read, 1.0 looks like 1, and 2^53 + 1 like 2^53.
    if (!Number.isSafeInteger(value) || Object.is(value, -0) || !PLAIN_INTEGER.test(raw)) {
      throw new JsonError("value", "A number is not an integer within the range of ±(2^53 − 1)");
    }
    return value;
  }
}

/** The engine's own parser knows the escapes, and gives a copy that does not hold on to the text. */
const decodeString = (quoted: string, escaped: boolean): string => {
  let value: unknown;
  try {
    value = JSON.parse(quoted);
  } catch {
    throw syntaxError();
  }
  if (typeof value !== "string") throw syntaxError();
  if (escaped && !value.isWellFormed()) throw new JsonError("value", "A string holds half of a surrogate pair");
  return value;
};

/**
 * Reads JSON from outside (Matrix appendices, "Canonical JSON"; room version 6 and later enforce it). Objects have no
 * prototype. Depth at most 128. With `floats`, any finite JSON number is taken, for bodies that are not events.
 *
 * @throws JsonError `syntax`: not JSON. `value`: a duplicate key, a lone surrogate, too deep, or a number whose raw text is
 * not a plain integer within ±(2^53 − 1): 1.0, 1e3 and -0 are refused.
 */
export const parseJson = (text: string, options?: { readonly floats?: boolean }): JsonValue => {
  if (!text.isWellFormed()) throw new JsonError("value", "A string holds half of a surrogate pair");
  return new JsonReader(text, options?.floats === true).readDocument();
};
