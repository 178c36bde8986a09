import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import * as fc from "fast-check";
import { draft as anyDraft, pdu as anyPdu } from "./event.test-support.ts";
import { canonicalJson, contentHash, eventIdOf, finishEvent, JsonError, parseJson, redact, roomIdOfCreate, roomVersions } from "./index.ts";
import type { Draft, JsonObject, JsonValue, Pdu, RoomVersion } from "./index.ts";

const anyVersion = fc.constantFrom(...roomVersions);

/** The definition, word by word: remove, write canonically, hash. */
const hashWithout = (event: object, keys: readonly string[], encoding: "base64" | "base64url"): string => {
  // Proven: a Pdu is JSON all through.
  const rest = Object.fromEntries(Object.entries(event as JsonObject).filter(([key]) => !keys.includes(key)));
  return createHash("sha256")
    .update(Buffer.from(canonicalJson(rest)))
    .digest(encoding)
    .replace("=", "");
};

const slowContentHash = (event: object): string => hashWithout(event, ["unsigned", "signatures", "hashes"], "base64");
const slowEventId = (pdu: Pdu, version: RoomVersion): string =>
  `$${hashWithout(redact(pdu, version), ["unsigned", "signatures"], "base64url")}`;

const message: Draft = {
  type: "m.room.message",
  sender: "@alice:example.org",
  room_id: "!room:example.org",
  content: { body: "hello" },
  origin_server_ts: 1,
  depth: 1,
  prev_events: ["$p"],
  auth_events: ["$a"],
};

test("the content hashes of the specification's test vectors come out", () => {
  const minimal = {
    room_id: "!x:domain",
    sender: "@a:domain",
    origin: "domain",
    origin_server_ts: 1_000_000,
    signatures: {},
    hashes: { sha256: "" },
    type: "X",
    content: {},
    prev_events: [],
    auth_events: [],
    depth: 3,
    unsigned: { age_ts: 1_000_000 },
  };
  assert.equal(contentHash(minimal), "5jM4wQpv6lnBo7CLIghJuHdW+s2CMBJPUOGOC89ncos");
  const redactable = {
    content: { body: "Here is the message content" },
    event_id: "$0:domain",
    origin: "domain",
    origin_server_ts: 1_000_000,
    type: "m.room.message",
    room_id: "!r:domain",
    sender: "@u:domain",
    signatures: {},
    unsigned: { age_ts: 1_000_000 },
  };
  // Proven by nothing: the vector has no depth and no lists of events, which the hash does not miss.
  assert.equal(contentHash(redactable as unknown as Draft), "onLKD1bGljeBWQhWZ1kaP9SorVmRQNdN5aM2JYU2n/g");
});

test("property: the template of finishEvent gives what the definition gives", () => {
  fc.assert(
    fc.property(anyDraft, anyVersion, (draft, version) => {
      const { pdu, eventId } = finishEvent(draft, version);
      assert.deepEqual(pdu, { ...draft, hashes: { sha256: slowContentHash(draft) } });
      assert.equal(eventId, slowEventId(pdu, version));
      assert.equal(contentHash(pdu), pdu.hashes.sha256);
      assert.equal(eventIdOf(pdu, version), eventId);
    }),
    { numRuns: 400 },
  );
});

test("property: contentHash and eventIdOf follow the definition for events of other servers too", () => {
  fc.assert(
    fc.property(anyPdu, anyVersion, (pdu, version) => {
      assert.equal(contentHash(pdu), slowContentHash(pdu));
      assert.equal(eventIdOf(pdu, version), slowEventId(pdu, version));
    }),
  );
});

test("property: an event's id is that of its redacted form, whatever was signed or added since", () => {
  fc.assert(
    fc.property(anyPdu, anyVersion, (pdu, version) => {
      const changed = { ...redact(pdu, version), unsigned: { redacted_because: 1 }, signatures: { "example.org": {} } };
      assert.equal(eventIdOf(changed, version), eventIdOf(pdu, version));
    }),
  );
});

