// What an attacker with an account tried, and what must stay refused.
import assert from "node:assert/strict";
import { generateKeyPairSync, sign } from "node:crypto";
import { test } from "node:test";
import { canonicalJson, type JsonObject } from "@wardroom/matrix-core";
import { type Actor, MatrixError } from "#kernel";
import type { Rooms } from "./contract.ts";
import { history, openRooms, person, say } from "./rooms.test-support.ts";

const [ada, bob, cleo] = [person("ada"), person("bob"), person("cleo")];
const code = (expected: string) => (error: unknown) => error instanceof MatrixError && error.code === expected;

/** An invitation by third party for this person, signed with a key that the attacker published in the room. */
function forgedInvitation(mxid: string): { readonly published: JsonObject; readonly content: JsonObject } {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const raw = publicKey.export({ format: "der", type: "spki" }).subarray(-32).toString("base64").replace(/=+$/, "");
  const signed = { mxid, token: "tok" };
  const signature = sign(null, Buffer.from(canonicalJson(signed)), privateKey)
    .toString("base64")
    .replace(/=+$/, "");
  return {
    published: { display_name: "x", public_key: raw, key_validity_url: "https://x.test", public_keys: [{ public_key: raw }] },
    content: {
      membership: "invite",
      third_party_invite: { display_name: "x", signed: { ...signed, signatures: { test: { "ed25519:0": signature } } } },
    },
  };
}

test("a third-party invitation that a member wrote and signed puts nobody out and lets nobody in", async (context) => {
  const { rooms } = await openRooms(context);
  for (const roomVersion of ["10", "11", "12"]) {
    const { roomId } = await rooms.createRoom(ada, { roomVersion, preset: "private_chat", invite: [bob.userId] });
    await rooms.join(bob, { roomIdOrAlias: roomId });
    const put = (target: string, content: JsonObject) => rooms.sendState(bob, { roomId, type: "m.room.member", stateKey: target, content });
    const forged = forgedInvitation(ada.userId);
    const publish = { roomId, type: "m.room.third_party_invite", stateKey: "tok", content: forged.published };
    await rooms.sendState(bob, publish);
    await assert.rejects(put(ada.userId, forged.content), code("M_FORBIDDEN"), roomVersion);
    await say(rooms, ada, roomId, "still here");
    await rooms.changeMembership(ada, { roomId, userId: bob.userId, act: "kick" });
    await assert.rejects(put(bob.userId, forgedInvitation(bob.userId).content), code("M_FORBIDDEN"), roomVersion);
  }
});

const texts = (events: Awaited<ReturnType<Rooms["feed"]["stateAt"]>>, reader: Actor): string =>
  events.map((event) => event.clientJson(reader, "sync")).join();

test("state in the feed holds no prev_content from before the reader's time", async (context) => {
  const { rooms, storage } = await openRooms(context);
  const { roomId } = await rooms.createRoom(ada, { preset: "public_chat", initialState: [visibility("joined")] });
  const topic = (text: string) => rooms.sendState(ada, { roomId, type: "m.room.topic", stateKey: "", content: { topic: text } });
  await topic("secret plan");
  await topic("harmless");
  await rooms.join(bob, { roomIdOrAlias: roomId });
  const head = storage.durablePosition();
  assert.match(texts(await rooms.feed.stateAt(ada, roomId, head), ada), /secret plan/);
  assert.doesNotMatch(texts(await rooms.feed.stateAt(bob, roomId, head), bob), /secret plan/);
  assert.doesNotMatch(texts(await rooms.feed.stateBetween(bob, roomId, 0, head), bob), /secret plan/);
  assert.doesNotMatch((await rooms.listState(bob, roomId)).text, /secret plan/);
});

function visibility(value: string): { type: string; stateKey: string; content: JsonObject } {
  return { type: "m.room.history_visibility", stateKey: "", content: { history_visibility: value } };
}

test("who was in the room before one's time is not told, neither to members nor to strangers", async (context) => {
  const { rooms, storage } = await openRooms(context);
  const { roomId } = await rooms.createRoom(ada, { preset: "public_chat", initialState: [visibility("joined")] });
  await rooms.join(cleo, { roomIdOrAlias: roomId });
  const early = storage.durablePosition();
  await rooms.leave(cleo, { roomId });
  await rooms.join(bob, { roomIdOrAlias: roomId });
  await assert.rejects(rooms.listMembers(bob, roomId, { atPosition: early }), code("M_FORBIDDEN"));
  await rooms.listMembers(bob, roomId, { atPosition: storage.durablePosition() });
  await rooms.sendState(ada, { roomId, ...visibility("world_readable") });
  await assert.rejects(rooms.listMembers(person("dan"), roomId, { atPosition: early }), code("M_FORBIDDEN"));
});

