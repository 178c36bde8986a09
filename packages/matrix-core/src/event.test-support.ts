import * as fc from "fast-check";
import type { Draft, JsonObject, Pdu } from "./index.ts";
import { jsonObject, jsonValue, makeObject } from "./json.test-support.ts";

/** Types that redaction treats in a way of their own, and some that it does not. */
const typesOfInterest = [
  "m.room.create",
  "m.room.member",
  "m.room.join_rules",
  "m.room.power_levels",
  "m.room.history_visibility",
  "m.room.redaction",
  "m.room.aliases",
  "m.room.message",
  "constructor",
  "__proto__",
];

/** Keys that redaction keeps for some type and takes from others. */
const contentKeys = [
  "membership",
  "join_authorised_via_users_server",
  "third_party_invite",
  "creator",
  "room_version",
  "join_rule",
  "allow",
  "ban",
  "events",
  "events_default",
  "invite",
  "kick",
  "redact",
  "state_default",
  "users",
  "users_default",
  "notifications",
  "history_visibility",
  "redacts",
  "body",
  "__proto__",
  "constructor",
];

const entriesOf = fc.array(fc.tuple(fc.constantFrom(...contentKeys), jsonValue), { maxLength: 6 });
const invite = fc.option(fc.tuple(jsonObject, fc.option(jsonValue, { nil: undefined })), { nil: undefined });

/** Content whose third-party invite, where there is one, may hold `signed` and anything else. */
const content: fc.Arbitrary<JsonObject> = fc.tuple(entriesOf, jsonObject, invite).map(([entries, others, claim]) => {
  const whole = [...Object.entries(others), ...entries];
  if (claim === undefined) return makeObject(whole);
  const [fields, signed] = claim;
  const nested = signed === undefined ? fields : makeObject([...Object.entries(fields), ["signed", signed]]);
  return makeObject([...whole, ["third_party_invite", nested]]);
});

const text = fc.string({ unit: "binary", maxLength: 12 });

export const draft: fc.Arbitrary<Draft> = fc.record(
  {
    type: fc.oneof(fc.constantFrom(...typesOfInterest), text),
    sender: fc.constantFrom("@alice:example.org", "@爱丽丝:example.org:8448"),
    room_id: text,
    state_key: text,
    content,
    origin_server_ts: fc.nat(),
    depth: fc.nat(),
    prev_events: fc.array(text, { maxLength: 3 }),
    auth_events: fc.array(text, { maxLength: 3 }),
    redacts: text,
    "wardroom.salt": text,
  },
  { requiredKeys: ["type", "sender", "content", "origin_server_ts", "depth", "prev_events", "auth_events"] },
);

/** Finished and perhaps signed, with whatever else other servers put at the top of an event. */
export const pdu: fc.Arbitrary<Pdu> = fc
  .tuple(draft, fc.option(jsonObject, { nil: undefined }), fc.option(jsonObject, { nil: undefined }), jsonObject)
  .map(([fields, signatures, unsigned, others]) => ({
    ...others,
    ...fields,
    hashes: { sha256: "A".repeat(43) },
    ...(signatures === undefined ? {} : { signatures }),
    ...(unsigned === undefined ? {} : { unsigned }),
  }));
