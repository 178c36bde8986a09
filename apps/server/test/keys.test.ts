import assert from "node:assert/strict";
import { test } from "node:test";
import { at, type Json, type JsonRecord, ok, recordAt, refused, type Session, textAt } from "@wardroom/testkit";
import { newCrossSigningKeys, newDeviceKeys, newSigningKey, verifiedBy } from "../src/e2ee/client-keys.test-support.ts";
import { useServer } from "./running-server.test-support.ts";

const server = useServer();
const upload = (by: Session, body: JsonRecord) => by.post("/keys/upload", body);
const query = async (by: Session, ...users: string[]): Promise<Json> =>
  ok(await by.post("/keys/query", { device_keys: Object.fromEntries(users.map((id) => [id, []])) }));
const claim = async (by: Session, of: Session): Promise<readonly string[]> => {
  const answer = ok(await by.post("/keys/claim", { one_time_keys: { [of.userId]: { [of.deviceId]: "signed_curve25519" } } }));
  return Object.keys(recordAt(answer, "one_time_keys", of.userId, of.deviceId));
};
const uploadCrossSigning = (by: Session, keys: JsonRecord, auth?: JsonRecord) =>
  by.post("/keys/device_signing/upload", auth === undefined ? keys : { ...keys, auth });
const passwordOf = ({ name, password }: Session, session: string): JsonRecord => ({
  type: "m.login.password",
  identifier: { type: "m.id.user", user: name },
  password,
  session,
});

test("keys that one person uploads another finds and claims: in order, each once, then the fallback key", async () => {
  const [alice, bob] = await server.twoStrangers();
  const device = newDeviceKeys(alice);
  const first = ok(await upload(alice, { device_keys: device.deviceKeys, one_time_keys: device.oneTimeKeys("B") }));
  assert.deepEqual(at(first, "one_time_key_counts"), { signed_curve25519: 1 });
  ok(await upload(alice, { one_time_keys: device.oneTimeKeys("A"), fallback_keys: device.fallbackKey("F") }));
  assert.deepEqual(at(await query(bob, alice.userId), "device_keys", alice.userId, alice.deviceId, "keys"), device.deviceKeys["keys"]);
  const claimed = [];
  for (let time = 0; time < 4; time += 1) claimed.push(...(await claim(bob, alice)));
  assert.deepEqual(claimed, ["signed_curve25519:B", "signed_curve25519:A", "signed_curve25519:F", "signed_curve25519:F"]);
  assert.deepEqual(at(ok(await upload(alice, {})), "one_time_key_counts"), { signed_curve25519: 0 });
});

test("whoever asks for many at once gets no key that another got", async () => {
  const [alice, bob] = await server.twoStrangers();
  const carol = await server.stranger();
  const device = newDeviceKeys(alice);
  const ids = Array.from({ length: 12 }, (_, index) => `K${index}`);
  ok(await upload(alice, { one_time_keys: device.oneTimeKeys(...ids) }));
  const got = (await Promise.all(Array.from({ length: 16 }, (_, index) => claim(index % 2 === 0 ? bob : carol, alice)))).flat();
  assert.equal(got.length, 12);
  assert.equal(new Set(got).size, 12);
});

test("keys in another's name or another device's are refused, and so is a body of the wrong shape", async () => {
  const [alice, bob] = await server.twoStrangers();
  const second = await server.http().login(alice.name, alice.password);
  for (const other of [bob, second]) refused(await upload(alice, { device_keys: newDeviceKeys(other).deviceKeys }), 400, "M_INVALID_PARAM");
  const { signatures: _signatures, ...unsigned } = newDeviceKeys(alice).deviceKeys;
  refused(await upload(alice, { device_keys: { ...unsigned, signatures: {} } }), 400, "M_INVALID_SIGNATURE");
  for (const body of [{ device_keys: 7 }, { one_time_keys: [] }, { fallback_keys: "x" }])
    refused(await upload(alice, body), 400, "M_BAD_JSON");
  for (const device_keys of [undefined, [], { [bob.userId]: {} }, { [bob.userId]: [7] }, { [bob.userId]: { PHONE: "PHONE" } }])
    refused(await alice.post("/keys/query", device_keys === undefined ? {} : { device_keys }), 400, "M_BAD_JSON");
  for (const one_time_keys of [{ [bob.userId]: [] }, { [bob.userId]: { PHONE: 7 } }])
    refused(await alice.post("/keys/claim", { one_time_keys }), 400, "M_BAD_JSON");
});

test("a query does not tell who has an account: nobody looks like a person without devices", async () => {
  const [alice, bob] = await server.twoStrangers();
  const answer = await query(alice, bob.userId, "@nobody-at-all:localhost", alice.userId, "@far:elsewhere.example");
  assert.deepEqual(at(answer, "device_keys"), { [bob.userId]: {}, "@nobody-at-all:localhost": {}, [alice.userId]: {} });
  assert.deepEqual(Object.keys(recordAt(answer, "failures")), ["elsewhere.example"]);
});