test("a redaction made after somebody left is not told to them, and the reason of a redacted redaction to nobody", async (context) => {
  const house = await openRooms(context);
  const { rooms } = house;
  const { roomId } = await rooms.createRoom(ada, { preset: "public_chat", initialState: [visibility("joined")] });
  await rooms.join(bob, { roomIdOrAlias: roomId });
  const eventId = await say(rooms, ada, roomId, "a slip");
  await rooms.leave(bob, { roomId });
  const redaction = await rooms.redactEvent(ada, { roomId, eventId, reason: "because of bob", transactionId: "r1" });
  const seen = (await rooms.getEvent(bob, roomId, eventId)).text;
  assert.doesNotMatch(seen, /a slip|because of bob/);
  await rooms.redactEvent(ada, { roomId, eventId: redaction.eventId, transactionId: "r2" });
  for (const open of [async () => house, house.reopen]) {
    const { rooms: now } = await open();
    const { chunk } = await now.listMessages(ada, roomId, { direction: "b", limit: 20 });
    assert.doesNotMatch(chunk.join(), /because of bob/);
    assert.match(chunk.join(), /redacted_because/);
  }
});

test("two redactions of one event at once agree in memory and on disk which of them took the words", async (context) => {
  const house = await openRooms(context);
  const { roomId } = await house.rooms.createRoom(ada, {});
  const eventId = await say(house.rooms, ada, roomId, "a slip");
  const reasons = ["first", "second", "third"];
  await Promise.all(reasons.map((reason) => house.rooms.redactEvent(ada, { roomId, eventId, reason, transactionId: reason })));
  const because = async (rooms: Rooms) =>
    /"redacted_because":.*?"reason":"(\w+)"/.exec((await rooms.listMessages(ada, roomId, { direction: "b", limit: 50 })).chunk.join())?.[1];
  const told = await because(house.rooms);
  assert.ok(told !== undefined);
  assert.equal(await because((await house.reopen()).rooms), told);
});

test("a redaction is no state event, whoever may set state", async (context) => {
  const { rooms } = await openRooms(context);
  const { roomId } = await rooms.createRoom(ada, {});
  const eventId = await say(rooms, ada, roomId, "words");
  const put = { roomId, type: "m.room.redaction", stateKey: "k", content: { redacts: eventId } };
  await assert.rejects(rooms.sendState(ada, put), code("M_FORBIDDEN"));
});

test("history visibility under another state key than the empty one changes nothing", async (context) => {
  const { rooms } = await openRooms(context);
  const { roomId } = await rooms.createRoom(ada, { preset: "public_chat", initialState: [visibility("joined")] });
  const eventId = await say(rooms, ada, roomId, "before bob");
  await rooms.join(bob, { roomIdOrAlias: roomId });
  await assert.rejects(rooms.getEvent(bob, roomId, eventId), code("M_NOT_FOUND"));
  await rooms.sendState(ada, { roomId, ...visibility("shared"), stateKey: "x" });
  await assert.rejects(rooms.getEvent(bob, roomId, eventId), code("M_NOT_FOUND"));
});

test("receipts name threads that exist, and only so many of one person are kept", async (context) => {
  const { rooms } = await openRooms(context);
  const { roomId } = await rooms.createRoom(ada, { preset: "public_chat" });
  const eventId = await say(rooms, ada, roomId, "root");
  await assert.rejects(rooms.sendReceipt(ada, { roomId, type: "m.read", eventId, threadId: "invented" }), code("M_INVALID_PARAM"));
  for (let count = 0; count < 105; count += 1) {
    const root = await say(rooms, ada, roomId, `root ${count}`);
    await rooms.sendReceipt(ada, { roomId, type: "m.read", eventId: root, threadId: root });
  }
  assert.equal((await rooms.feed.receiptsBetween(ada, roomId, 0, Number.MAX_SAFE_INTEGER)).length, 100);
});

