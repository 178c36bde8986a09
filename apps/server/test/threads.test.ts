// Aggregations that come with events, and the list of threads.
import assert from "node:assert/strict";
import { test } from "node:test";
import { at, type Json, listAt, ok, recordAt, refused, route, textAt } from "@wardroom/testkit";
import {
  bundle,
  bundleOf,
  context,
  edit,
  find,
  ignore,
  react,
  refer,
  relating,
  relations,
  reply,
  threads,
  tryThreads,
} from "./relation-steps.test-support.ts";
import {
  act,
  getEvent,
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
import { sync, timelineOf } from "./sync-steps.test-support.ts";

const server = useServer();
const pair = server.twoStrangers;

const threadOf = (relationsOf: Json): readonly [count: Json | undefined, latest: Json | undefined, participated: Json | undefined] => [
  at(relationsOf, "m.thread", "count"),
  at(relationsOf, "m.thread", "latest_event", "event_id"),
  at(relationsOf, "m.thread", "current_user_participated"),
];

test("a thread is bundled with its root: how many, the newest, and whether the reader took part", async () => {
  const [alice, bob] = await pair();
  const carol = await server.stranger();
  const room = await makeRoomWith(alice, [bob, carol]);
  const root = await say(alice, room, "root");
  await reply(bob, room, root, "one");
  const two = await reply(bob, room, root, "two");
  assert.deepEqual(threadOf(await bundle(alice, room, root)), [2, two, true], "she began it");
  assert.deepEqual(threadOf(await bundle(bob, room, root)), [2, two, true]);
  assert.deepEqual(threadOf(await bundle(carol, room, root)), [2, two, false]);
  const latest = at(await bundle(carol, room, root), "m.thread", "latest_event");
  assert.equal(at(latest, "content", "body"), "two");
  assert.equal(at(latest, "room_id"), room, "in the form of the event itself");
});

test("aggregations come in /messages, /context, /relations, /threads and limited timelines of /sync, each reader their own", async () => {
  const [alice, bob] = await pair();
  const carol = await server.stranger();
  const room = await makeRoomWith(alice, [bob, carol]);
  const since = textAt(await sync(alice), "next_batch");
  const root = await say(carol, room, "root");
  const child = await reply(bob, room, root);
  const corrected = await edit(bob, room, child, "better");
  const filter = { room: { timeline: { limit: 3 } } };
  for (const [who, participated] of [
    [alice, false],
    [bob, true],
    [alice, false],
    [carol, true],
  ] as const) {
    const limited = find(
      timelineOf(await sync(who, { since, filter: { room: { timeline: { limit: 3, types: ["m.room.message"] } } } }), room),
      root,
    );
    const initial = timelineOf(await sync(who, { filter }), room);
    const places: Readonly<Record<string, Json | undefined>> = {
      messages: find(await history(who, room), root),
      context: at(await context(who, room, root), "event"),
      threads: find(await threads(who, room), root),
      sync: find(initial, root),
    };
    for (const [place, event] of Object.entries(places)) {
      assert.deepEqual(threadOf(bundleOf(event)), [1, child, participated], `${place} for ${who.name}`);
      const latest = at(bundleOf(event), "m.thread", "latest_event");
      assert.equal(at(bundleOf(latest), "m.replace", "event_id"), corrected, `the newest event's own edits, ${place}`);
    }
    assert.equal(at(places["sync"], "unsigned", "m.relations", "m.thread", "latest_event", "room_id"), undefined);
    assert.ok(limited !== undefined);
  }
  const page = await relations(alice, room, root);
  assert.equal(at(bundleOf(find(listAt(page, "chunk"), child)), "m.replace", "event_id"), corrected);
});

test("readers who wait for the same limited timeline get each their own participation", async () => {
  const [alice, bob] = await pair();
  const carol = await server.stranger();
  const room = await makeRoomWith(alice, [bob, carol]);
  const since = textAt(await sync(alice), "next_batch");
  await say(alice, room, "left out");
  const root = await say(alice, room, "root");
  await reply(bob, room, root);
  const filter = { room: { timeline: { limit: 2 } } };
  const answers = await Promise.all([bob, carol, bob, carol].map((who) => sync(who, { since, filter })));
  assert.deepEqual(
    answers.map((answer) => threadOf(bundleOf(find(timelineOf(answer, room), root)))[2]),
    [true, false, true, false],
  );
});

test("the newest edit by the sender is bundled whole, and the content stays", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  const id = await say(alice, room, "original");
  await edit(alice, room, id, "first");
  const second = await edit(alice, room, id, "second");
  await edit(bob, room, id, "by somebody else");
  await edit(alice, room, second, "an edit of an edit");
  await send(alice, room, "m.sticker", { ...relating("m.replace", id), "m.new_content": {} });
  await send(alice, room, "m.room.message", relating("m.replace", id, { body: "without new content" }));
  await setState(alice, room, "m.room.message", { ...relating("m.replace", id), "m.new_content": { body: "as state" } }, "x");
  const event = await getEvent(bob, room, id);
  assert.equal(at(event, "content", "body"), "original");
  const replacement = recordAt(bundleOf(event), "m.replace");
  assert.equal(replacement["event_id"], second);
  assert.equal(at(replacement, "content", "m.new_content", "body"), "second");
  assert.equal(at(bundleOf(await getEvent(bob, room, second)), "m.replace"), undefined);
});

