// Children of events: who sees which of them, in what order, and what may not be said twice.
import assert from "node:assert/strict";
import { test } from "node:test";
import { at, type Json, listAt, ok, refused, type Session, textAt } from "@wardroom/testkit";
import { edit, ignore, react, refer, relating, relations, reply, tryReact, tryRelations } from "./relation-steps.test-support.ts";
import {
  act,
  bodiesOf,
  history,
  idsOf,
  join,
  leave,
  makeRoom,
  makeRoomWith,
  redact,
  say,
  send,
  setState,
  trySend,
} from "./room-steps.test-support.ts";
import { useServer } from "./running-server.test-support.ts";
import { now } from "./sync-steps.test-support.ts";

const server = useServer();
const pair = server.twoStrangers;

const childrenOf = async (
  by: Session,
  room: string,
  eventId: string,
  ...rest: readonly [query?: Readonly<Record<string, string>>, ...filters: string[]]
) => idsOf(listAt(await relations(by, room, eventId, ...rest), "chunk"));

test("children come newest first or oldest first, by kind and by type", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  const root = await say(alice, room, "root");
  const reaction = await react(bob, room, root, "👍");
  const first = await reply(bob, room, root);
  await say(alice, room, "something else");
  const vote = await refer(alice, room, root);
  assert.deepEqual(await childrenOf(alice, room, root), [vote, first, reaction]);
  assert.deepEqual(await childrenOf(alice, room, root, { dir: "f" }), [reaction, first, vote]);
  assert.deepEqual(await childrenOf(alice, room, root, {}, "m.annotation"), [reaction]);
  assert.deepEqual(await childrenOf(alice, room, root, {}, "m.annotation", "m.reaction"), [reaction]);
  assert.deepEqual(await childrenOf(alice, room, root, {}, "m.annotation", "m.room.message"), []);
  assert.deepEqual(await childrenOf(alice, room, vote), [], "an event without children has an empty page");
  for (const name of ["constructor", "__proto__", "%"]) assert.deepEqual(await childrenOf(alice, room, root, {}, name), []);
});

test("pages of children join up in both directions, and their tokens serve /messages and those of /sync serve them", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  const root = await say(alice, room, "root");
  const ids: string[] = [];
  for (let count = 0; count < 5; count += 1) ids.push(await reply(bob, room, root, `${count}`));
  const token = await now(alice);
  const late = await reply(alice, room, root, "late");
  for (const dir of ["b", "f"] as const) {
    const all = dir === "f" ? [...ids, late] : [...ids, late].toReversed();
    const seen: string[] = [];
    let from: string | undefined;
    for (let page = 0; page < 10; page += 1) {
      const answer = await relations(alice, room, root, { dir, limit: "2", ...(from === undefined ? {} : { from }) });
      assert.equal(at(answer, "prev_batch"), from);
      assert.equal(at(answer, "recursion_depth"), undefined);
      seen.push(...idsOf(listAt(answer, "chunk")));
      from = at(answer, "next_batch") === undefined ? undefined : textAt(answer, "next_batch");
      if (from === undefined) break;
    }
    assert.deepEqual(seen, all, dir);
  }
  assert.deepEqual(await childrenOf(alice, room, root, { from: token }), ids.toReversed(), "backwards from a token of /sync");
  assert.deepEqual(await childrenOf(alice, room, root, { from: token, dir: "f" }), [late]);
  assert.deepEqual(await childrenOf(alice, room, root, { to: token }), [late]);
  const half = textAt(await relations(alice, room, root, { limit: "3" }), "next_batch");
  assert.deepEqual(bodiesOf(await history(alice, room, { from: half })).slice(0, 3), ["2", "1", "0"]);
  refused(await tryRelations(alice, room, root, { from: "nonsense" }), 400, "M_INVALID_PARAM");
  refused(await tryRelations(alice, room, root, { limit: "-1" }), 400, "M_INVALID_PARAM");
});

test("with recursion children of children come too, three levels deep, and a filter holds on every level", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  const root = await say(alice, room, "root");
  const one = await reply(alice, room, root);
  const two = await react(bob, room, one, "👍");
  const three = await refer(bob, room, two);
  await refer(alice, room, three);
  const deep = await relations(alice, room, root, { recurse: "true" });
  assert.deepEqual(idsOf(listAt(deep, "chunk")), [three, two, one]);
  assert.equal(at(deep, "recursion_depth"), 3);
  assert.deepEqual(await childrenOf(alice, room, root, { recurse: "true" }, "m.thread"), [one]);
  assert.deepEqual(await childrenOf(alice, room, root, { recurse: "true" }, "m.reference"), [], "only by way of others");
  assert.equal(at(await relations(alice, room, root, { recurse: "false" }), "recursion_depth"), 1);
});

test("encrypted events relate by what stands in clear", async () => {
  const [alice] = await pair();
  const room = await makeRoom(alice);
  const root = await send(alice, room, "m.room.encrypted", { algorithm: "m.megolm.v1.aes-sha2", ciphertext: "x" });
  const child = await send(
    alice,
    room,
    "m.room.encrypted",
    relating("m.thread", root, { algorithm: "m.megolm.v1.aes-sha2", ciphertext: "y" }),
  );
  assert.deepEqual(await childrenOf(alice, room, root, {}, "m.thread", "m.room.encrypted"), [child]);
});

test("a redacted child is a child no more, and a redacted parent keeps its children", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  const root = await say(alice, room, "root");
  const [stays, goes] = [await refer(bob, room, root), await refer(bob, room, root)];
  await redact(bob, room, goes);
  await redact(alice, room, root);
  assert.deepEqual(await childrenOf(alice, room, root), [stays]);
});

