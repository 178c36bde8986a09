import type { JsonObject, JsonValue, Pdu, RoomVersion } from "./contract.ts";
import { emptyObject, isJsonObject, own, ownObject } from "./json-value.ts";

const keptAtTop: ReadonlySet<string> = new Set([
  "event_id",
  "type",
  "room_id",
  "sender",
  "state_key",
  "content",
  "hashes",
  "signatures",
  "depth",
  "prev_events",
  "auth_events",
  "origin_server_ts",
]);
const keptAtTopIn10: ReadonlySet<string> = new Set([...keptAtTop, "origin", "prev_state", "membership"]);

const POWER_LEVELS_IN_10 = ["ban", "events", "events_default", "kick", "redact", "state_default", "users", "users_default"];
const MEMBER_IN_10 = ["membership", "join_authorised_via_users_server"];

/** Maps, not objects: the type of an event is chosen by its sender and may be `constructor`. */
const keptInContentOf10: ReadonlyMap<string, readonly string[]> = new Map([
  ["m.room.member", MEMBER_IN_10],
  ["m.room.create", ["creator"]],
  ["m.room.join_rules", ["join_rule", "allow"]],
  ["m.room.power_levels", POWER_LEVELS_IN_10],
  ["m.room.history_visibility", ["history_visibility"]],
]);
const keptInContent: ReadonlyMap<string, readonly string[]> = new Map([
  ["m.room.member", [...MEMBER_IN_10, "third_party_invite"]],
  ["m.room.join_rules", ["join_rule", "allow"]],
  ["m.room.power_levels", [...POWER_LEVELS_IN_10, "invite"]],
  ["m.room.history_visibility", ["history_visibility"]],
  ["m.room.redaction", ["redacts"]],
]);

/** The rules of redaction changed once, with version 11, together with the place of `redacts`. */
const hasOldRedactions = (version: RoomVersion): boolean => !version.redactsInContent;

/** Whether redaction leaves the whole content of this type. */
export const keepsWholeContent = (type: string, version: RoomVersion): boolean => type === "m.room.create" && !hasOldRedactions(version);

/** Which keys of the content of this type redaction leaves: none, for most. */
export const contentKeysKept = (type: string, version: RoomVersion): readonly string[] =>
  (hasOldRedactions(version) ? keptInContentOf10 : keptInContent).get(type) ?? [];

const isNested = (type: string, key: string): boolean => key === "third_party_invite" && type === "m.room.member";

/** Of a member's third-party invite only `signed` stays; what is not an object goes whole. */
const keepSigned = (value: JsonValue): JsonObject | undefined => {
  if (!isJsonObject(value)) return undefined;
  const kept = emptyObject();
  const signed = own(value, "signed");
  if (signed !== undefined) kept["signed"] = signed;
  return kept;
};

/** The content that redaction leaves. */
export const redactContent = (type: string, content: JsonObject, version: RoomVersion): JsonObject => {
  if (keepsWholeContent(type, version)) return content;
  const kept = emptyObject();
  for (const key of contentKeysKept(type, version)) {
    const value = own(content, key);
    if (value === undefined) continue;
    const left = isNested(type, key) ? keepSigned(value) : value;
    if (left !== undefined) kept[key] = left;
  }
  return kept;
};

/** The members of an event as JSON. */
export const fieldsOf = (pdu: object): JsonObject => {
  // Proven by the contract: every field of a Pdu or Draft is a JsonValue, and an optional one is absent, never undefined.
  const fields = pdu as JsonObject;
  return fields;
};

/** Back from the members of an event, of which none that a Pdu needs was taken away. */
const asPdu = (fields: JsonObject): Pdu => {
  // Proven by the callers: the fields come from a Pdu, and redaction keeps all that the interface requires.
  const pdu = fields as unknown as Pdu;
  return pdu;
};

/** The event without what redaction takes away (room versions 9 and 11, "Redactions"); `unsigned` goes too. */
export const redact = (pdu: Pdu, version: RoomVersion): Pdu => {
  const fields = fieldsOf(pdu);
  const allowed = hasOldRedactions(version) ? keptAtTopIn10 : keptAtTop;
  const kept = emptyObject();
  for (const key of Object.keys(fields)) {
    const value = fields[key];
    if (value !== undefined && allowed.has(key)) kept[key] = value;
  }
  kept["content"] = redactContent(pdu.type, pdu.content, version);
  return asPdu(kept);
};

/** The keys of `whole` that `kept` lacks, and of a nested invite those that its kept part lacks. Undefined if none. */
const subtract = (whole: JsonObject, kept: JsonObject): JsonObject | undefined => {
  const rest = emptyObject();
  for (const key of Object.keys(whole)) {
    const value = whole[key];
    if (value === undefined) continue;
    if (!Object.hasOwn(kept, key)) rest[key] = value;
    else if (key === "third_party_invite" && isJsonObject(value)) {
      const nested = subtract(value, ownObject(kept, key) ?? emptyObject());
      if (nested !== undefined) rest[key] = nested;
    }
  }
  return Object.keys(rest).length === 0 ? undefined : rest;
};

/**
 * Cuts an event in two. `kept` is exactly `redact(pdu)`; `removed` is `{ content?, top? }`, what redaction takes from the
 * content and from the top level. The two are sealed under different keys, so that erasing a person destroys just the second.
 */
export const splitByRedaction = (pdu: Pdu, version: RoomVersion): { readonly kept: Pdu; readonly removed: JsonObject } => {
  const kept = redact(pdu, version);
  const removed = emptyObject();
  const content = subtract(pdu.content, kept.content);
  if (content !== undefined) removed["content"] = content;
  const top = subtract(fieldsOf(pdu), fieldsOf(kept));
  if (top !== undefined) removed["top"] = top;
  return { kept, removed };
};

const merge = (kept: JsonObject, removed: JsonObject): Record<string, JsonValue> => {
  const whole = Object.assign(emptyObject(), kept);
  for (const key of Object.keys(removed)) {
    const value = removed[key];
    const already = whole[key];
    if (value !== undefined) whole[key] = isJsonObject(already) && isJsonObject(value) ? merge(already, value) : value;
  }
  return whole;
};

/** The inverse of `splitByRedaction`: deep-equal to the event that was cut. */
export const joinParts = (kept: Pdu, removed: JsonObject): Pdu => {
  // Spreading defines properties instead of assigning them: even a `__proto__` at the top stays what it was.
  return asPdu({
    ...fieldsOf(kept),
    ...ownObject(removed, "top"),
    content: merge(kept.content, ownObject(removed, "content") ?? emptyObject()),
  });
};