test("a redacted edit gives way to the one before, and a redacted original is not brought back by its edits", async () => {
  const [alice] = await pair();
  const room = await makeRoom(alice);
  const id = await say(alice, room, "original");
  const first = await edit(alice, room, id, "first");
  const second = await edit(alice, room, id, "second");
  await redact(alice, room, second);
  assert.equal(at(await bundle(alice, room, id), "m.replace", "event_id"), first);
  await redact(alice, room, id);
  assert.deepEqual(await bundle(alice, room, id), {});
});

test("encrypted edits are bundled, for what they replace is inside", async () => {
  const [alice] = await pair();
  const room = await makeRoom(alice);
  const words = { algorithm: "m.megolm.v1.aes-sha2", ciphertext: "x" };
  const id = await send(alice, room, "m.room.encrypted", words);
  const changed = await send(alice, room, "m.room.encrypted", relating("m.replace", id, words));
  assert.equal(at(await bundle(alice, room, id), "m.replace", "event_id"), changed);
});

test("references are listed oldest first; annotations, and children of state, are not aggregated", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  const id = await say(alice, room, "poll");
  const votes = [await refer(alice, room, id), await refer(bob, room, id)];
  await react(bob, room, id, "👍");
  assert.deepEqual(await bundle(bob, room, id), { "m.reference": { chunk: votes.map((event_id) => ({ event_id })) } });
  const topic = await setState(alice, room, "m.room.topic", { topic: "x" });
  await refer(bob, room, topic);
  assert.deepEqual(await bundle(bob, room, topic), {});
});

test("what people say whom the reader ignores is in no aggregation", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  const id = await say(alice, room, "root");
  const own = await reply(alice, room, id);
  await reply(bob, room, id);
  await refer(bob, room, id);
  const only = await say(alice, room, "another");
  await reply(bob, room, only);
  await ignore(alice, bob);
  assert.deepEqual(await bundle(alice, room, id).then((found) => [threadOf(found), Object.keys(found)]), [[1, own, true], ["m.thread"]]);
  assert.deepEqual(idsOf(await threads(alice, room)), [id], "a thread of ignored people alone is none");
  await ignore(bob, alice);
  const begun = find(await threads(bob, room), id);
  assert.deepEqual(at(begun, "content"), {}, "the root of somebody ignored is there without its words");
  assert.equal(threadOf(bundleOf(begun))[0], 1);
});

test("nobody is shown in an aggregation what they may not see: those who left, and who was away", async () => {
  const [alice, bob] = await pair();
  const carol = await server.stranger();
  const room = await makeRoomWith(alice, [bob, carol]);
  const root = await say(alice, room, "root");
  const first = await reply(alice, room, root, "first");
  await leave(bob, room);
  await act(alice, "ban", room, carol);
  const secret = await reply(alice, room, root, "secret");
  const reworded = await edit(alice, room, root, "secret edit");
  const cited = await refer(alice, room, root);
  for (const who of [bob, carol]) {
    const seen = JSON.stringify([
      await getEvent(who, room, root),
      await history(who, room),
      await context(who, room, root),
      await threads(who, room),
    ]);
    for (const hidden of [secret, reworded, cited]) assert.ok(!seen.includes(hidden), who.name);
    assert.deepEqual(threadOf(await bundle(who, room, root)), [1, first, false]);
  }
  const [dave, erin] = await pair();
  const closed = await makeRoom(dave, { preset: "public_chat" });
  await setState(dave, closed, "m.room.history_visibility", { history_visibility: "joined" });
  await join(erin, closed);
  const start = await say(dave, closed, "root");
  await leave(erin, closed);
  await reply(dave, closed, start, "while she was away");
  await join(erin, closed);
  assert.deepEqual(await bundle(erin, closed, start), {});
  const back = await reply(dave, closed, start, "when she was back");
  assert.deepEqual(threadOf(await bundle(erin, closed, start)), [1, back, false]);
  assert.deepEqual(threadOf(await bundle(dave, closed, start)), [2, back, true]);
});

