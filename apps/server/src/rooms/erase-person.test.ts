import assert from "node:assert/strict";
import { copyFileSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createSeededRandom } from "@wardroom/testkit";
import { silentLogger } from "#kernel";
import { openStorage } from "#storage";
import { history, openRooms, person, say } from "./rooms.test-support.ts";
import { createRooms, roomMigrations } from "./index.ts";

const [ada, bob] = [person("ada"), person("bob")];

test("an erased person's words are gone from every answer and file, and the room lives on", async (context) => {
  const house = await openRooms(context);
  const { rooms } = house;
  const { roomId } = await rooms.createRoom(ada, { preset: "public_chat", name: "Crew" });
  await rooms.setProfileField(bob, "displayname", "Bob the Builder");
  await rooms.join(bob, { roomIdOrAlias: roomId, reason: "curiosity killed" });
  await say(rooms, bob, roomId, "meet me at the harbour");
  await say(rooms, ada, roomId, "at what time?");
  assert.deepEqual(await history(rooms, ada, roomId), ["meet me at the harbour", "at what time?"]);

  await rooms.erasePerson(bob.userId);

  assert.deepEqual(await history(rooms, ada, roomId), ["(redacted)", "at what time?"]);
  const state = (await rooms.listState(ada, roomId)).text;
  assert.doesNotMatch(state, /Builder|curiosity/);
  assert.match(state, /"membership":"join"/);
  await say(rooms, ada, roomId, "hello?");
  const again = await house.reopen();
  await say(again.rooms, ada, roomId, "still here");
  assert.deepEqual(await history(again.rooms, ada, roomId), ["(redacted)", "at what time?", "hello?", "still here"]);
  for (const name of readdirSync(house.folder)) {
    assert.doesNotMatch(readFileSync(join(house.folder, name)).toString("latin1"), /harbour|Builder|curiosity/, name);
  }
});

test("an older copy of the store does not open an erased person's words with today's keys", async (context) => {
  const house = await openRooms(context);
  const { roomId } = await house.rooms.createRoom(ada, { preset: "public_chat" });
  await house.rooms.join(bob, { roomIdOrAlias: roomId });
  await say(house.rooms, bob, roomId, "meet me at the harbour");
  const before = await house.reopen();
  for (const file of ["store.db", "store.db-wal"]) {
    if (readdirSync(house.folder).includes(file)) copyFileSync(join(house.folder, file), join(house.folder, `old-${file}`));
  }
  await before.rooms.erasePerson(bob.userId);
  const { keys, clock } = before;
  const random = createSeededRandom("old copy");
  const storage = await openStorage({
    path: join(house.folder, "old-store.db"),
    pageKey: keys.storePageKey(),
    cipher: "aegis",
    migrations: roomMigrations,
    random,
    log: silentLogger,
  });
  try {
    const audit = { writes: () => [], refused: () => {}, observed: () => {} };
    const old = await createRooms({
      storage,
      keys,
      clock,
      random,
      serverName: "test",
      audit,
      accountExists: async () => true,
      log: silentLogger,
    });
    assert.deepEqual(await history(old, ada, roomId), ["(redacted)"]);
  } finally {
    await storage.close();
  }
});

test("somebody erased can be removed from a room, and comes back with a new key only", async (context) => {
  const house = await openRooms(context);
  const { rooms } = house;
  const { roomId } = await rooms.createRoom(ada, { preset: "public_chat" });
  await rooms.join(bob, { roomIdOrAlias: roomId });
  await say(rooms, bob, roomId, "old words");
  await rooms.erasePerson(bob.userId);
  await rooms.changeMembership(ada, { roomId, userId: bob.userId, act: "kick", reason: "left the company" });
  await rooms.join(bob, { roomIdOrAlias: roomId });
  await say(rooms, bob, roomId, "new words");
  assert.deepEqual(await history(rooms, ada, roomId), ["(redacted)", "new words"]);
});