test("the first cross-signing keys need no password, the same again neither; others need it, for these very keys", async () => {
  const alice = await server.stranger();
  const [first, second, third] = [1, 2, 3].map(() => newCrossSigningKeys(alice.userId).keys);
  assert.ok(first && second && third);
  ok(await uploadCrossSigning(alice, first));
  ok(await uploadCrossSigning(alice, first));
  const challenge = await uploadCrossSigning(alice, second);
  assert.equal(challenge.status, 401);
  const auth = passwordOf(alice, textAt(challenge.json, "session"));
  assert.equal((await uploadCrossSigning(alice, second, { ...auth, password: "wrong" })).status, 401);
  assert.equal((await uploadCrossSigning(alice, third, auth)).status, 401, "another body");
  const master = async () => at(await query(alice, alice.userId), "master_keys", alice.userId, "keys");
  assert.deepEqual(await master(), at(first, "master_key", "keys"));
  ok(await uploadCrossSigning(alice, second, auth));
  assert.deepEqual(await master(), at(second, "master_key", "keys"));
  assert.equal((await uploadCrossSigning(alice, third, auth)).status, 401, "the proof is good for one act");
  assert.deepEqual(await master(), at(second, "master_key", "keys"));
});

test("another person's password does not replace one's keys", async () => {
  const [alice, bob] = await server.twoStrangers();
  ok(await uploadCrossSigning(alice, newCrossSigningKeys(alice.userId).keys));
  const keys = newCrossSigningKeys(alice.userId).keys;
  const session = textAt((await uploadCrossSigning(alice, keys)).json, "session");
  assert.equal((await uploadCrossSigning(alice, keys, passwordOf(bob, session))).status, 401);
  assert.equal((await uploadCrossSigning(bob, newCrossSigningKeys(alice.userId).keys)).status, 400, "nor under another's name");
});

test("cross-signing keys that are not signed by the master key are refused without a question", async () => {
  const alice = await server.stranger();
  const [keys, others] = [newCrossSigningKeys(alice.userId), newCrossSigningKeys(alice.userId)];
  const mixed = { ...keys.keys, self_signing_key: others.keys["self_signing_key"] ?? null };
  refused(await uploadCrossSigning(alice, mixed), 400, "M_INVALID_SIGNATURE");
  const { master_key: _master, ...rest } = keys.keys;
  refused(await uploadCrossSigning(alice, rest), 400, "M_MISSING_PARAM");
});

test("a person's devices are signed for all to see, another person for oneself only", async () => {
  const [alice, bob] = await server.twoStrangers();
  const carol = await server.stranger();
  const device = newDeviceKeys(alice);
  ok(await upload(alice, { device_keys: device.deviceKeys }));
  const [hers, his] = [newCrossSigningKeys(alice.userId), newCrossSigningKeys(bob.userId)];
  ok(await uploadCrossSigning(alice, hers.keys));
  ok(await uploadCrossSigning(bob, his.keys));
  const answer = ok(
    await alice.post("/keys/signatures/upload", {
      [alice.userId]: { [alice.deviceId]: device.signedBy(hers.selfSigning), GHOST: device.signedBy(hers.selfSigning) },
      [bob.userId]: { [his.master.publicKey]: verifiedBy(his.keys.master_key, alice, hers) },
      [carol.userId]: { [newSigningKey().publicKey]: verifiedBy(his.keys.master_key, alice, hers) },
    }),
  );
  assert.deepEqual(Object.keys(recordAt(answer, "failures")).sort(), [alice.userId, carol.userId].sort());
  assert.equal(at(answer, "failures", alice.userId, "GHOST", "errcode"), "M_NOT_FOUND");
  const bySelfSigning = `ed25519:${hers.selfSigning.publicKey}`;
  for (const seer of [alice, bob, carol]) {
    const keys = await query(seer, alice.userId, bob.userId);
    assert.ok(textAt(keys, "device_keys", alice.userId, alice.deviceId, "signatures", alice.userId, bySelfSigning));
    assert.equal(at(keys, "master_keys", bob.userId, "signatures", alice.userId) !== undefined, seer === alice);
    assert.equal(at(keys, "user_signing_keys", alice.userId) !== undefined, seer === alice);
    assert.equal(at(keys, "user_signing_keys", bob.userId) !== undefined, seer === bob);
  }
});

test("a device that signs out takes its keys along; under its name a new one may come", async () => {
  const [alice, bob] = await server.twoStrangers();
  const second = await server.http().login(alice.name, alice.password);
  const device = newDeviceKeys(second);
  ok(await upload(second, { device_keys: device.deviceKeys, one_time_keys: device.oneTimeKeys("A") }));
  refused(await upload(second, { device_keys: newDeviceKeys(second).deviceKeys }), 400, "M_INVALID_PARAM");
  ok(await second.post("/logout"));
  assert.deepEqual(at(await query(bob, alice.userId), "device_keys", alice.userId), {});
  assert.deepEqual(await claim(bob, second), []);
  const again = await server.http().login(alice.name, alice.password, second.deviceId);
  const fresh = newDeviceKeys(again);
  ok(await upload(again, { device_keys: fresh.deviceKeys }));
  assert.deepEqual(at(await query(bob, alice.userId), "device_keys", alice.userId, second.deviceId, "keys"), fresh.deviceKeys["keys"]);
});
