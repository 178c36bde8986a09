import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { isJsonObject, type JsonObject, parseJson } from "@wardroom/matrix-core";
import type { Actor, OutboundAnswer, OutboundHttp } from "#kernel";
import { openPush, person, type PushHouse, redact, say, send } from "./push.test-support.ts";

const [ada, bob, cleo] = [person("ada"), person("bob"), person("cleo")];
const URL_OF_GATEWAY = "https://push.example.org/_matrix/push/v1/notify";
const done: OutboundAnswer = { status: 200, body: `{"rejected":[]}` };

const pusher = (pushkey: string, rest: JsonObject = {}) => ({
  app_id: "org.example.app",
  pushkey,
  app_display_name: "Example",
  device_display_name: "phone",
  lang: "en",
  data: { url: URL_OF_GATEWAY, custom: "kept", ...rest },
  append: false,
});

/** A gateway that notes what it is told and answers as the test says. */
function createGateway(answer: (told: JsonObject) => OutboundAnswer | Promise<OutboundAnswer> = () => done) {
  const told: JsonObject[] = [];
  let waiting: (() => void)[] = [];
  const outbound: OutboundHttp = {
    check: () => undefined,
    async post(_url, json) {
      const body = parseJson(json);
      assert.ok(isJsonObject(body) && isJsonObject(body["notification"]));
      told.push(body["notification"]);
      for (const wake of waiting.splice(0)) wake();
      return answer(body["notification"]);
    },
  };
  const until = async (count: number): Promise<void> => {
    while (told.length < count) {
      await new Promise<void>((resolve) => {
        waiting = [...waiting, resolve];
      });
    }
  };
  return { outbound, told, until };
}

const pushkeyOf = (notification: JsonObject | undefined): unknown => {
  const [device] = Array.isArray(notification?.["devices"]) ? notification["devices"] : [];
  return isJsonObject(device ?? null) ? (device as JsonObject)["pushkey"] : undefined; // an object, said so just before
};

async function roomWith(context: TestContext, gateway: ReturnType<typeof createGateway>, content: "id_only" | "full" = "id_only") {
  const house = await openPush(context, { outbound: gateway.outbound, config: { content } });
  const { roomId } = await house.rooms.createRoom(ada, { preset: "public_chat" });
  for (const who of [bob, cleo]) await house.rooms.join(who, { roomIdOrAlias: roomId });
  return { house, roomId };
}
const labelReads = ({ rooms }: PushHouse, roomId: string) =>
  rooms.sendState(ada, { roomId, type: "org.wardroom.room.label", stateKey: "", content: { record_reads: true } });
const listed = async ({ push }: PushHouse, who: Actor) => (await push.listPushers(who)).map(({ pushkey }) => pushkey);

test("the gateway learns ids, counts and what the pusher gave it, and no word, whatever the pusher asked for", async (context) => {
  const gateway = createGateway();
  const { house, roomId } = await roomWith(context, gateway);
  await house.push.setPusher(bob, pusher("key"));
  const eventId = await say(house.rooms, ada, roomId, "the words themselves");
  await gateway.until(1);
  const [told] = gateway.told;
  const device = { app_id: "org.example.app", pushkey: "key", pushkey_ts: Math.floor(house.clock.now() / 1000), data: { custom: "kept" } };
  assert.deepEqual(
    parseJson(JSON.stringify(told)),
    parseJson(JSON.stringify({ event_id: eventId, room_id: roomId, prio: "low", counts: { unread: 1 }, devices: [device] })),
  );
});

test("with full content unencrypted words are told, encrypted ones and those of pushers that want ids only are not", async (context) => {
  const gateway = createGateway();
  const { house, roomId } = await roomWith(context, gateway, "full");
  await house.push.setPusher(bob, pusher("full"));
  await send(house.rooms, ada, roomId, { body: "hello bob", "m.mentions": { user_ids: [bob.userId] } });
  await gateway.until(1);
  assert.match(JSON.stringify(gateway.told[0]), /hello bob.*"tweaks":\{"sound":"default","highlight":true\}/);
  await send(house.rooms, ada, roomId, { ciphertext: "sealed words" }, "m.room.encrypted");
  await gateway.until(2);
  assert.doesNotMatch(JSON.stringify(gateway.told[1]), /sealed words|tweaks|sender/);
  await house.push.setPusher(bob, pusher("full", { format: "event_id_only" }));
  await say(house.rooms, ada, roomId, "hidden");
  await gateway.until(3);
  assert.doesNotMatch(JSON.stringify(gateway.told[2]), /hidden|tweaks/);
});

