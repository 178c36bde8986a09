// Unread counts as clients get them, and the list of notifications.
import assert from "node:assert/strict";
import { test } from "node:test";
import { at, type Json, listAt, ok, recordAt, refused, route, type Session, textAt } from "@wardroom/testkit";
import { ignore } from "./relation-steps.test-support.ts";
import { act, leave, makeRoom, makeRoomWith, say, sayAll, send } from "./room-steps.test-support.ts";
import { useServer } from "./running-server.test-support.ts";
import { nextBatch, roomIn, sync } from "./sync-steps.test-support.ts";

const server = useServer();
const countsIn = (answer: Json, room: string) => {
  const counts = recordAt(roomIn(answer, "join", room) ?? null, "unread_notifications");
  return [counts["notification_count"], counts["highlight_count"]];
};
const counts = async (who: Session, room: string) => countsIn(await sync(who), room);
const mention = (who: Session) => ({ msgtype: "m.text", body: "you", "m.mentions": { user_ids: [who.userId] } });
const notifications = async (who: Session, query: Record<string, string> = {}) => ok(await who.get("/notifications", query));
const idsOf = (answer: Json) => listAt(answer, "notifications").map((entry) => textAt(entry, "event", "event_id"));

test("the count comes in the answer that brings the message, and a receipt takes it away", async () => {
  const [ada, bob] = await server.twoStrangers();
  const room = await makeRoomWith(ada, [bob]);
  const since = nextBatch(await sync(bob));
  await say(ada, room, "one");
  const last = await send(ada, room, "m.room.message", mention(bob));
  const answer = await sync(bob, { since });
  assert.deepEqual(countsIn(answer, room), [2, 1]);
  ok(await bob.post(route`/rooms/${room}/receipt/m.read.private/${last}`));
  assert.deepEqual(countsIn(await sync(bob, { since: nextBatch(answer) }), room), [0, 0]);
});

test("who does not ask for threads gets their words in the room's count", async () => {
  const [ada, bob] = await server.twoStrangers();
  const room = await makeRoomWith(ada, [bob]);
  const root = await say(ada, room, "root");
  const relation = { "m.relates_to": { rel_type: "m.thread", event_id: root } };
  await send(ada, room, "m.room.message", { msgtype: "m.text", body: "in the thread", ...relation });
  assert.deepEqual(await counts(bob, room), [2, 0]);
  ok(await bob.post(route`/rooms/${room}/receipt/m.read/${root}`, { thread_id: "main" }));
  assert.deepEqual(await counts(bob, room), [1, 0]);
});

test("one's own rules decide: a muted room counts nothing, a keyword can be a highlight", async () => {
  const [ada, bob] = await server.twoStrangers();
  const room = await makeRoomWith(ada, [bob]);
  await sayAll(ada, room, "I like cake", "and tea");
  assert.deepEqual(await counts(bob, room), [2, 0]);
  const actions = ["notify", { set_tweak: "highlight" }];
  ok(await bob.put("/pushrules/global/content/cake", { pattern: "cake", actions }));
  assert.deepEqual(await counts(bob, room), [2, 1]);
  ok(
    await bob.put(route`/pushrules/global/override/${room}`, {
      conditions: [{ kind: "event_match", key: "room_id", pattern: room }],
      actions: [],
    }),
  );
  assert.deepEqual(await counts(bob, room), [0, 0]);
  assert.deepEqual(await counts(ada, room), [0, 0], "one's own words never count");
});

test("what an ignored person says neither counts nor is listed, and counts again when they are ignored no more", async () => {
  const [ada, bob] = await server.twoStrangers();
  const room = await makeRoomWith(ada, [bob]);
  await send(ada, room, "m.room.message", mention(bob));
  assert.deepEqual(await counts(bob, room), [1, 1]);
  await ignore(bob, ada);
  await say(ada, room, "do you hear me?");
  assert.deepEqual(await counts(bob, room), [0, 0]);
  assert.deepEqual(idsOf(await notifications(bob)), []);
  await ignore(bob);
  assert.deepEqual(await counts(bob, room), [2, 1]);
});

