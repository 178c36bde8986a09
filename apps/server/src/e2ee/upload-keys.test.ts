import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { JsonObject } from "@wardroom/matrix-core";
import { recordsOf } from "#audit/test";
import type { Actor } from "#kernel";
import { asObject, newCurveKey, newCrossSigningKeys, newSigningKey, signed } from "./client-keys.test-support.ts";
import { dig, type KeyHouse, newDevice, openKeyHouse } from "./keys.test-support.ts";

let house: KeyHouse;
let batches = 0;
before(async () => {
  house = await openKeyHouse(() => {
    batches += 1;
  });
});
after(() => house.close());

let people = 0;
const someone = (deviceId = "PHONE") => house.signIn(`u${(people += 1)}`, deviceId);
const code = (expected: string) => (error: unknown) => {
  assert.equal(dig(error, "code"), expected, String(error));
  return true;
};
async function query(actor: Actor, userId = actor.userId): Promise<JsonObject> {
  return asObject(JSON.parse((await house.e2ee.queryKeys(actor, { [userId]: [] })).text));
}
const devicesOf = async (actor: Actor) => dig(await query(actor), "device_keys", actor.userId);

test("uploaded device keys are stored as they were signed, and the counts are said", async () => {
  const actor = await someone();
  const device = newDevice(actor);
  assert.deepEqual(await house.e2ee.uploadKeys(actor, { deviceKeys: device.deviceKeys }), { signed_curve25519: 0 });
  assert.deepEqual(await devicesOf(actor), { PHONE: device.deviceKeys });
  assert.deepEqual(await house.e2ee.uploadKeys(actor, { oneTimeKeys: device.oneTimeKeys(3) }), { signed_curve25519: 3 });
});

test("fifty one-time keys are one batch", async () => {
  const actor = await someone();
  const device = newDevice(actor);
  batches = 0;
  assert.deepEqual(await house.e2ee.uploadKeys(actor, { deviceKeys: device.deviceKeys, oneTimeKeys: device.oneTimeKeys(50) }), {
    signed_curve25519: 50,
  });
  assert.equal(batches, 1);
});

test("device keys of another person, of another device, under a foreign name or without the signing key are refused whole", async () => {
  const actor = await someone();
  const device = newDevice(actor);
  const again = (change: JsonObject) => {
    const { signatures: _signatures, ...rest } = device.deviceKeys;
    return signed({ ...rest, ...change }, actor.userId, "ed25519:PHONE", device.key);
  };
  const keys = asObject(device.deviceKeys["keys"]);
  const wrong: JsonObject[] = [
    again({ user_id: "@victim:test" }),
    again({ device_id: "OTHER" }),
    again({ keys: { ...keys, "curve25519:OTHER": newCurveKey() } }),
    again({ keys: { ...keys, PHONE: newCurveKey() } }),
    again({ keys: { ...keys, ":PHONE": newCurveKey() } }),
    again({ keys: { "curve25519:PHONE": newCurveKey() } }),
    again({ keys: { ...keys, "curve25519:PHONE": "short" } }),
    again({ keys: { ...keys, "curve25519:PHONE": `${newCurveKey()}=` } }),
    again({ keys: { ...keys, "curve25519:PHONE": 7 } }),
    again({ algorithms: "m.olm" }),
    again({ algorithms: [7] }),
  ];
  for (const deviceKeys of wrong) {
    await assert.rejects(house.e2ee.uploadKeys(actor, { deviceKeys, oneTimeKeys: device.oneTimeKeys(1) }), code("M_INVALID_PARAM"));
  }
  assert.deepEqual(await devicesOf(actor), {});
  assert.deepEqual(await house.e2ee.feed.oneTimeKeyCounts(actor), { signed_curve25519: 0 }, "nothing of them was stored");
});

test("two spellings of the same key are not both a key", async () => {
  const actor = await someone();
  const device = newDevice(actor);
  const key = Buffer.from(newCurveKey(), "base64").toString("base64").slice(0, 43);
  // The last letter says four bits of six: the next one means the same bytes.
  const other = key.slice(0, 42) + String.fromCharCode(key.charCodeAt(42) + 1);
  assert.deepEqual(Buffer.from(other, "base64"), Buffer.from(key, "base64"));
  const { signatures: _signatures, ...rest } = device.deviceKeys;
  const keys = { ...asObject(rest["keys"]), "curve25519:PHONE": other };
  const deviceKeys = signed({ ...rest, keys }, actor.userId, "ed25519:PHONE", device.key);
  await assert.rejects(house.e2ee.uploadKeys(actor, { deviceKeys }), code("M_INVALID_PARAM"));
});

