// The devices of a person: who may see, name and delete them, and what goes with them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Answer, at, type Json, type JsonRecord, listAt, ok, refused, route, type Session, textAt } from "@wardroom/testkit";
import { composeHouse, tablesWith } from "./composed-house.test-support.ts";
import { useServer } from "./running-server.test-support.ts";

const server = useServer();
const signInAgain = (who: Session, deviceId?: string) => server.http().login(who.name, who.password, deviceId);
const devicesOf = async (who: Session): Promise<readonly Json[]> => listAt(ok(await who.get("/devices")), "devices");
const idsOf = async (who: Session) => (await devicesOf(who)).map((device) => textAt(device, "device_id"));
const rename = (who: Session, deviceId: string, name: Json) => who.put(route`/devices/${deviceId}`, { display_name: name });

const deleteOne = (by: Session, deviceId: string, body: JsonRecord = {}) => by.request("DELETE", route`/devices/${deviceId}`, { body });
const deleteMany = (by: Session, devices: readonly string[], body: JsonRecord = {}) => by.post("/delete_devices", { ...body, devices });

function challenge(answer: Answer): string {
  assert.equal(answer.status, 401, answer.text);
  assert.deepEqual(at(answer.json, "flows"), [{ stages: ["m.login.password"] }]);
  return textAt(answer.json, "session");
}
const proof = (who: Session, session: string, password = who.password): JsonRecord => ({
  auth: { type: "m.login.password", identifier: { type: "m.id.user", user: who.name }, password, session },
});
/** Both steps, with the right password. */
async function confirmed(who: Session, ask: (body: JsonRecord) => Promise<Answer>): Promise<Answer> {
  return ask(proof(who, challenge(await ask({}))));
}
const isSignedOut = async (who: Session) => refused(await who.get("/account/whoami"), 401, "M_UNKNOWN_TOKEN");

test("a person sees all their devices with the names that they gave, and nobody else's", async () => {
  const [alice, bob] = await server.twoStrangers();
  const phone = await signInAgain(alice, "PHONE");
  ok(await rename(alice, "PHONE", "Alice's 电话"));
  assert.deepEqual(
    (await devicesOf(phone)).map((device) => [at(device, "device_id"), at(device, "display_name")]),
    [
      [alice.deviceId, `${alice.name}'s device`],
      ["PHONE", "Alice's 电话"],
    ],
  );
  assert.equal(at(ok(await alice.get(route`/devices/${"PHONE"}`)), "display_name"), "Alice's 电话");
  assert.ok(!(await idsOf(bob)).includes("PHONE"));
});

test("another person's device answers like one that does not exist, to reading, naming and deleting", async () => {
  const [alice, bob] = await server.twoStrangers();
  await signInAgain(bob, "BOBS");
  for (const id of ["BOBS", "NOBODYS", "constructor", "__proto__"]) {
    const [got, named] = [await alice.get(route`/devices/${id}`), await rename(alice, id, "mine")];
    refused(got, 404, "M_NOT_FOUND");
    refused(named, 404, "M_NOT_FOUND");
    ok(await confirmed(alice, (body) => deleteOne(alice, id, body)));
    ok(await confirmed(alice, (body) => deleteMany(alice, [id], body)));
  }
  assert.deepEqual((await idsOf(bob)).toSorted(), ["BOBS", bob.deviceId].toSorted());
  assert.equal(at(ok(await bob.get(route`/devices/${"BOBS"}`)), "display_name"), undefined);
});

test("a request without a name changes nothing, and one with an endless name or none that is text is refused", async () => {
  const alice = await server.stranger();
  ok(await alice.put(route`/devices/${alice.deviceId}`, {}));
  refused(await alice.put(route`/devices/${"NOBODYS"}`, {}), 404, "M_NOT_FOUND");
  for (const name of ["x".repeat(256), "ä".repeat(200), 7, null, {}])
    refused(await rename(alice, alice.deviceId, name), 400, ["M_BAD_JSON", "M_INVALID_PARAM"]);
  assert.equal(at(ok(await alice.get(route`/devices/${alice.deviceId}`)), "display_name"), `${alice.name}'s device`);
});

test("a device is deleted only with the password, and its token ends with it", async () => {
  const alice = await server.stranger();
  const phone = await signInAgain(alice);
  const session = challenge(await deleteOne(alice, phone.deviceId));
  const wrong = await deleteOne(alice, phone.deviceId, proof(alice, session, "wrong"));
  assert.equal(wrong.status, 401);
  assert.equal(at(wrong.json, "errcode"), "M_FORBIDDEN");
  ok(await phone.get("/account/whoami"));
  ok(await deleteOne(alice, phone.deviceId, proof(alice, session)));
  await isSignedOut(phone);
  assert.deepEqual(await idsOf(alice), [alice.deviceId]);
});

