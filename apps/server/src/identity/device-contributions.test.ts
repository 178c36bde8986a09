import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { recordsOf } from "#audit/test";
import type { PositionOffset, Storage } from "#storage";
import { openHouse, type TestHouse } from "./identity.test-support.ts";

// Another module's record of what became of devices: as the key server keeps one.
interface Change {
  readonly user_id: string;
  readonly device_id: string;
  readonly what: string;
  readonly position: number;
}
interface Tables {
  readonly device_notes: Change;
}
const columns = "user_id TEXT NOT NULL, device_id TEXT NOT NULL, what TEXT NOT NULL, position BIGINT NOT NULL";
const migrations = [{ id: "zz-test-notes", sql: [`CREATE TABLE device_notes (${columns})`] }];
const password = "correct horse battery";

let house: TestHouse;
const told: { readonly userId: string; readonly position: number }[] = [];
const statementsOf = ({ statements }: Storage) => ({
  insert: statements.write<Tables, { userId: string; deviceId: string; what: string; position: number }>((db, p) =>
    db.insertInto("device_notes").values({ user_id: p.userId, device_id: p.deviceId, what: p.what, position: p.position }),
  ),
  list: statements.read<Tables, { userId: string }, Change>((db, p) =>
    db.selectFrom("device_notes").selectAll().where("user_id", "=", p.userId).orderBy("position").orderBy("device_id"),
  ),
});
let notes: ReturnType<typeof statementsOf> | undefined;
const note = (what: string) => (userId: string, deviceId: string, position: PositionOffset) =>
  notes === undefined ? [] : [notes.insert({ userId, deviceId, what, position })];

before(async () => {
  house = await openHouse({ migrations, devicesPerUser: 3, onDeviceRemoved: [note("removed")], onDeviceChanged: [note("renamed")] });
  notes = statementsOf(house.storage);
  house.identity.onDeviceChange((userId, position) => void told.push({ userId, position }));
});
after(() => house.close());

let people = 0;
async function makePerson(...deviceIds: readonly string[]) {
  const { userId } = await house.identity.createAccount({ localpart: `person${(people += 1)}`, password });
  for (const deviceId of deviceIds) {
    house.clock.advance(1);
    await house.identity.createSession(userId, { deviceId });
  }
  const device = (deviceId: string) => ({ userId, deviceId, isAdmin: false });
  return { userId, device };
}
/** What the other module wrote, after checking that each commit's position was told. */
async function changesOf(userId: string): Promise<string[]> {
  const rows = (await notes?.list.all({ userId })) ?? [];
  const positions = [...new Set(rows.map(({ position }) => position))];
  assert.deepEqual(
    told.filter((each) => each.userId === userId).map(({ position }) => position),
    positions,
  );
  assert.ok(positions.every((position) => position > 0));
  return rows.map(({ device_id: deviceId, what }) => `${what} ${deviceId}`);
}

test("signing out writes what other modules contribute, at the position of its commit", async () => {
  const { userId, device } = await makePerson("A", "B");
  await house.identity.logout(device("A"));
  assert.deepEqual(await changesOf(userId), ["removed A"]);
});

test("so do signing out everywhere and a new password", async () => {
  const { userId } = await makePerson("A", "B", "C");
  await house.identity.setPassword(userId, "another horse battery", { endSessions: { exceptDeviceId: "B" } });
  assert.deepEqual(await changesOf(userId), ["removed A", "removed C"]);
  await house.identity.logoutAll(userId);
  assert.deepEqual(await changesOf(userId), ["removed A", "removed C", "removed B"]);
});

test("so does making room for a new device, and a sign-in that needs no room draws no position", async () => {
  const { userId } = await makePerson("A", "B", "C");
  assert.deepEqual(await changesOf(userId), []);
  await house.identity.createSession(userId, { deviceId: "D" });
  assert.deepEqual(await changesOf(userId), ["removed A"]);
});

test("so do deleting and naming devices, and those of others or of nobody are left alone", async () => {
  const { userId, device } = await makePerson("A", "B", "C");
  const other = await makePerson("OTHER");
  await house.identity.removeDevices(device("A"), ["A", "B", "B", "OTHER", "NOBODYS"]);
  await house.identity.renameDevice(device("C"), "C", "Phone");
  await assert.rejects(house.identity.renameDevice(device("C"), "OTHER", "mine"), { code: "M_NOT_FOUND" });
  await house.identity.removeDevices(device("C"), ["OTHER", "NOBODYS"]);
  assert.deepEqual(await changesOf(userId), ["removed A", "removed B", "renamed C"]);
  assert.deepEqual(await changesOf(other.userId), []);
  assert.deepEqual(await house.identity.listDevices(other.userId), [{ deviceId: "OTHER" }]);
});

test("each deleted or named device leaves a record with who did it, on which device", async () => {
  const { userId, device } = await makePerson("A", "B");
  await house.identity.renameDevice(device("A"), "B", "Phone");
  await house.identity.removeDevices(device("A"), ["B"]);
  const records = (await recordsOf(house.audit, 100)).filter(({ actor, event }) => actor === userId && event.startsWith("device."));
  assert.deepEqual(
    records.map(({ event, deviceId, target }) => ({ event, deviceId, target })),
    [
      { event: "device.deleted", deviceId: "A", target: "B" },
      { event: "device.renamed", deviceId: "A", target: "B" },
    ],
  );
  assert.doesNotMatch(JSON.stringify(records), /Phone/);
});