test("only who is in the room and whose rules say so is told: not the sender, not who left, not who muted it", async (context) => {
  const gateway = createGateway();
  const { house, roomId } = await roomWith(context, gateway);
  const dora = person("dora");
  await house.rooms.join(dora, { roomIdOrAlias: roomId });
  for (const who of [ada, bob, cleo, dora, person("stranger")]) await house.push.setPusher(who, pusher(who.userId));
  await house.rooms.leave(dora, { roomId });
  await house.accountData.pushRule.put(cleo, { kind: "room", ruleId: roomId }, { actions: [] });
  await say(house.rooms, ada, roomId, "one");
  await say(house.rooms, bob, roomId, "the end");
  await gateway.until(2);
  assert.deepEqual(new Set(gateway.told.map(pushkeyOf)), new Set([ada.userId, bob.userId]));
});

test("an invitation is told to the invited, who is not in the room yet", async (context) => {
  const gateway = createGateway();
  const house = await openPush(context, { outbound: gateway.outbound });
  await house.push.setPusher(bob, pusher("key"));
  const { roomId } = await house.rooms.createRoom(ada, { preset: "private_chat" });
  await house.rooms.changeMembership(ada, { roomId, userId: bob.userId, act: "invite" });
  await gateway.until(1);
  assert.equal(gateway.told[0]?.["room_id"], roomId);
  await say(house.rooms, ada, roomId, "not for the invited");
  await house.rooms.join(bob, { roomIdOrAlias: roomId });
  await say(house.rooms, ada, roomId, "for members");
  await gateway.until(2);
  assert.equal(gateway.told.length, 2);
});

test("while a gateway is slow only the newest is kept for it, and another person's gateway does not wait", async (context) => {
  const { promise, resolve } = Promise.withResolvers<OutboundAnswer>();
  const gateway = createGateway((told) => (pushkeyOf(told) === "slow" && gateway.told.length === 1 ? promise : done));
  const { house, roomId } = await roomWith(context, gateway);
  await house.push.setPusher(bob, pusher("slow"));
  await say(house.rooms, ada, roomId, "first");
  await gateway.until(1);
  await house.push.setPusher(cleo, pusher("quick"));
  await say(house.rooms, ada, roomId, "second");
  const last = await say(house.rooms, ada, roomId, "third");
  await come(() => gateway.told.some((notification) => pushkeyOf(notification) === "quick" && notification["event_id"] === last));
  resolve(done);
  const toSlow = () => gateway.told.filter((notification) => pushkeyOf(notification) === "slow").map(({ event_id }) => event_id);
  await come(() => toSlow().length > 1);
  await settle();
  assert.deepEqual(toSlow().slice(1), [last]);
});

test("what fails is tried again later, with the newest, and is not sent when it was read meanwhile", async (context) => {
  let status = 500;
  const gateway = createGateway(() => ({ status, body: undefined }));
  const { house, roomId } = await roomWith(context, gateway);
  await house.push.setPusher(bob, pusher("key"));
  await say(house.rooms, ada, roomId, "one");
  await gateway.until(1);
  const second = await say(house.rooms, ada, roomId, "two");
  await house.push.unread(bob, roomId, Number.MAX_SAFE_INTEGER);
  await settle();
  assert.equal(gateway.told.length, 1, "no new event makes it try sooner");
  status = 200;
  house.fireTimers();
  await gateway.until(2);
  assert.equal(gateway.told[1]?.["event_id"], second);
  status = 500;
  const third = await say(house.rooms, ada, roomId, "three");
  await gateway.until(3);
  await settle();
  await house.rooms.sendReceipt(bob, { roomId, type: "m.read.private", eventId: third });
  house.fireTimers();
  await settle();
  assert.equal(gateway.told.length, 3);
});

test("what was redacted before it was sent is not sent", async (context) => {
  const gateway = createGateway(() => ({ status: 503, body: undefined }));
  const { house, roomId } = await roomWith(context, gateway);
  await house.push.setPusher(bob, pusher("key"));
  const eventId = await say(house.rooms, ada, roomId, "oops");
  await gateway.until(1);
  await settle();
  await redact(house.rooms, ada, roomId, eventId);
  house.fireTimers();
  await settle();
  assert.equal(gateway.told.length, 1);
});