test("notifications are listed newest first over all rooms, page by page, each once", async () => {
  const [ada, bob] = await server.twoStrangers();
  const [one, two] = [await makeRoomWith(ada, [bob]), await makeRoomWith(ada, [bob])];
  const said: string[] = [];
  for (let index = 0; index < 6; index += 1) said.push(await say(ada, index % 2 === 0 ? one : two, `m${index}`));
  await say(bob, one, "my own");
  await send(ada, two, "m.room.message", { msgtype: "m.notice", body: "silent" });
  const found: string[] = [];
  let from: string | undefined;
  for (let page = 0; page < 10; page += 1) {
    const answer = await notifications(bob, { limit: "2", ...(from === undefined ? {} : { from }) });
    found.push(...idsOf(answer));
    const next = at(answer, "next_token");
    if (typeof next !== "string") break;
    from = next;
  }
  assert.deepEqual(found, said.toReversed());
});

test("only highlights on request, and each says whether it was read", async () => {
  const [ada, bob] = await server.twoStrangers();
  const room = await makeRoomWith(ada, [bob]);
  const first = await send(ada, room, "m.room.message", mention(bob));
  await say(ada, room, "plain");
  ok(await bob.post(route`/rooms/${room}/receipt/m.read/${first}`));
  const second = await send(ada, room, "m.room.message", mention(bob));
  const answer = await notifications(bob, { only: "highlight" });
  assert.deepEqual(idsOf(answer), [second, first]);
  assert.deepEqual(
    listAt(answer, "notifications").map((entry) => at(entry, "read")),
    [false, true],
  );
  refused(await bob.get("/notifications", { from: "invented" }), 400, "M_INVALID_PARAM");
});

test("nothing is listed of rooms that one left, was banned from, is invited to or never saw, nor from before one joined, nor redacted", async () => {
  const [ada, bob] = await server.twoStrangers();
  const [left, banned] = [await makeRoomWith(ada, [bob]), await makeRoomWith(ada, [bob])];
  for (const room of [left, banned]) await say(ada, room, "while there");
  const invited = await makeRoom(ada, { preset: "private_chat", invite: [bob.userId] });
  const foreign = await makeRoom(ada, { preset: "public_chat" });
  for (const room of [invited, foreign]) await say(ada, room, "unseen");
  const joined = await makeRoom(ada, { preset: "public_chat" });
  await say(ada, joined, "before");
  ok(await bob.post(route`/join/${joined}`));
  const shown = await say(ada, joined, "after");
  const gone = await say(ada, joined, "oops");
  ok(await ada.put(route`/rooms/${joined}/redact/${gone}/${"r1"}`, {}));
  await leave(bob, left);
  await act(ada, "ban", banned, bob);
  assert.deepEqual(idsOf(await notifications(bob)), [shown]);
  assert.deepEqual(idsOf(await notifications(bob, { from: "nzzzzzzz" })), [shown], "an invented token opens nothing");
});

test("what ignored people write counts nothing and is no notification, from when they are ignored to when they are not", async () => {
  const [ada, bob] = await server.twoStrangers();
  const room = await makeRoomWith(ada, [bob]);
  await say(ada, room, "before");
  assert.deepEqual(await counts(bob, room), [1, 0]);
  const ignore = (names: Json) => bob.put(route`/user/${bob.userId}/account_data/m.ignored_user_list`, { ignored_users: names });
  ok(await ignore({ [ada.userId]: {} }));
  const last = await send(ada, room, "m.room.message", mention(bob));
  assert.deepEqual(await counts(bob, room), [0, 0]);
  assert.deepEqual(idsOf(await notifications(bob)), []);
  ok(await ignore({}));
  assert.deepEqual(await counts(bob, room), [2, 1]);
  assert.equal(idsOf(await notifications(bob))[0], last);
});
