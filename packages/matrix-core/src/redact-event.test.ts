import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { pdu as anyPdu } from "./event.test-support.ts";
import { canonicalJson, findRoomVersion, joinParts, parseJson, redact, roomVersions, splitByRedaction } from "./index.ts";
import type { JsonObject, JsonValue, Pdu, RoomVersion } from "./index.ts";
import { plain } from "./json.test-support.ts";

const version = (id: string): RoomVersion => {
  const found = findRoomVersion(id);
  if (found === undefined) throw new TypeError("the version is missing");
  return found;
};

const anyVersion = fc.constantFrom(...roomVersions);

const makePdu = (type: string, content: JsonObject, more: JsonObject = {}): Pdu => ({
  type,
  sender: "@alice:example.org",
  room_id: "!room:example.org",
  content,
  origin_server_ts: 1,
  depth: 1,
  prev_events: [],
  auth_events: [],
  hashes: { sha256: "" },
  ...more,
});

const contentLeft = (type: string, content: JsonObject, id: string): unknown => plain(redact(makePdu(type, content), version(id)).content);

/** Every key that some rule of redaction names, and one that none does. */
const everything: JsonObject = {
  membership: 1,
  join_authorised_via_users_server: 2,
  creator: 3,
  join_rule: 4,
  allow: 5,
  ban: 6,
  events: 7,
  events_default: 8,
  invite: 9,
  kick: 10,
  redact: 11,
  state_default: 12,
  users: 13,
  users_default: 14,
  notifications: 15,
  history_visibility: 16,
  redacts: 17,
  aliases: 18,
  body: 19,
  third_party_invite: { signed: { token: "t" }, display_name: "d" },
};

const pick = (keys: readonly string[]): JsonObject =>
  Object.fromEntries(keys.map((key): [string, JsonValue] => [key, everything[key] ?? null]));

const powers = ["ban", "events", "events_default", "kick", "redact", "state_default", "users", "users_default"];

test("version 10 keeps of each content what its rules name, and nothing else", () => {
  const kept: readonly [string, readonly string[]][] = [
    ["m.room.member", ["membership", "join_authorised_via_users_server"]],
    ["m.room.create", ["creator"]],
    ["m.room.join_rules", ["join_rule", "allow"]],
    ["m.room.power_levels", powers],
    ["m.room.history_visibility", ["history_visibility"]],
    ...["m.room.redaction", "m.room.aliases", "m.room.message", "constructor", "__proto__"].map((type): [string, string[]] => [type, []]),
  ];
  for (const [type, keys] of kept) assert.deepEqual(contentLeft(type, everything, "10"), pick(keys), type);
});

test("versions 11 and 12 keep the whole create event, the invite level, the target of a redaction and a signed invite", () => {
  for (const id of ["11", "12"]) {
    const member = { ...pick(["membership", "join_authorised_via_users_server"]), third_party_invite: { signed: { token: "t" } } };
    assert.deepEqual(contentLeft("m.room.member", everything, id), member);
    assert.deepEqual(contentLeft("m.room.create", everything, id), plain(everything));
    assert.deepEqual(contentLeft("m.room.join_rules", everything, id), pick(["join_rule", "allow"]));
    assert.deepEqual(contentLeft("m.room.power_levels", everything, id), pick([...powers, "invite"]));
    assert.deepEqual(contentLeft("m.room.history_visibility", everything, id), pick(["history_visibility"]));
    assert.deepEqual(contentLeft("m.room.redaction", everything, id), pick(["redacts"]));
    for (const type of ["m.room.aliases", "m.room.message", "constructor", "__proto__"])
      assert.deepEqual(contentLeft(type, everything, id), {}, type);
  }
});

test("a third-party invite without its signed part is kept empty, one that is no object goes", () => {
  assert.deepEqual(contentLeft("m.room.member", { third_party_invite: { display_name: "d" } }, "11"), { third_party_invite: {} });
  for (const claim of ["x", null, [], 7]) assert.deepEqual(contentLeft("m.room.member", { third_party_invite: claim }, "11"), {});
});