test("a pushkey that the gateway rejects is removed, other pushers of the person stay, and other words of the gateway mean nothing", async (context) => {
  const gateway = createGateway((told) => ({
    status: 200,
    body: pushkeyOf(told) === "dead" ? `{"rejected":["dead","living"]}` : "no json",
  }));
  const { house, roomId } = await roomWith(context, gateway);
  await house.push.setPusher(bob, pusher("dead"));
  await house.push.setPusher(bob, pusher("living"));
  await say(house.rooms, ada, roomId, "one");
  await gateway.until(2);
  await come(async () => (await listed(house, bob)).length < 2);
  assert.deepEqual(await listed(house, bob), ["living"]);
  assert.deepEqual(await listed(await house.reopen(), bob), ["living"]);
});

test("pushers go with their device, also one that was on its way when the device went, and do not come back by a restart", async (context) => {
  const gateway = createGateway();
  const { house, roomId } = await roomWith(context, gateway);
  const tablet = person("bob", "TABLET");
  await house.push.setPusher(bob, pusher("phone"));
  await house.push.setPusher(tablet, pusher("tablet"));
  house.revoke(bob.userId, bob.deviceId);
  assert.deepEqual(await listed(house, bob), ["tablet"]);
  const late = house.push.setPusher(bob, pusher("late"));
  house.revoke(bob.userId, bob.deviceId);
  await assert.rejects(late, { code: "M_UNKNOWN_TOKEN" });
  assert.deepEqual(await listed(house, bob), ["tablet"]);
  await say(house.rooms, ada, roomId, "one");
  await gateway.until(1);
  assert.deepEqual(gateway.told.map(pushkeyOf), ["tablet"]);
  await settle();
  assert.deepEqual(await listed(await house.reopen(), bob), ["tablet"]);
});

test("a pusher that is set when its device is gone leaves no row, not even for the time after a restart", async (context) => {
  const house = await openPush(context, { outbound: createGateway().outbound });
  house.removeDevice(bob.userId, bob.deviceId);
  await assert.rejects(house.push.setPusher(bob, pusher("late")), { code: "M_UNKNOWN_TOKEN" });
  assert.deepEqual(await listed(house, bob), []);
  assert.deepEqual(await listed(await house.reopen(), bob), []);
});

test("nothing is pushed of people whom the receiver ignores, not even an invitation", async (context) => {
  const gateway = createGateway();
  const { house, roomId } = await roomWith(context, gateway);
  await house.push.setPusher(bob, pusher("key"));
  await house.accountData.put(bob, undefined, "m.ignored_user_list", { ignored_users: { [ada.userId]: {} } });
  const other = await house.rooms.createRoom(ada, { preset: "private_chat" });
  await house.rooms.changeMembership(ada, { act: "invite", roomId: other.roomId, userId: bob.userId });
  await say(house.rooms, ada, roomId, "ignored");
  const heard = await say(house.rooms, cleo, roomId, "heard");
  await gateway.until(1);
  assert.deepEqual(
    gateway.told.map(({ event_id: id }) => id),
    [heard],
  );
});

test("a pushkey set by another person without append leaves its former owner, with append both keep it", async (context) => {
  const house = await openPush(context, { outbound: createGateway().outbound });
  await house.push.setPusher(bob, pusher("shared"));
  await house.push.setPusher(cleo, { ...pusher("shared"), append: true });
  assert.deepEqual([await listed(house, bob), await listed(house, cleo)], [["shared"], ["shared"]]);
  await house.push.setPusher(ada, { ...pusher("shared"), app_id: "another.app" });
  assert.deepEqual(await listed(house, bob), ["shared"]);
  await house.push.setPusher(ada, pusher("shared"));
  assert.deepEqual([await listed(house, bob), await listed(house, cleo)], [[], []]);
  const again = await house.reopen();
  assert.deepEqual([await listed(again, bob), await listed(again, ada)], [[], ["shared", "shared"]]);
});