test("device keys without the device's signature, or with a wrong one, are refused", async () => {
  const actor = await someone();
  const device = newDevice(actor);
  const { signatures: _signatures, ...rest } = device.deviceKeys;
  const stranger = signed(rest, actor.userId, "ed25519:PHONE", newSigningKey());
  const other = signed({ ...rest, algorithms: [] }, actor.userId, "ed25519:PHONE", device.key);
  for (const deviceKeys of [rest, { ...rest, signatures: {} }, stranger, { ...rest, signatures: other["signatures"] ?? {} }])
    await assert.rejects(house.e2ee.uploadKeys(actor, { deviceKeys }), code("M_INVALID_SIGNATURE"));
  assert.deepEqual(await devicesOf(actor), {});
});

test("a device never changes its identity keys, but may learn an algorithm; the same keys again change nothing", async () => {
  const actor = await someone();
  const device = newDevice(actor);
  await house.e2ee.uploadKeys(actor, { deviceKeys: device.deviceKeys });
  const position = house.e2ee.feed.lastDeviceListChange();
  await house.e2ee.uploadKeys(actor, { deviceKeys: device.deviceKeys });
  assert.equal(house.e2ee.feed.lastDeviceListChange(), position, "nobody has to ask again");
  await assert.rejects(house.e2ee.uploadKeys(actor, { deviceKeys: newDevice(actor).deviceKeys }), code("M_INVALID_PARAM"));
  const { signatures: _signatures, ...rest } = device.deviceKeys;
  const learnt = signed({ ...rest, algorithms: ["m.new"] }, actor.userId, "ed25519:PHONE", device.key);
  await house.e2ee.uploadKeys(actor, { deviceKeys: learnt });
  assert.deepEqual(await devicesOf(actor), { PHONE: learnt });
  assert.ok(house.e2ee.feed.lastDeviceListChange() > position);
});

test("a signature by the self-signing key may come with the device keys, and only if it is right", async () => {
  const actor = await someone();
  const identity = newCrossSigningKeys(actor.userId);
  await house.e2ee.uploadCrossSigningKeys(actor, identity.keys, "first");
  const name = `ed25519:${identity.selfSigning.publicKey}`;
  const right = newDevice(actor);
  await house.e2ee.uploadKeys(actor, { deviceKeys: signed(right.deviceKeys, actor.userId, name, identity.selfSigning) });
  const tablet = await house.signIn(actor.userId.slice(1, -5), "TABLET");
  const wrong = newDevice(tablet);
  await house.e2ee.uploadKeys(tablet, { deviceKeys: signed(wrong.deviceKeys, actor.userId, name, newSigningKey()) });
  const devices = await devicesOf(actor);
  assert.equal(typeof dig(devices, "PHONE", "signatures", actor.userId, name), "string");
  assert.equal(dig(devices, "TABLET", "signatures", actor.userId, name), undefined);
});

test("an identical one-time key is taken again in silence; another under its name is refused, and nothing is stored", async () => {
  const actor = await someone();
  const device = newDevice(actor);
  const keys = device.oneTimeKeys(2);
  await house.e2ee.uploadKeys(actor, { oneTimeKeys: keys });
  assert.deepEqual(await house.e2ee.uploadKeys(actor, { oneTimeKeys: keys }), { signed_curve25519: 2 });
  const clash = { ...device.oneTimeKeys(1), ...device.oneTimeKeys(1, 50) };
  await assert.rejects(
    house.e2ee.uploadKeys(actor, { deviceKeys: device.deviceKeys, oneTimeKeys: clash, fallbackKeys: device.fallbackKey("F") }),
    code("M_INVALID_PARAM"),
  );
  assert.deepEqual(await house.e2ee.feed.oneTimeKeyCounts(actor), { signed_curve25519: 2 });
  assert.deepEqual(await house.e2ee.feed.unusedFallbackKeyTypes(actor), []);
  assert.deepEqual(await devicesOf(actor), {});
});