test("another's password proves nothing, however right it is", async () => {
  const [alice, mallory] = await server.twoStrangers();
  const session = challenge(await deleteOne(alice, alice.deviceId));
  const answer = await deleteOne(alice, alice.deviceId, proof(mallory, session));
  assert.equal(answer.status, 401);
  ok(await alice.get("/account/whoami"));
});

test("a confirmation is good for one device, one endpoint, one body, one asking device and one use", async () => {
  const alice = await server.stranger();
  const [phone, tablet] = [await signInAgain(alice), await signInAgain(alice)];
  const session = challenge(await deleteOne(alice, phone.deviceId));
  const auth = proof(alice, session);
  const elsewhere: readonly Answer[] = [
    await deleteOne(alice, tablet.deviceId, auth),
    await deleteMany(alice, [phone.deviceId], auth),
    await deleteOne(alice, phone.deviceId, { ...auth, more: 1 }).then(() => deleteOne(tablet, phone.deviceId, auth)),
  ];
  for (const answer of elsewhere) assert.equal(answer.status, 401, answer.asked);
  const many = challenge(await deleteMany(alice, [phone.deviceId]));
  assert.equal((await deleteMany(alice, [phone.deviceId, tablet.deviceId], proof(alice, many))).status, 401);
  ok(await tablet.get("/account/whoami"));
  ok(await deleteMany(alice, [phone.deviceId], proof(alice, many)));
  assert.equal((await deleteMany(alice, [phone.deviceId], proof(alice, many))).status, 401, "used up");
});

test("a confirmation that was begun before a restart is good after it", async () => {
  const alice = await server.stranger();
  const phone = await signInAgain(alice);
  const session = challenge(await deleteMany(alice, [phone.deviceId]));
  await server.process().restart();
  ok(await deleteMany(alice, [phone.deviceId], proof(alice, session)));
  await isSignedOut(phone);
});

test("a person deletes the device that asks, alone or among others, and gets an answer before it is signed out", async () => {
  const alice = await server.stranger();
  const [phone, tablet, laptop] = [await signInAgain(alice), await signInAgain(alice), await signInAgain(alice)];
  ok(await confirmed(alice, (body) => deleteOne(phone, phone.deviceId, body)));
  await isSignedOut(phone);
  ok(await confirmed(alice, (body) => deleteMany(tablet, [alice.deviceId, tablet.deviceId], body)));
  await isSignedOut(alice);
  await isSignedOut(tablet);
  assert.deepEqual(await idsOf(laptop), [laptop.deviceId]);
});

test("deleting devices of a wrong shape or number is refused before anything is asked", async () => {
  const alice = await server.stranger();
  for (const body of [{}, { devices: "A" }, { devices: [7] }, { devices: Array.from({ length: 1001 }, (_, index) => `D${index}`) }])
    refused(await alice.post("/delete_devices", body), 400, "M_BAD_JSON");
});

test("every batch that removes or renames devices draws a position, and tells it at the commit", async (context) => {
  const composed = await composeHouse(context);
  const { identity } = composed.house();
  const told: { userId: string; position: number }[] = [];
  identity.onDeviceChange((userId, position) => void told.push({ userId, position }));
  const alice = await composed.http().register("alice");
  const again = () => composed.http().login(alice.name, alice.password);
  assert.equal(told.length, 0, "a sign-in removes nothing");
  const [phone, tablet] = [await again(), await again()];
  ok(await rename(alice, phone.deviceId, "Phone"));
  ok(await confirmed(alice, (body) => deleteOne(alice, phone.deviceId, body)));
  ok(await tablet.post("/logout"));
  await identity.setPassword(alice.userId, "another long pass phrase", { endSessions: { exceptDeviceId: alice.deviceId } });
  ok(await alice.post("/logout/all"));
  assert.deepEqual(new Set(told.map(({ userId }) => userId)), new Set([alice.userId]));
  const positions = told.map(({ position }) => position);
  assert.equal(positions.length, 5);
  assert.ok(positions.every((position, index) => position > (positions[index - 1] ?? 0)));
});

test("the names of devices are sealed in the store", async (context) => {
  const composed = await composeHouse(context);
  const alice = await composed.http().register("alice");
  ok(await rename(alice, alice.deviceId, "an unmistakable name"));
  assert.equal(at(ok(await alice.get(route`/devices/${alice.deviceId}`)), "display_name"), "an unmistakable name");
  await composed.close();
  assert.deepEqual(await tablesWith(composed.dataDir, "an unmistakable name"), []);
});