test("a member that the template does not know is hashed, not lost", () => {
  for (const version of roomVersions) {
    const strange: Draft & { readonly origin: string } = { ...message, origin: "example.org" };
    const { pdu, eventId } = finishEvent(strange, version);
    assert.equal(pdu.hashes.sha256, slowContentHash(strange));
    assert.notEqual(pdu.hashes.sha256, contentHash(message));
    assert.equal(eventId, slowEventId(pdu, version));
  }
});

test("the top-level redacts of version 10 is under the content hash and not under the event id", () => {
  for (const version of roomVersions) {
    const one = finishEvent({ ...message, redacts: "$one" }, version).pdu;
    const two = finishEvent({ ...message, redacts: "$two" }, version).pdu;
    assert.notEqual(one.hashes.sha256, two.hashes.sha256);
    assert.equal(eventIdOf({ ...one, redacts: "$two" }, version), eventIdOf(one, version));
  }
});

test("the salt changes hash and id, and what remains after redaction confirms no guess at the words", () => {
  for (const version of roomVersions) {
    const one = finishEvent({ ...message, "wardroom.salt": "AAAAAAAAAAAAAAAAAAAAAA" }, version);
    const two = finishEvent({ ...message, "wardroom.salt": "BBBBBBBBBBBBBBBBBBBBBA" }, version);
    assert.notEqual(one.eventId, two.eventId);
    assert.notEqual(redact(one.pdu, version).hashes.sha256, contentHash(message));
  }
});

test("a create event of version 12 has no room id, and the room's id is its hash", () => {
  const version = roomVersions.find(({ roomIdIsCreateHash }) => roomIdIsCreateHash);
  if (version === undefined) throw new TypeError("version 12 is missing");
  const { room_id: _, ...homeless } = message;
  const { pdu, eventId } = finishEvent({ ...homeless, type: "m.room.create", state_key: "", content: { room_version: "12" } }, version);
  assert.equal("room_id" in pdu, false);
  assert.match(eventId, /^\$[A-Za-z0-9_-]{43}$/);
  assert.equal(roomIdOfCreate(eventId), `!${eventId.slice(1)}`);
});

test("the size is that of the signed federation form in bytes", () => {
  fc.assert(
    fc.property(anyDraft, anyVersion, (draft, version) => {
      const { pdu, size } = finishEvent(draft, version);
      const server = draft.sender.slice(draft.sender.indexOf(":") + 1);
      const signed = { ...pdu, signatures: { [server]: { ["ed25519:".padEnd(24, "k")]: "s".repeat(86) } } };
      // Proven: a Pdu is JSON all through.
      assert.equal(size, Buffer.byteLength(canonicalJson(signed as unknown as JsonObject)));
    }),
  );
});

test("content without a canonical form is refused, not hashed in another", () => {
  const bad: readonly JsonValue[] = [0.5, 2 ** 53, "\ud800"];
  for (const version of roomVersions) {
    for (const value of bad) assert.throws(() => finishEvent({ ...message, content: { value } }, version), JsonError);
    assert.throws(() => finishEvent({ ...message, depth: 2 ** 53 }, version), JsonError);
    assert.throws(() => finishEvent({ ...message, origin_server_ts: 0.5 }, version), JsonError);
    assert.throws(() => finishEvent({ ...message, type: "\udc00" }, version), JsonError);
  }
});

test("an event that was accepted can be read back, so nesting ends before that of the parser does", () => {
  const nest = (depth: number): JsonObject => (depth === 1 ? {} : { a: nest(depth - 1) });
  for (const version of roomVersions) {
    for (const more of [{}, { origin: "example.org" }]) {
      const { pdu } = finishEvent({ ...message, ...more, content: nest(119) }, version);
      assert.doesNotThrow(() => parseJson(`[[[[[[[[${JSON.stringify(pdu)}]]]]]]]]`));
      assert.throws(() => finishEvent({ ...message, ...more, content: nest(120) }, version), JsonError);
    }
  }
});
