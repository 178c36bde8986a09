import * as v from "valibot";

// Lengths are bounded here so that no module meets an endless string; what an identifier means is the module's matter.
// U+0000 is refused because PostgreSQL text cannot hold it: past the edge it would become a server error.
const NUL = "\u0000";
const withoutNul = v.check((text: string) => !text.includes(NUL), "holds U+0000");

const atMost = (max: number) => v.maxLength<string, number, string>(max, `is longer than ${max} characters`);
const text = (max: number) => v.pipe(v.string(), atMost(max), withoutNul);

const MAX_ID_BYTES = 255;
const encoder = new TextEncoder();
/** A UTF-16 unit is at most three bytes, so most identifiers need no counting. */
const isShort = (value: string) =>
  value.length <= MAX_ID_BYTES && (value.length * 3 <= MAX_ID_BYTES || encoder.encode(value).length <= MAX_ID_BYTES);
/** Identifiers, event types and state keys are at most 255 BYTES (appendices, "Common identifier format"). */
const identifier = (isShaped: (value: string) => boolean, what: string) =>
  v.pipe(
    v.string(),
    v.check((value) => isShaped(value) && isShort(value) && !value.includes(NUL), `is not ${what} of at most ${MAX_ID_BYTES} bytes`),
  );
const startsWith = (sigil: string) => identifier((value) => value.startsWith(sigil), `an identifier with ${sigil}`);

export const name = text(255);
export const longText = text(4096);
export const password = v.pipe(v.string(), atMost(1024));
export const userId = startsWith("@");
export const roomId = startsWith("!");
export const eventId = startsWith("$");
export const roomAlias = startsWith("#");
export const roomIdOrAlias = identifier((value) => value.startsWith("!") || value.startsWith("#"), "an identifier with ! or #");
export const eventType = identifier((value) => value !== "", "an event type");
export const stateKey = identifier(() => true, "a state key");
export const tagName = identifier((value) => value !== "", "a tag");
export const transactionId = identifier((value) => value !== "", "a transaction id");
export const token = text(255);

/** Query values are text. */
export const queryInteger = v.pipe(v.string(), v.regex(/^-?\d{1,15}$/, "is not a whole number"), v.transform(Number));
export const queryCount = v.pipe(queryInteger, v.minValue(0, "is less than 0"));
export const queryBoolean = v.pipe(
  v.picklist(["true", "false"]),
  v.transform((value) => value === "true"),
);

/** A JSON value as `parseJson` of matrix-core gives it. */
type Json = null | boolean | number | string | readonly Json[] | JsonMembers;
export interface JsonMembers {
  readonly [key: string]: Json;
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * A JSON object, passed on untouched. Not `v.record`: that copies into an ordinary object and silently drops keys such
 * as `constructor`, and content must arrive as it was sent.
 */
export const jsonObject = v.custom<JsonMembers>(isObject, "is not an object");

export const noParams = v.object({});
export const noQuery = v.object({});
/** The answer `{}`. */
export const empty = v.strictObject({});
