import assert from "node:assert/strict";
import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { test } from "node:test";
import { canonicalJson } from "@wardroom/matrix-core";
import { at, type JsonRecord, ok, recordAt, refused, route, type Session } from "@wardroom/testkit";
import {
  act,
  forbidden,
  getState,
  history,
  join,
  leave,
  makeRoom,
  makeRoomWith,
  membershipOf,
  setPower,
  setState,
  tryGetState,
  trySetState,
} from "./room-steps.test-support.ts";
import { useServer } from "./running-server.test-support.ts";

const server = useServer();
const pair = server.twoStrangers;

interface Key {
  readonly text: string;
  readonly secret: KeyObject;
}
function newKey(): Key {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const text = Buffer.from(String(publicKey.export({ format: "jwk" }).x), "base64url")
    .toString("base64")
    .replace("=", "");
  return { text, secret: privateKey };
}
const idKey = newKey();

interface Proof {
  readonly sender: string;
  readonly mxid: string;
  readonly token: string;
}
/** What an identity server hands to who has shown that an address is theirs. */
function signed(proof: Proof, key = idKey): JsonRecord {
  const signature = sign(null, Buffer.from(canonicalJson({ ...proof })), key.secret)
    .toString("base64")
    .slice(0, 86);
  return { ...proof, signatures: { "id.test": { "ed25519:0": signature } } };
}
const keyed = (key = idKey): JsonRecord => ({ display_name: "b...@example", public_keys: [{ public_key: key.text }] });
let tokens = 0;
async function inviteAddress(by: Session, room: string, content = keyed()): Promise<string> {
  const token = `token${(tokens += 1)}`;
  await setState(by, room, "m.room.third_party_invite", content, token);
  return token;
}
const present = (who: Session, room: string, third_party_signed: JsonRecord) =>
  who.post(route`/rooms/${room}/join`, { third_party_signed });
const proofOf = (by: Session, who: Session, token: string, key = idKey) => signed({ sender: by.userId, mxid: who.userId, token }, key);

test("a proof that fits an open invitation lets its person in: first invited by who invited the address, then joined", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoom(alice);
  const token = await inviteAddress(alice, room);
  const proof = proofOf(alice, bob, token);
  ok(await present(bob, room, proof));
  const events = (await history(bob, room)).filter((event) => at(event, "state_key") === bob.userId).toReversed();
  assert.deepEqual(
    events.map((event) => [at(event, "sender"), at(event, "content", "membership")]),
    [
      [alice.userId, "invite"],
      [bob.userId, "join"],
    ],
  );
  assert.deepEqual(JSON.parse(JSON.stringify(at(events[0], "content", "third_party_invite"))), {
    display_name: "b...@example",
    signed: proof,
  });
  assert.equal(at(events[1], "content", "third_party_invite"), undefined);
});

test("the other address of joining takes the same proof, in each version", async () => {
  for (const room_version of ["10", "11", "12"]) {
    const [alice, bob] = await pair();
    const room = await makeRoom(alice, { room_version });
    const third_party_signed = proofOf(alice, bob, await inviteAddress(alice, room));
    ok(await bob.post(route`/join/${room}`, { third_party_signed }));
    assert.equal(await membershipOf(alice, room, bob), "join");
  }
});

test("every forged proof gets one answer and changes nothing", async () => {
  const [alice, bob] = await pair();
  const mallory = await server.stranger();
  const room = await makeRoom(alice);
  const token = await inviteAddress(alice, room);
  const good = { sender: alice.userId, mxid: bob.userId, token };
  const signatures = recordAt(signed(good), "signatures");
  const forgeries: Readonly<Record<string, JsonRecord>> = {
    "of another person": signed({ ...good, mxid: mallory.userId }),
    "of an unknown token": signed({ ...good, token: "token0" }),
    "of a token like a property of every object": signed({ ...good, token: "constructor" }),
    "in the name of another inviter": signed({ ...good, sender: mallory.userId }),
    "signed by another key": signed(good, newKey()),
    unsigned: { ...good, signatures: {} },
    "without signatures": { ...good },
    "with signatures of a wrong shape": { ...good, signatures: [] },
    "with a signature of other words": { ...good, signatures, extra: "added later" },
    "whose person was changed after signing": { ...signed({ ...good, mxid: mallory.userId }), mxid: bob.userId },
    "with a key id of another kind": { ...good, signatures: { "id.test": { "curve25519:0": "x".repeat(86) } } },
    "without a token": { sender: alice.userId, mxid: bob.userId, signatures },
    "with a number for a token": { ...good, token: 7, signatures },
    empty: {},
  };
  const texts = new Set<string>();
  for (const [what, forged] of Object.entries(forgeries)) {
    const answer = await present(bob, room, forged);
    assert.equal(answer.status, 403, `${what}: ${answer.text}`);
    texts.add(answer.text);
  }
  assert.equal(texts.size, 1, "what was wrong is not told");
  refused(await tryGetState(alice, room, "m.room.member", bob.userId), 404, "M_NOT_FOUND");
  ok(await present(bob, room, signed(good)));
});