test("inherited values are not content", () => {
  const content: JsonObject = Object.setPrototypeOf({}, { membership: "join" });
  assert.deepEqual(contentLeft("m.room.member", content, "12"), {});
});

test("at the top, version 10 keeps origin, membership and prev_state, which later versions take too", () => {
  const old = { origin: "example.org", membership: "join", prev_state: [] };
  const always = { event_id: "$x", state_key: "", signatures: {} };
  const never = { unsigned: { age: 1 }, redacts: "$y", "wardroom.salt": "s", third_party_invite: {}, constructor: 1 };
  const pdu = makePdu("m.room.message", { body: "secret" }, { ...old, ...always, ...never });
  const bare = makePdu("m.room.message", {}, always);
  assert.deepEqual(plain(redact(pdu, version("10"))), plain({ ...bare, ...old }));
  for (const id of ["11", "12"]) assert.deepEqual(plain(redact(pdu, version(id))), plain(bare));
});

test("a split message has its words, its salt and its old redaction target in the part that erasing destroys", () => {
  const more = { "wardroom.salt": "c2FsdA", redacts: "$target" };
  const { kept, removed } = splitByRedaction(makePdu("m.room.message", { body: "secret" }, more), version("12"));
  assert.deepEqual(plain(removed), { content: { body: "secret" }, top: more });
  assert.equal(JSON.stringify(kept).includes("secret"), false);
});

test("a split member event has its names apart and a signed invite cut in two", () => {
  const content = { membership: "invite", displayname: "Dave", third_party_invite: { display_name: "d", signed: { token: "t" } } };
  const { kept, removed } = splitByRedaction(makePdu("m.room.member", content), version("12"));
  assert.deepEqual(plain(kept.content), { membership: "invite", third_party_invite: { signed: { token: "t" } } });
  assert.deepEqual(plain(removed), { content: { displayname: "Dave", third_party_invite: { display_name: "d" } } });
  assert.deepEqual(plain(joinParts(kept, removed)), plain(makePdu("m.room.member", content)));
});

test("an event that redaction leaves as it is has nothing removed", () => {
  assert.deepEqual(plain(splitByRedaction(makePdu("m.room.create", { "m.federate": false }), version("12")).removed), {});
});

test("property: redaction is idempotent, and its result is the part of the split that is kept", () => {
  fc.assert(
    fc.property(anyPdu, anyVersion, (pdu, roomVersion) => {
      const once = redact(pdu, roomVersion);
      assert.deepEqual(redact(once, roomVersion), once);
      assert.deepEqual(splitByRedaction(pdu, roomVersion).kept, once);
      assert.deepEqual(plain(splitByRedaction(once, roomVersion).removed), {});
    }),
  );
});

test("property: the parts of a split joined are the event, also when they were stored as text in between", () => {
  // Proven: a Pdu is JSON all through.
  const text = (pdu: Pdu): string => canonicalJson(pdu as unknown as JsonObject);
  const reread = <T>(value: T): T => parseJson(JSON.stringify(value)) as T;
  fc.assert(
    fc.property(anyPdu, anyVersion, (pdu, roomVersion) => {
      const { kept, removed } = splitByRedaction(pdu, roomVersion);
      assert.equal(text(joinParts(kept, removed)), text(pdu));
      assert.equal(text(joinParts(reread(kept), reread(removed))), text(pdu));
      assert.deepEqual(joinParts(kept, removed).content, pdu.content);
    }),
  );
});

test("property: splitting takes nothing twice, save the invite that is cut", () => {
  fc.assert(
    fc.property(anyPdu, anyVersion, (pdu, roomVersion) => {
      const { kept, removed } = splitByRedaction(pdu, roomVersion);
      const ofContent = Object.keys(removed["content"] ?? {}).filter((key) => key !== "third_party_invite");
      assert.deepEqual(
        ofContent.filter((key) => Object.hasOwn(kept.content, key)),
        [],
      );
      assert.deepEqual(
        Object.keys(removed["top"] ?? {}).filter((key) => Object.hasOwn(kept, key)),
        [],
      );
    }),
  );
});
