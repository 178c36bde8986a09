import { generateKeyPairSync, sign } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { test } from "node:test";
import { canonicalJson, roomVersions } from "./index.ts";
import type { JsonObject, JsonValue, RoomVersion, Verdict } from "./index.ts";
import { alice, assertAllowed, assertRefused, bob, carol, dave, makeRoomWithPowers } from "./room.test-support.ts";
import type { TestRoom } from "./room.test-support.ts";

interface Signer {
  readonly text: string;
  readonly privateKey: KeyObject;
}

const makeSigner = (): Signer => {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const raw = publicKey.export({ format: "der", type: "spki" }).subarray(-32);
  return { text: raw.toString("base64").replace("=", ""), privateKey };
};

const identityServer = makeSigner();
const impostor = makeSigner();

const signed = (fields: JsonObject, { privateKey }: Signer, keyId = "ed25519:0"): JsonObject => {
  const signature = sign(null, Buffer.from(canonicalJson(fields)), privateKey)
    .toString("base64")
    .slice(0, 86);
  return { ...fields, signatures: { "id.example.org": { [keyId]: signature } } };
};

const honest = signed({ mxid: dave, token: "token" }, identityServer);

const makeInvitingRoom = (version: RoomVersion, keys: JsonObject = { public_key: identityServer.text }): TestRoom => {
  const room = makeRoomWithPowers(version, { invite: 50 });
  room.put("m.room.third_party_invite", "token", carol, { display_name: "d…", ...keys });
  return room;
};

const invite = (room: TestRoom, claim: JsonValue, sender = carol): Verdict =>
  room.judge({ type: "m.room.member", sender, state_key: dave, content: { membership: "invite", third_party_invite: claim } });

for (const version of roomVersions) {
  const name = `version ${version.id}`;
  const rule = (what: string): string => `member.third-party-invite.${what}`;

  test(`${name}: an invite signed by a key of the room's third-party invite is allowed, whatever the levels`, () => {
    const room = makeInvitingRoom(version);
    assertAllowed(invite(room, { display_name: "d…", signed: honest }));
    room.put("m.room.power_levels", "", alice, { invite: 1000 });
    assertAllowed(invite(room, { display_name: "d…", signed: honest }));
  });

  test(`${name}: the key may stand in public_keys, in either alphabet of base64`, () => {
    const urlSafe = identityServer.text.replaceAll("+", "-").replaceAll("/", "_");
    for (const text of [identityServer.text, urlSafe, `${identityServer.text}=`]) {
      const keys = [{ public_key: impostor.text }, { key_validity_url: "x" }, null, { public_key: text }];
      assertAllowed(invite(makeInvitingRoom(version, { public_key: "not a key", public_keys: keys }), { signed: honest }));
    }
  });

  test(`${name}: no other signature will do`, () => {
    const room = makeInvitingRoom(version);
    const stolen = { ...honest, extra: 1 };
    const byImpostor = signed({ mxid: dave, token: "token" }, impostor);
    const otherAlgorithm = signed({ mxid: dave, token: "token" }, identityServer, "rsa:0");
    const garbage: readonly JsonValue[] = [{}, [], "x", null, { "id.example.org": null }, { "id.example.org": { "ed25519:0": "AAAA" } }];
    for (const claim of [stolen, byImpostor, otherAlgorithm, ...garbage.map((signatures) => ({ ...honest, signatures }))]) {
      assertRefused(room, invite(room, { signed: claim }), rule("signature"));
    }
    for (const key of ["A".repeat(43), `${"_".repeat(42)}8`]) {
      assertRefused(room, invite(makeInvitingRoom(version, { public_key: key }), { signed: honest }), rule("signature"));
    }
    assertRefused(room, invite(makeInvitingRoom(version, {}), { signed: honest }), rule("signature"));
    assertRefused(room, invite(makeInvitingRoom(version, { public_key: 7, public_keys: {} }), { signed: honest }), rule("signature"));
  });

  test(`${name}: a flood of keys and signatures is cut short, not worked through`, () => {
    const keys = Array.from({ length: 40 }, () => ({ public_key: impostor.text }));
    const room = makeInvitingRoom(version, { public_keys: [...keys, { public_key: identityServer.text }] });
    assertRefused(room, invite(room, { signed: honest }), rule("signature"));
  });

  test(`${name}: who is banned is not invited by this door either`, () => {
    const room = makeInvitingRoom(version);
    room.member(dave, "ban");
    assertRefused(room, invite(room, { signed: honest }), rule("target-banned"));
  });

  test(`${name}: the claim is signed and names user and token`, () => {
    const room = makeInvitingRoom(version);
    for (const claim of [{}, null, 7, "signed", { signed: null }, { signed: "x" }])
      assertRefused(room, invite(room, claim), rule("unsigned"));
    for (const incomplete of [{}, { mxid: dave }, { token: "token" }, { mxid: 7, token: "token" }]) {
      assertRefused(room, invite(room, { signed: signed(incomplete, identityServer) }), rule("incomplete"));
    }
  });

  test(`${name}: the claim is for this user, this token and this sender`, () => {
    const room = makeInvitingRoom(version);
    assertRefused(room, invite(room, { signed: signed({ mxid: bob, token: "token" }, identityServer) }), rule("other-user"));
    assertRefused(room, invite(room, { signed: signed({ mxid: dave, token: "constructor" }, identityServer) }), rule("unknown-token"));
    assertRefused(room, invite(room, { signed: honest }, alice), rule("other-sender"));
  });
}