test("setting a pusher again changes it, deleting one that is not there is no fault, and the oldest of fifty makes way", async (context) => {
  const house = await openPush(context, { outbound: createGateway().outbound });
  for (let number = 0; number < 51; number += 1) {
    house.clock.advance(1);
    await house.push.setPusher(bob, pusher(`key${number}`));
  }
  await house.push.setPusher(bob, { ...pusher("key50"), lang: "zh" });
  const pushers = await house.push.listPushers(bob);
  assert.deepEqual([pushers.length, pushers[0]?.["pushkey"], pushers.at(-1)?.["lang"]], [50, "key1", "zh"]);
  await house.push.removePusher(bob, { app_id: "org.example.app", pushkey: "key1" });
  await house.push.removePusher(bob, { app_id: "org.example.app", pushkey: "key1" });
  await house.push.removePusher(cleo, { app_id: "org.example.app", pushkey: "key2" });
  assert.equal((await listed(await house.reopen(), bob)).length, 49);
});

test("the store holds neither pushkey nor address, and an erased person is pushed to no more", async (context) => {
  const gateway = createGateway();
  const { house, roomId } = await roomWith(context, gateway);
  await house.push.setPusher(bob, pusher("a-secret-pushkey"));
  interface Tables {
    readonly pushers: { readonly content: Uint8Array; readonly pushkey_hash: string };
  }
  const rows = await house.storage.statements
    .read<Tables, Record<never, never>, Tables["pushers"]>((db) => db.selectFrom("pushers").selectAll())
    .all({});
  assert.equal(rows.length, 1);
  for (const row of rows) assert.doesNotMatch(Buffer.from(row.content).toString("latin1") + row.pushkey_hash, /secret|example/);
  await house.keys.destroyPerson(bob.userId);
  await house.push.setPusher(cleo, pusher("cleo"));
  await say(house.rooms, ada, roomId, "one");
  await gateway.until(1);
  await settle();
  assert.deepEqual(gateway.told.map(pushkeyOf), ["cleo"]);
  await assert.rejects(house.push.setPusher(bob, pusher("again")), { code: "M_USER_DEACTIVATED" });
});

/** Lets what runs in the background come to its end: it waits for nothing but the store. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}

/** Waits for what is about to happen; the runner's limit ends the test if it does not. */
async function come(isThere: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isThere())) await settle();
}

test("an ignored person's words and invitations wake no phone", async (context) => {
  const gateway = createGateway();
  const { house, roomId } = await roomWith(context, gateway);
  await house.push.setPusher(bob, pusher("bob"));
  await house.accountData.put(bob, undefined, "m.ignored_user_list", { ignored_users: { [ada.userId]: {} } });
  const { roomId: other } = await house.rooms.createRoom(ada, { preset: "private_chat" });
  await say(house.rooms, ada, roomId, "do you hear me?");
  await house.rooms.changeMembership(ada, { roomId: other, userId: bob.userId, act: "invite" });
  const heard = await say(house.rooms, cleo, roomId, "hello");
  await gateway.until(1);
  assert.deepEqual(
    gateway.told.map(({ event_id }) => event_id),
    [heard],
  );
});

test("words that go to a phone by its gateway are a read where the room records reads; ids are none", async (context) => {
  for (const content of ["full", "id_only"] as const) {
    const gateway = createGateway();
    const { house, roomId } = await roomWith(context, gateway, content);
    await labelReads(house, roomId);
    await house.push.setPusher(bob, pusher("one"));
    await say(house.rooms, ada, roomId, "the albatross");
    await gateway.until(1);
    const read = { event: "room.read", actor: bob.userId, deviceId: bob.deviceId, roomId, outcome: "done", reason: "push" };
    assert.deepEqual(house.observed, content === "full" ? [read] : []);
  }
});

test("a page of notifications is a read of the rooms that are on it and record reads", async (context) => {
  const { house, roomId } = await roomWith(context, createGateway());
  const { roomId: quiet } = await house.rooms.createRoom(ada, { preset: "public_chat" });
  await house.rooms.join(bob, { roomIdOrAlias: quiet });
  for (const room of [roomId, quiet]) await labelReads(house, room);
  await say(house.rooms, ada, roomId, "one");
  await say(house.rooms, ada, roomId, "two");
  const reads = () => house.observed.map(({ actor, roomId: room, reason }) => [actor, room, reason]);
  await house.push.unread(bob, roomId, house.storage.durablePosition());
  assert.deepEqual(reads(), [], "counting is no read");
  await house.push.listNotifications(bob, { limit: 10, onlyHighlights: true });
  assert.deepEqual(reads(), [], "nothing was on the page");
  await house.push.listNotifications(bob, { limit: 10, onlyHighlights: false });
  assert.deepEqual(reads(), [[bob.userId, roomId, "notifications"]]);
});