test("relations of a wrong shape, to nothing, or into another room are kept as words and are no relations", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  const elsewhere = await makeRoom(alice);
  const root = await say(alice, room, "root");
  for (const relates of [
    { rel_type: 7, event_id: root },
    { rel_type: "", event_id: root },
    { rel_type: "m.reference", event_id: 7 },
    { rel_type: "m.reference", event_id: "root" },
    { rel_type: "x".repeat(300), event_id: root },
    { rel_type: "m.\u0000", event_id: root },
    { event_id: root },
    [root],
    "text",
    { "m.in_reply_to": { event_id: root } },
    { rel_type: "m.reference", event_id: "$unknown" },
    { rel_type: "m.thread", event_id: "$unknown" },
  ] as Json[])
    await send(bob, room, "org.example", { "m.relates_to": relates });
  await send(alice, elsewhere, "org.example", relating("m.reference", root));
  assert.deepEqual(await childrenOf(alice, room, root), []);
  assert.deepEqual(await childrenOf(alice, elsewhere, root).catch(() => "refused"), "refused", "the parent is not of that room");
});

test("the same reaction to the same event twice is refused; another one, another person's and one after a redaction are not", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  const root = await say(alice, room, "root");
  const other = await say(alice, room, "other");
  const first = await react(bob, room, root, "👍");
  refused(await tryReact(bob, room, root, "👍"), 400, "M_DUPLICATE_ANNOTATION");
  await react(bob, room, root, "👎");
  await react(alice, room, root, "👍");
  await react(bob, room, other, "👍");
  ok(await trySend(bob, room, "org.example.reaction", relating("m.annotation", root, {}, { key: "👍" })));
  await redact(bob, room, first);
  await react(bob, room, root, "👍");
  refused(await tryReact(bob, room, root, "👍"), 400, "M_DUPLICATE_ANNOTATION");
});

test("of the same reaction sent many times at once, one is taken", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  const root = await say(alice, room, "root");
  const answers = await Promise.all(Array.from({ length: 8 }, () => tryReact(bob, room, root, "👍")));
  assert.equal(answers.filter(({ status }) => status === 200).length, 1);
  for (const answer of answers.filter(({ status }) => status !== 200)) refused(answer, 400, "M_DUPLICATE_ANNOTATION");
  assert.equal((await childrenOf(alice, room, root)).length, 1);
});

test("a retried transaction of a reaction is the same reaction and no second one", async () => {
  const [alice] = await pair();
  const room = await makeRoom(alice);
  const root = await say(alice, room, "root");
  const content = relating("m.annotation", root, {}, { key: "👍" });
  const id = await send(alice, room, "m.reaction", content, "retried");
  assert.equal(await send(alice, room, "m.reaction", content, "retried"), id);
});

test("no thread begins at an event that relates to another one; a reply may have one", async () => {
  const [alice] = await pair();
  const room = await makeRoom(alice);
  const root = await say(alice, room, "root");
  for (const child of [await reply(alice, room, root), await react(alice, room, root, "x"), await edit(alice, room, root, "y")])
    refused(await trySend(alice, room, "m.room.message", relating("m.thread", child)), 400, "M_UNKNOWN");
  const answer = await send(alice, room, "m.room.message", { body: "an answer", "m.relates_to": { "m.in_reply_to": { event_id: root } } });
  assert.ok((await reply(alice, room, answer)).startsWith("$"));
});

test("who may not see an event learns nothing of its children, nor that it exists", async () => {
  const [alice, bob] = await pair();
  const [carol, dave] = await pair();
  const erin = await server.stranger();
  const room = await makeRoomWith(alice, [bob, dave]);
  const other = await makeRoomWith(carol, []);
  const root = await say(alice, room, "root");
  const before = await refer(alice, room, root);
  await leave(bob, room);
  await act(alice, "ban", room, dave);
  await act(alice, "invite", room, erin);
  await refer(alice, room, root);
  const unknown = await tryRelations(alice, room, "$unknown");
  refused(unknown, 404, "M_NOT_FOUND");
  for (const answer of [
    await tryRelations(carol, room, root),
    await tryRelations(erin, room, root),
    await tryRelations(carol, other, root),
    await tryRelations(carol, "!nowhere", root),
  ]) {
    refused(answer, 404, "M_NOT_FOUND");
    assert.equal(answer.text, unknown.text, "one answer for what is not there and what may not be seen");
  }
  for (const departed of [bob, dave]) assert.deepEqual(await childrenOf(departed, room, root), [before], "their past, and no further");
});

test("hidden history hides parents and children alike", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoom(alice, { preset: "public_chat" });
  await setState(alice, room, "m.room.history_visibility", { history_visibility: "joined" });
  const hidden = await say(alice, room, "hidden");
  await refer(alice, room, hidden);
  await join(bob, room);
  refused(await tryRelations(bob, room, hidden), 404, "M_NOT_FOUND");
  const seen = await say(alice, room, "seen");
  const [first] = [await refer(alice, room, seen)];
  await leave(bob, room);
  await refer(alice, room, seen);
  await join(bob, room);
  const last = await refer(alice, room, seen);
  assert.deepEqual(await childrenOf(bob, room, seen), [last, first], "what was said while he was away is not for him");
  ok(await trySend(bob, room, "org.example", relating("m.thread", hidden)));
});

test("children by ignored people are left out", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  const root = await say(alice, room, "root");
  const own = await refer(alice, room, root);
  await refer(bob, room, root);
  await ignore(alice, bob);
  assert.deepEqual(await childrenOf(alice, room, root), [own]);
});