test("another person's proof is of no use to who steals it", async () => {
  const [alice, bob] = await pair();
  const mallory = await server.stranger();
  const room = await makeRoom(alice);
  const proof = proofOf(alice, bob, await inviteAddress(alice, room));
  forbidden(await present(mallory, room, proof));
  refused(await tryGetState(alice, room, "m.room.member", mallory.userId), 404, "M_NOT_FOUND");
});

test("a proof is good once: who was removed, or left, does not come back by it", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoom(alice);
  const proof = proofOf(alice, bob, await inviteAddress(alice, room));
  ok(await present(bob, room, proof));
  await act(alice, "kick", room, bob);
  forbidden(await present(bob, room, proof));
  assert.equal(await membershipOf(alice, room, bob), "leave");
});

test("of two proofs for one invitation presented at the same moment one lets in", async () => {
  const [alice, bob] = await pair();
  const carol = await server.stranger();
  const room = await makeRoom(alice);
  const token = await inviteAddress(alice, room);
  const answers = await Promise.all([bob, carol].map((who) => present(who, room, proofOf(alice, who, token))));
  assert.deepEqual(
    answers.map(({ status }) => status).toSorted((a, b) => a - b),
    [200, 403],
  );
});

test("the banned stay banned with the best proof", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoom(alice);
  const token = await inviteAddress(alice, room);
  await act(alice, "ban", room, bob);
  forbidden(await present(bob, room, proofOf(alice, bob, token)));
  assert.equal(await membershipOf(alice, room, bob), "ban");
});

test("an invitation ends with its sender's stay, with their power to invite, and by being taken back", async () => {
  const [alice, bob] = await pair();
  const carol = await server.stranger();
  const room = await makeRoomWith(alice, [carol], { preset: "public_chat", power_level_content_override: { invite: 0 } });
  await setState(alice, room, "m.room.join_rules", { join_rule: "invite" });
  const token = await inviteAddress(carol, room);
  const proof = proofOf(carol, bob, token);
  await setPower(alice, room, { invite: 50 });
  forbidden(await present(bob, room, proof));
  await setPower(alice, room, { invite: 0 });
  await act(alice, "kick", room, carol);
  forbidden(await present(bob, room, proof));
  const own = await inviteAddress(alice, room);
  await setState(alice, room, "m.room.third_party_invite", {}, own);
  forbidden(await present(bob, room, proofOf(alice, bob, own)));
});

test("a key that would have to be asked for at an address is not believed, so that the server calls none", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoom(alice);
  const url = { key_validity_url: "http://127.0.0.1:1/isvalid" };
  for (const content of [
    { display_name: "b", public_key: idKey.text, ...url },
    { display_name: "b", public_keys: [{ public_key: idKey.text, ...url }] },
    { display_name: "b", public_key: idKey.text, ...url, public_keys: [{ public_key: newKey().text }] },
  ])
    forbidden(await present(bob, room, proofOf(alice, bob, await inviteAddress(alice, room, content))));
  const mixed = { display_name: "b", public_key: newKey().text, ...url, public_keys: [{ public_key: idKey.text }] };
  ok(await present(bob, room, proofOf(alice, bob, await inviteAddress(alice, room, mixed))));
});

test("the member of a private room cannot throw its creator out by an invitation of their own making", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoom(alice, { invite: [bob.userId] });
  await join(bob, room);
  const token = await inviteAddress(bob, room);
  const content = { membership: "invite", third_party_invite: { display_name: "x", signed: proofOf(bob, alice, token) } };
  forbidden(await trySetState(bob, room, "m.room.member", content, alice.userId));
  assert.equal(await membershipOf(bob, room, alice), "join");
  ok(await present(alice, room, proofOf(bob, alice, token)));
  assert.equal(await membershipOf(bob, room, alice), "join", "and a creator who presents it stays what they are");
});

test("who is invited already joins by that and uses nothing up; who is outside by their own will joins by a fresh proof", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoom(alice, { invite: [bob.userId] });
  const token = await inviteAddress(alice, room);
  ok(await present(bob, room, proofOf(alice, bob, token)));
  await leave(bob, room);
  ok(await present(bob, room, proofOf(alice, bob, token)));
  assert.equal(at(await getState(alice, room, "m.room.member", bob.userId), "membership"), "join");
});

test("only who may invite leaves an invitation for an address", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  forbidden(await trySetState(bob, room, "m.room.third_party_invite", keyed(), "t"));
  const carol = await server.stranger();
  forbidden(await trySetState(carol, room, "m.room.third_party_invite", keyed(), "t"));
});

test("an invitation of an address through the server is refused: it trusts no identity server", async () => {
  const [alice] = await pair();
  const room = await makeRoom(alice);
  const address = { id_server: "id.test", id_access_token: "x", medium: "email", address: "bob@example.org" };
  forbidden(await alice.post(route`/rooms/${room}/invite`, address));
  forbidden(await alice.post("/createRoom", { invite_3pid: [address] }));
});