test("threads are listed by their newest event, in pages, all or those that one took part in", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  const roots: string[] = [];
  for (const name of ["a", "b", "c", "d"]) {
    const root = await say(alice, room, name);
    roots.push(root);
    await reply(alice, room, root);
  }
  const [a = "", b = "", c = "", d = ""] = roots;
  await say(alice, room, "no thread");
  await reply(bob, room, b);
  assert.deepEqual(idsOf(await threads(bob, room)), [b, d, c, a]);
  assert.deepEqual(idsOf(await threads(bob, room, { include: "participated" })), [b]);
  assert.deepEqual(idsOf(await threads(alice, room, { include: "participated" })), [b, d, c, a]);
  const seen: string[] = [];
  let from: string | undefined;
  for (let page = 0; page < 5; page += 1) {
    const answer = ok(await tryThreads(bob, room, { limit: "2", ...(from === undefined ? {} : { from }) }));
    seen.push(...idsOf(listAt(answer, "chunk")));
    from = at(answer, "next_batch") === undefined ? undefined : textAt(answer, "next_batch");
    if (from === undefined) break;
  }
  assert.deepEqual(seen, [b, d, c, a]);
  refused(await tryThreads(bob, room, { from: "nonsense" }), 400, "M_INVALID_PARAM");
  for (const query of [{ limit: "0" }, { include: "mine" }]) refused(await tryThreads(bob, room, query), 400, "M_INVALID_PARAM");
});

test("a thread whose only event is redacted is a thread no more", async () => {
  const [alice] = await pair();
  const room = await makeRoom(alice);
  const root = await say(alice, room, "root");
  const only = await reply(alice, room, root);
  assert.deepEqual(idsOf(await threads(alice, room)), [root]);
  await redact(alice, room, only);
  assert.deepEqual(idsOf(await threads(alice, room)), []);
  assert.deepEqual(await bundle(alice, room, root), {});
});

test("a stranger and an invited person list no threads, and those who left those of their time", async () => {
  const [alice, bob] = await pair();
  const carol = await server.stranger();
  const room = await makeRoomWith(alice, [bob]);
  const old = await say(alice, room, "old");
  await reply(alice, room, old);
  await leave(bob, room);
  const fresh = await say(alice, room, "fresh");
  await reply(alice, room, fresh);
  refused(await tryThreads(carol, room), 403, "M_FORBIDDEN");
  refused(await tryThreads(carol, "!nowhere"), 403, "M_FORBIDDEN");
  await act(alice, "invite", room, carol);
  refused(await tryThreads(carol, room), 403, "M_FORBIDDEN");
  assert.deepEqual(idsOf(await threads(bob, room)), [old]);
});

test("a threaded receipt counts in the thread of its event only; a root is read in either", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  const root = await say(alice, room, "root");
  const child = await reply(alice, room, root);
  const reaction = await react(alice, room, child, "x");
  const deep = await refer(alice, room, reaction);
  const atRoot = await react(alice, room, root, "x");
  const other = await say(alice, room, "other");
  const mark = (eventId: string, thread_id: string) => bob.post(route`/rooms/${room}/receipt/m.read/${eventId}`, { thread_id });
  for (const [id, thread] of [
    [root, "main"],
    [atRoot, "main"],
    [other, "main"],
    [root, root],
    [child, root],
    [reaction, root],
    [deep, root],
  ] as const)
    ok(await mark(id, thread));
  for (const [id, thread] of [
    [child, "main"],
    [reaction, "main"],
    [deep, "main"],
    [other, root],
    [atRoot, root],
    [child, other],
    [child, "$unknown"],
    [other, "nonsense"],
  ] as const)
    refused(await mark(id, thread), 400, "M_INVALID_PARAM");
  await redact(alice, room, child);
  ok(await mark(child, root));
  ok(await mark(child, "main"));
  refused(await mark(child, "$unknown"), 400, "M_INVALID_PARAM");
});

test("a message that everybody reacts to stays as quick to read: no aggregation for what is not aggregated", async () => {
  const [alice] = await pair();
  const room = await makeRoom(alice);
  const id = await say(alice, room, "root");
  await react(alice, room, id, "👍");
  assert.equal(at(await getEvent(alice, room, id), "unsigned", "m.relations"), undefined);
  ok(await trySend(alice, room, "m.room.message", { body: "x" }));
});