test("one-time keys that are misnamed, unsigned, signed by another or too large are refused", async () => {
  const actor = await someone();
  const key = newSigningKey();
  const by = (userId: string, name: string) => signed({ key: newCurveKey() }, userId, name, key);
  const good = by(actor.userId, "ed25519:PHONE");
  const wrong: JsonObject[] = [
    { signed_curve25519: good },
    { ":A": good },
    { "Signed:A": good },
    { "signed_curve25519:": good },
    { [`signed_curve25519:${"x".repeat(200)}`]: good },
    { "signed_curve25519:A": newCurveKey() },
    { "signed_curve25519:A": { key: newCurveKey() } },
    { "signed_curve25519:A": { ...good, key: "short" } },
    { "signed_curve25519:A": by("@other:test", "ed25519:PHONE") },
    { "signed_curve25519:A": by(actor.userId, "ed25519:OTHER") },
    { "curve25519:A": 7 },
  ];
  for (const oneTimeKeys of wrong) {
    await assert.rejects(house.e2ee.uploadKeys(actor, { oneTimeKeys }), code("M_INVALID_PARAM"), JSON.stringify(oneTimeKeys));
    await assert.rejects(house.e2ee.uploadKeys(actor, { fallbackKeys: oneTimeKeys }), code("M_INVALID_PARAM"));
  }
  const large = { "curve25519:A": "x".repeat(5000) };
  await assert.rejects(house.e2ee.uploadKeys(actor, { oneTimeKeys: large }), code("M_TOO_LARGE"));
  await assert.rejects(
    house.e2ee.uploadKeys(actor, { fallbackKeys: { "curve25519:A": "a", "curve25519:B": "b" } }),
    code("M_INVALID_PARAM"),
  );
});

test("a device keeps at most three hundred unclaimed keys", async () => {
  const actor = await someone();
  const device = newDevice(actor);
  await house.e2ee.uploadKeys(actor, { oneTimeKeys: device.oneTimeKeys(300) });
  await assert.rejects(house.e2ee.uploadKeys(actor, { oneTimeKeys: device.oneTimeKeys(1, 301) }), code("M_TOO_LARGE"));
  assert.deepEqual(await house.e2ee.feed.oneTimeKeyCounts(actor), { signed_curve25519: 300 });
});

test("names that every object has are names like others", async () => {
  const actor = await someone("constructor");
  const device = newDevice(actor);
  const oneTimeKeys = asObject(JSON.parse(JSON.stringify({ "curve25519:__proto__": "a", "curve25519:constructor": "b" })));
  await house.e2ee.uploadKeys(actor, { deviceKeys: device.deviceKeys, oneTimeKeys });
  assert.deepEqual(await house.e2ee.feed.oneTimeKeyCounts(actor), { signed_curve25519: 0, curve25519: 2 });
  assert.deepEqual(await devicesOf(actor), { constructor: device.deviceKeys });
});

test("a device that was signed out meanwhile leaves no keys behind", async () => {
  const actor = await someone();
  const device = newDevice(actor);
  await house.identity.logout(actor);
  const upload = { deviceKeys: device.deviceKeys, oneTimeKeys: device.oneTimeKeys(1) };
  await assert.rejects(house.e2ee.uploadKeys(actor, upload), code("M_UNKNOWN_TOKEN"));
  const other = await house.signIn(actor.userId.slice(1, -5), "OTHER");
  assert.deepEqual(await devicesOf(other), {});
});

test("the upload of device keys is in the audit, that of one-time keys is not", async () => {
  const actor = await someone();
  const device = newDevice(actor);
  const mine = async () =>
    (await recordsOf(house.audit, 500)).filter((record) => record.actor === actor.userId && record.event.startsWith("keys."));
  await house.e2ee.uploadKeys(actor, { oneTimeKeys: device.oneTimeKeys(1) });
  assert.equal((await mine()).length, 0);
  await house.e2ee.uploadKeys(actor, { deviceKeys: device.deviceKeys });
  assert.deepEqual(
    (await mine()).map(({ event, deviceId }) => [event, deviceId]),
    [["keys.device.uploaded", "PHONE"]],
  );
});
