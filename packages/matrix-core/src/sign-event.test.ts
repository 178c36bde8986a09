import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from "node:crypto";
import { test } from "node:test";
import * as fc from "fast-check";
import { pdu as anyPdu } from "./event.test-support.ts";
import { canonicalJson, findRoomVersion, redact, roomVersions, signEvent, verifyEventSignature } from "./index.ts";
import type { Pdu, RoomVersion } from "./index.ts";
import { plain } from "./json.test-support.ts";

/** The specification's seed, wrapped as PKCS#8 (RFC 8410). */
const seed = Buffer.from("YJDBA9Xnr2sVqXD9Vj7XVUnmFZcZrlw8Md7kMW+3XA1", "base64");
const prefix = Buffer.from("302e020100300506032b657004220420", "hex");
const privateKey = createPrivateKey({ key: Buffer.concat([prefix, seed]), format: "der", type: "pkcs8" });
const publicKey = createPublicKey(privateKey);
const signer = { serverName: "domain", keyId: "ed25519:1", privateKey };
const verifier = { serverName: "domain", keyId: "ed25519:1", publicKey };

const version = (id: string): RoomVersion => {
  const found = findRoomVersion(id);
  if (found === undefined) throw new TypeError("the version is missing");
  return found;
};

// The vectors are of an old room version: they have members that Pdu does not name and lack some that it does.
const minimal = {
  room_id: "!x:domain",
  sender: "@a:domain",
  origin: "domain",
  origin_server_ts: 1_000_000,
  signatures: {},
  hashes: { sha256: "5jM4wQpv6lnBo7CLIghJuHdW+s2CMBJPUOGOC89ncos" },
  type: "X",
  content: {},
  prev_events: [],
  auth_events: [],
  depth: 3,
  unsigned: { age_ts: 1_000_000 },
} as Pdu;
const redactable = {
  content: { body: "Here is the message content" },
  event_id: "$0:domain",
  hashes: { sha256: "onLKD1bGljeBWQhWZ1kaP9SorVmRQNdN5aM2JYU2n/g" },
  origin: "domain",
  origin_server_ts: 1_000_000,
  type: "m.room.message",
  room_id: "!r:domain",
  sender: "@u:domain",
  signatures: {},
  unsigned: { age_ts: 1_000_000 },
} as unknown as Pdu;

test("the signatures of the specification's test vectors come out", () => {
  const vectors: readonly [Pdu, string][] = [
    [minimal, "KxwGjPSDEtvnFgU00fwFz+l6d2pJM6XBIaMEn81SXPTRl16AqLAYqfIReFGZlHi5KLjAWbOoMszkwsQma+lYAg"],
    [redactable, "Wm+VzmOUOz08Ds+0NTWb1d4CZrVsJSikkeRxh6aCcUwu6pNC78FunoD7KNWzqFn241eYHYMGCA5McEiVPdhzBA"],
  ];
  for (const [pdu, signature] of vectors) {
    const signed = signEvent(pdu, version("10"), signer);
    assert.deepEqual(plain(signed), { ...pdu, signatures: { domain: { "ed25519:1": signature } } });
    assert.equal(verifyEventSignature(signed, version("10"), verifier), true);
  }
});

test("canonical JSON is signed as the specification's other vectors say", () => {
  const vectors: readonly [Record<string, string | number>, string][] = [
    [{}, "K8280/U9SSy9IVtjBuVeLr+HpOB4BQFWbg+UZaADMtTdGYI7Geitb76LTrr5QV/7Xg4ahLwYGYZzuHGZKM5ZAQ"],
    [{ two: "Two", one: 1 }, "KqmLSbO39/Bzb0QIYE82zqLwsA+PDzYIpIRA2sRQ4sL53+sN6/fpNSoqE7BP7vBZhG6kYdD13EIMJpvhJI+6Bw"],
  ];
  for (const [object, signature] of vectors) {
    assert.equal(sign(null, Buffer.from(canonicalJson(object)), privateKey).toString("base64"), `${signature}==`);
  }
});

test("a signature is added beside others, of the same server and of others, and the event given is left alone", () => {
  const signatures = { domain: { "ed25519:0": "old" }, elsewhere: { "ed25519:1": "theirs" }, constructor: { a: "b" } };
  const before = { ...minimal, signatures };
  const signed = signEvent(before, version("12"), signer);
  const ours = Object.keys((signed.signatures ?? {})["domain"] ?? {});
  assert.deepEqual(ours, ["ed25519:0", "ed25519:1"]);
  assert.deepEqual(Object.keys(signed.signatures ?? {}), ["domain", "elsewhere", "constructor"]);
  assert.deepEqual(before.signatures, { domain: { "ed25519:0": "old" }, elsewhere: { "ed25519:1": "theirs" }, constructor: { a: "b" } });
});

test("a signature holds for the redacted event, and for no other event, version, server, key id or key", () => {
  const { serverName } = signer;
  const v12 = version("12");
  const signed = signEvent(minimal, v12, signer);
  assert.equal(verifyEventSignature(redact(signed, v12), v12, verifier), true);
  assert.equal(verifyEventSignature({ ...signed, unsigned: { age: 5 } }, v12, verifier), true);
  assert.equal(verifyEventSignature({ ...signed, depth: 4 }, v12, verifier), false);
  assert.equal(verifyEventSignature({ ...signed, hashes: { sha256: "other" } }, v12, verifier), false);
  // Version 10 keeps `origin`, version 12 does not: what is signed differs.
  assert.equal(verifyEventSignature(signed, version("10"), verifier), false);
  const other = generateKeyPairSync("ed25519").publicKey;
  for (const wrong of [
    { publicKey: other },
    { serverName: "constructor" },
    { serverName: "elsewhere" },
    { keyId: "ed25519:2" },
    { keyId: "__proto__" },
  ]) {
    assert.equal(verifyEventSignature(signed, v12, { ...verifier, ...wrong }), false);
  }
  for (const broken of [
    undefined,
    {},
    { [serverName]: null },
    { [serverName]: { "ed25519:1": 7 } },
    { [serverName]: { "ed25519:1": "AAAA" } },
  ]) {
    const { signatures: _, ...bare } = signed;
    assert.equal(verifyEventSignature(broken === undefined ? bare : { ...bare, signatures: broken }, v12, verifier), false);
  }
});

test("property: what was signed verifies", () => {
  fc.assert(
    fc.property(anyPdu, fc.constantFrom(...roomVersions), (pdu, roomVersion) =>
      verifyEventSignature(signEvent(pdu, roomVersion, signer), roomVersion, verifier),
    ),
  );
});