test("forgetting a room while an invitation comes in ends in one or the other, never in a fault", async (context) => {
  const { rooms } = await openRooms(context);
  const { roomId } = await rooms.createRoom(ada, {});
  for (let round = 0; round < 15; round += 1) {
    await rooms.changeMembership(ada, { roomId, userId: bob.userId, act: "invite" });
    await rooms.leave(bob, { roomId });
    const invite = rooms.changeMembership(ada, { roomId, userId: bob.userId, act: "invite" });
    const outcomes = await Promise.allSettled([rooms.forget(bob, roomId), invite]);
    for (const outcome of outcomes)
      if (outcome.status === "rejected") assert.ok(outcome.reason instanceof MatrixError, String(outcome.reason));
    if (round < 14) await rooms.leave(bob, { roomId });
  }
});

test("nobody invites an account that does not exist, by no way, and a stranger cannot tell rooms and events that exist from others", async (context) => {
  const { rooms } = await openRooms(context);
  const nobody = "@nobody:test";
  await assert.rejects(rooms.createRoom(ada, { invite: [nobody] }), code("M_NOT_FOUND"));
  const member = { type: "m.room.member", stateKey: nobody, content: { membership: "invite" } };
  await assert.rejects(rooms.createRoom(ada, { initialState: [member] }), code("M_NOT_FOUND"));
  const { roomId } = await rooms.createRoom(ada, {});
  await assert.rejects(rooms.sendState(ada, { roomId, ...member }), code("M_NOT_FOUND"));
  const eventId = await say(rooms, ada, roomId, "words");
  const tries = [roomId, "!missing:test"].flatMap((room) => [
    rooms.sendMessage(bob, { roomId: room, type: "t", content: {}, transactionId: "1" }),
    rooms.redactEvent(bob, { roomId: room, eventId, transactionId: "2" }),
    rooms.redactEvent(bob, { roomId: room, eventId: "$missing", transactionId: "3" }),
    rooms.listMessages(bob, room, { direction: "b", limit: 1 }),
  ]);
  for (const outcome of await Promise.allSettled(tries)) assert.ok(outcome.status === "rejected" && code("M_FORBIDDEN")(outcome.reason));
});

test("a room's state is bounded, and members still come and go when it is full", async (context) => {
  const { rooms } = await openRooms(context);
  const { roomId } = await rooms.createRoom(ada, { preset: "public_chat" });
  const fill = "x".repeat(60_000);
  const put = (key: number) => rooms.sendState(ada, { roomId, type: "org.example.fill", stateKey: String(key), content: { fill } });
  // 32 MiB in all: 520 of these fit, 600 do not.
  for (let start = 0; start < 520; start += 40) await Promise.all(Array.from({ length: 40 }, (_, index) => put(start + index)));
  await Promise.allSettled(Array.from({ length: 80 }, (_, index) => put(520 + index)));
  await assert.rejects(put(600), code("M_TOO_LARGE"));
  await rooms.join(bob, { roomIdOrAlias: roomId });
  await say(rooms, bob, roomId, "words are no state");
  await rooms.leave(bob, { roomId });
});

test("a page of large events ends early and loses none", async (context) => {
  const { rooms } = await openRooms(context);
  const { roomId } = await rooms.createRoom(ada, {});
  for (let count = 0; count < 40; count += 1) await say(rooms, ada, roomId, `${count} ${"x".repeat(60_000)}`);
  const first = await rooms.listMessages(ada, roomId, { direction: "b", limit: 1000 });
  assert.ok(first.chunk.length < 25 && first.end !== undefined, `${first.chunk.length} events in one page`);
  const bodies = await history(rooms, ada, roomId, 1000);
  assert.deepEqual(
    bodies.map((body) => Number.parseInt(body, 10)),
    Array.from({ length: 40 }, (_, index) => index),
  );
});

test("a request for a room is bounded in invitations and state, and names its alias in one place only", async (context) => {
  const { rooms } = await openRooms(context);
  const invite = Array.from({ length: 101 }, (_, index) => `@p${index}:test`);
  await assert.rejects(rooms.createRoom(ada, { invite }), code("M_INVALID_PARAM"));
  const initialState = Array.from({ length: 201 }, (_, index) => ({ type: "t", stateKey: String(index), content: {} }));
  await assert.rejects(rooms.createRoom(ada, { initialState }), code("M_INVALID_PARAM"));
  const alias = { type: "m.room.canonical_alias", stateKey: "", content: { alias: "#other:test" } };
  await assert.rejects(rooms.createRoom(ada, { initialState: [alias] }), code("M_BAD_ALIAS"));
  await assert.rejects(rooms.createRoom(ada, { invite: ["nobody"] }), code("M_INVALID_PARAM"));
});
