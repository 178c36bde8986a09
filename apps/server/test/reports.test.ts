import assert from "node:assert/strict";
import { test } from "node:test";
import { type Answer, ok, refused, route, type Session } from "@wardroom/testkit";
import { composeHouse, filesWith, tablesWith } from "./composed-house.test-support.ts";
import { act, leave, makeRoom, makeRoomWith, redact, say } from "./room-steps.test-support.ts";
import { useServer } from "./running-server.test-support.ts";
import { now, sync } from "./sync-steps.test-support.ts";

const server = useServer();
const pair = server.twoStrangers;
const unknown = "!AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const reportEvent = (by: Session, room: string, event: string, body = {}) => by.post(route`/rooms/${room}/report/${event}`, body);
const missing = (answer: Answer) => refused(answer, 404, "M_NOT_FOUND");

test("members report events, with a reason or without; those who may not see one are told that there is none", async () => {
  const [alice, bob] = await pair();
  const [carol, invited] = await pair();
  const banned = await server.stranger();
  const room = await makeRoomWith(alice, [bob, carol, banned]);
  const event = await say(alice, room, "something bad");
  await act(alice, "ban", room, banned);
  await act(alice, "invite", room, invited);
  await leave(carol, room);
  ok(await reportEvent(bob, room, event, { reason: "hurts", score: -100 }));
  ok(await reportEvent(bob, room, event));
  const answers = [
    ...[carol, invited, banned, await server.stranger()].map((who) => reportEvent(who, room, event, { reason: "x" })),
    reportEvent(bob, unknown, event),
    reportEvent(bob, room, "$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
    reportEvent(bob, await makeRoomWith(alice, [bob]), event),
  ];
  const texts = new Set<string>();
  for (const answer of await Promise.all(answers)) {
    missing(answer);
    texts.add(answer.text);
  }
  assert.equal(texts.size, 1, "why is not told");
});

test("what happened before one's time cannot be reported where it may not be seen; what was redacted can", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoom(alice, {
    preset: "public_chat",
    initial_state: [{ type: "m.room.history_visibility", content: { history_visibility: "joined" } }],
  });
  const early = await say(alice, room, "early");
  ok(await bob.post(route`/join/${room}`));
  const later = await say(alice, room, "later");
  await redact(alice, room, later);
  missing(await reportEvent(bob, room, early, { reason: "x" }));
  ok(await reportEvent(bob, room, later, { reason: "x" }));
});

test("a room is reported by whoever wants to, and the answer does not tell whether there is one", async () => {
  const [alice, bob] = await pair();
  const hidden = await makeRoom(alice);
  const report = (room: string) => bob.post(route`/rooms/${room}/report`, { reason: "spam in its invitations" });
  assert.equal((await report(hidden)).text, (await report(unknown)).text);
  ok(await report(hidden));
});

test("a person is reported by whoever wants to; nobody can be reported who is not there", async () => {
  const [alice, bob] = await pair();
  ok(await bob.post(route`/users/${alice.userId}/report`, { reason: "" }));
  missing(await bob.post(route`/users/${"@nobody-yet:localhost"}/report`, { reason: "x" }));
  missing(await bob.post(route`/users/${"@"}/report`, { reason: "x" }));
});

test("a reason that is missing, of a wrong shape or without end is refused", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  const event = await say(alice, room, "x");
  for (const path of [route`/rooms/${room}/report`, route`/users/${alice.userId}/report`, route`/rooms/${room}/report/${event}`]) {
    for (const body of [{ reason: 7 }, { reason: "x".repeat(5000) }]) {
      const answer = await bob.post(path, body);
      assert.equal(answer.status, 400, answer.text);
    }
  }
  assert.equal((await bob.post(route`/rooms/${room}/report`, {})).status, 400);
});

test("the reports of a day count alike for a room that is there and for none", async () => {
  const [alice, mallory] = [await server.stranger(), await server.stranger()];
  const hidden = await makeRoom(alice);
  const status = async (room: string) => (await mallory.post(route`/rooms/${room}/report`, { reason: "x" })).status;
  const answers = await Promise.all(Array.from({ length: 99 }, () => status(unknown)));
  assert.deepEqual(new Set(answers), new Set([200]));
  assert.deepEqual([await status(hidden), await status(unknown), await status(hidden)], [200, 429, 429]);
});

test("the reported never learn of it", async () => {
  const [alice, bob] = await pair();
  const room = await makeRoomWith(alice, [bob]);
  const event = await say(alice, room, "x");
  const since = await now(alice);
  ok(await reportEvent(bob, room, event, { reason: "whispered" }));
  ok(await bob.post(route`/users/${alice.userId}/report`, { reason: "whispered" }));
  assert.doesNotMatch(JSON.stringify(await sync(alice, { since })), /whispered|report/);
});

test("one person makes a hundred reports in a day and no more, also at the same moment; others still can", async () => {
  const [alice, bob] = await pair();
  const carol = await server.stranger();
  const report = (by: Session) => by.post(route`/users/${alice.userId}/report`, { reason: "x" });
  const answers = await Promise.all(Array.from({ length: 105 }, () => report(bob)));
  assert.equal(answers.filter(({ status }) => status === 200).length, 100);
  refused(await report(bob), 429, "M_LIMIT_EXCEEDED");
  ok(await report(carol));
});

test("the words of a report are on disk sealed only, and the audit names who reported what", async (context) => {
  const house = await composeHouse(context);
  const [alice, bob] = [await house.http().register("alice"), await house.http().register("bob")];
  const room = await makeRoomWith(alice, [bob]);
  const event = await say(alice, room, "bad words");
  ok(await reportEvent(bob, room, event, { reason: "unmistakable-reason" }));
  await house.close();
  assert.deepEqual(await tablesWith(house.dataDir, "unmistakable-reason"), []);
  assert.deepEqual(filesWith(house.dataDir, "unmistakable-reason"), []);
  assert.ok((await tablesWith(house.dataDir, "room.event.reported")).length > 0);
  assert.ok((await tablesWith(house.dataDir, event)).includes("reports"));
  await house.open();
});
