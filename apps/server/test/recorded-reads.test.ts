// Reads are recorded in rooms whose label asks for it, by whichever endpoint somebody reads, and in no other room.
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { EndpointName } from "@wardroom/spec";
import { type Answer, ok, route, type Session } from "@wardroom/testkit";
import { everyEntry } from "#audit/test";
import { type ComposedHouse, composeHouse } from "./composed-house.test-support.ts";
import { absent, type Names } from "./isolation/names.test-support.ts";
import { isRefusal, probes, send } from "./isolation/probe.test-support.ts";
import { partsOf, thumbnail, upload } from "./media-steps.test-support.ts";
import { react, reply } from "./relation-steps.test-support.ts";
import {
  act,
  forbidden,
  getState,
  join,
  leave,
  makeRoomWith,
  redact,
  say,
  send as sendEvent,
  setState,
  tryGetEvent,
  trySetState,
} from "./room-steps.test-support.ts";
import { nextBatch, roomIn, sync } from "./sync-steps.test-support.ts";

const LABEL = "org.wardroom.room.label";
const WORD = "zqbittern";

/** What the endpoints that give something of a room are called in the audit. */
const recorded: Partial<Readonly<Record<EndpointName, string>>> = {
  sync: "sync",
  getRoomEvents: "messages",
  getEventContext: "context",
  getOneRoomEvent: "event",
  getRelatingEvents: "relations",
  getRelatingEventsWithRelType: "relations",
  getRelatingEventsWithRelTypeAndEventType: "relations",
  getThreadRoots: "threads",
  getRoomState: "state",
  getRoomStateWithKey: "state",
  getMembersByRoom: "members",
  getJoinedMembersByRoom: "members",
  getEventByTimestamp: "time",
  search: "search",
  getContentAuthed: "media",
  getContentOverrideNameAuthed: "media",
};

/** Endpoints that name a room and give nothing that was said in it, or what it shows of itself to people outside. */
const unrecorded: Partial<Readonly<Record<EndpointName, string>>> = {
  getAccountDataPerRoom: "one's own",
  getRoomTags: "one's own",
  getRoomKeysByRoomId: "one's own",
  getRoomKeyBySessionId: "one's own",
  getLocalAliases: "public names",
  getRoomVisibilityOnDirectory: "whether it is listed",
  getRoomSummary: "what a room tells of itself outside",
  getSpaceHierarchy: "what a room tells of itself outside",
  getContentThumbnailAuthed: "no picture can be made of a text; asked below",
};

interface Scene {
  readonly composed: ComposedHouse;
  readonly alice: Session;
  readonly bob: Session;
  readonly labelled: Names;
  readonly plain: Names;
}

async function talkIn(alice: Session, room: string): Promise<Names> {
  await setState(alice, room, "m.room.topic", { topic: `about the ${WORD}` });
  const media = await upload(alice, `bytes of the ${WORD}`, { name: "file.txt" });
  const event = await say(alice, room, `example ${WORD}`);
  await sendEvent(alice, room, "m.room.message", { msgtype: "m.file", body: WORD, url: media });
  await react(alice, room, event, "👍");
  await reply(alice, room, event, `a reply about the ${WORD}`);
  return { ...absent, room, event, user: alice.userId, media: partsOf(media)[1] };
}

async function makeScene(context: TestContext): Promise<Scene> {
  const composed = await composeHouse(context);
  const [alice, bob] = [await composed.http().register("alice"), await composed.http().register("bob")];
  const [labelled, plain] = [await makeRoomWith(alice, [bob]), await makeRoomWith(alice, [bob])];
  await setState(alice, labelled, LABEL, { record_reads: true, colour: "unknown members are kept" });
  return { composed, alice, bob, labelled: await talkIn(alice, labelled), plain: await talkIn(alice, plain) };
}

type Counts = Readonly<Record<string, number>>;

/** How often the person read the room, by the ways of reading; counts that wait are written first. */
async function readsOf({ composed }: Pick<Scene, "composed">, who: Session, room: string): Promise<Counts> {
  const { audit } = composed.house();
  const counts: Record<string, number> = {};
  for (const { actor, deviceId, roomId, outcome, reason = "", count } of await everyEntry(audit, { code: "room.read" })) {
    if (actor !== who.userId || roomId !== room) continue;
    assert.deepEqual([deviceId, outcome], [who.deviceId, "done"]);
    counts[reason] = (counts[reason] ?? 0) + count;
  }
  return counts;
}

/** What the act added to it. */
async function addedBy<T>(scene: Scene, who: Session, room: string, act: () => Promise<T>): Promise<{ given: T; added: Counts }> {
  const before = await readsOf(scene, who, room);
  const given = await act();
  const after = Object.entries(await readsOf(scene, who, room));
  return {
    given,
    added: Object.fromEntries(after.map(([how, count]) => [how, count - (before[how] ?? 0)] as const).filter(([, n]) => n > 0)),
  };
}

const readers = probes.filter(({ endpoint, declaration }) => declaration.method === "GET" || recorded[endpoint] !== undefined);
const holdsWord = ({ text, asked }: Answer) => text.includes(WORD) && !asked.includes(WORD);

test("each endpoint that gives something of a room with a label leaves a record of it, and none of a room without", async (context) => {
  const scene = await makeScene(context);
  const { composed, bob, labelled, plain } = scene;
  const [failures, seen] = [new Array<string>(), new Set<string>()];
  for (const probe of readers) {
    const { endpoint, declaration } = probe;
    const how = recorded[endpoint];
    if (declaration.path.includes("{roomId") || declaration.path.includes("{mediaId"))
      assert.ok(how !== undefined || unrecorded[endpoint] !== undefined, `${endpoint}: say whether it is a read of the room`);
    const { given, added } = await addedBy(scene, bob, labelled.room, () => send(composed.http(), bob, probe, labelled));
    const expected = how === undefined || isRefusal(given) ? {} : { [how]: 1 };
    try {
      assert.deepEqual(added, expected, `${given.asked} ${given.status}`);
      // Of endpoints that come later nobody may have thought: whatever holds the word has given something of the room.
      assert.ok(!holdsWord(given) || how !== undefined || unrecorded[endpoint] !== undefined, `${endpoint} gives what was said`);
    } catch (error) {
      failures.push(String(error));
    }
    if (expected[how ?? ""] !== undefined) seen.add(endpoint);
    await send(composed.http(), bob, probe, plain);
  }
  assert.deepEqual(failures, []);
  assert.deepEqual([...seen].sort(), Object.keys(recorded).sort(), "every one of them was seen to give something");
  assert.deepEqual(await readsOf(scene, bob, plain.room), {});
});

test("notifications and small pictures of a room with a label leave a record too", async (context) => {
  const scene = await makeScene(context);
  const { alice, bob, labelled, plain } = scene;
  const notifications = await addedBy(scene, bob, labelled.room, () => bob.get("/notifications", { limit: "100" }));
  assert.ok(holdsWord(notifications.given));
  assert.deepEqual(notifications.added, { notifications: 1 });
  const pixel = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");
  const picture = await upload(alice, pixel, { type: "image/png" });
  await sendEvent(alice, labelled.room, "m.room.message", { msgtype: "m.image", body: "a picture", url: picture });
  const small = () => thumbnail(bob, picture, { width: "32", height: "32" });
  assert.deepEqual((await addedBy(scene, bob, labelled.room, small)).added, { media: 1 });
  const size = { width: "32", height: "32" };
  const ofText = await addedBy(scene, bob, labelled.room, () => thumbnail(bob, `mxc://localhost/${labelled.media}`, size));
  assert.ok(isRefusal(ofText.given));
  assert.deepEqual(ofText.added, {}, "what could not be given was not read");
  assert.deepEqual(await readsOf(scene, bob, plain.room), {});
});

test("who may read nothing of the room leaves no record of a read, and who left records what they may still read", async (context) => {
  const scene = await makeScene(context);
  const { composed, alice, labelled } = scene;
  const [stranger, left] = [await composed.http().register("stranger"), await composed.http().register("left")];
  await join(left, labelled.room);
  await leave(left, labelled.room);
  const later = { ...labelled, event: await say(alice, labelled.room, `example ${WORD}, later`) };
  await setState(alice, labelled.room, "m.room.join_rules", { join_rule: "invite" });
  for (const probe of readers) {
    const { given, added } = await addedBy(scene, left, labelled.room, () => send(composed.http(), left, probe, later));
    if (isRefusal(given)) assert.deepEqual(added, {}, given.asked);
    await send(composed.http(), stranger, probe, labelled);
  }
  assert.deepEqual(await readsOf(scene, stranger, labelled.room), {});
  const ofLeft = await readsOf(scene, left, labelled.room);
  assert.ok((ofLeft["messages"] ?? 0) > 0 && ofLeft["event"] === undefined, JSON.stringify(ofLeft));
  const before = await addedBy(scene, left, labelled.room, () => tryGetEvent(left, labelled.room, labelled.event));
  assert.deepEqual(before.added, { event: 1 });
});

test("an answer to sync that holds nothing of the room is no read of it, whatever else happens there", async (context) => {
  const scene = await makeScene(context);
  const { alice, bob, labelled, plain } = scene;
  const { room } = labelled;
  const first = await addedBy(scene, bob, room, () => sync(bob));
  assert.deepEqual(first.added, { sync: 1 });
  const since = nextBatch(first.given);
  const ask = (query: Parameters<typeof sync>[1] = {}) => addedBy(scene, bob, room, () => sync(bob, { since, ...query }));
  assert.deepEqual((await ask()).added, {}, "nothing happened");
  await say(alice, plain.room, "elsewhere");
  assert.deepEqual((await ask()).added, {}, "something happened elsewhere");
  ok(await alice.put(route`/rooms/${room}/typing/${alice.userId}`, { typing: true, timeout: 30_000 }));
  ok(await alice.post(route`/rooms/${room}/receipt/m.read/${labelled.event}`));
  ok(await bob.put(route`/user/${bob.userId}/rooms/${room}/account_data/org.example`, { a: 1 }));
  const besides = await ask();
  assert.ok(roomIn(besides.given, "join", room) !== undefined);
  assert.deepEqual(besides.added, {}, "typing, receipts and one's own data are nothing that stands in the room");
  await say(alice, room, "news");
  assert.deepEqual((await ask({ filter: { room: { not_rooms: [room] } } })).added, {}, "the filter leaves the room out");
  assert.deepEqual(
    (await ask({ filter: { room: { timeline: { types: ["org.example.other"] } } } })).added,
    {},
    "the filter leaves it all out",
  );
  assert.deepEqual((await ask()).added, { sync: 1 });
});

test("who is invited and does not come in is told of their own going, and that is no read; who was in the room is told more", async (context) => {
  const scene = await makeScene(context);
  const { composed, alice, bob, labelled } = scene;
  const { room } = labelled;
  const guest = await composed.http().register("guest");
  const before = nextBatch(await sync(guest));
  await act(alice, "invite", room, guest);
  const invited = await addedBy(scene, guest, room, () => sync(guest, { since: before }));
  assert.ok(roomIn(invited.given, "invite", room) !== undefined);
  await leave(guest, room);
  const declined = await addedBy(scene, guest, room, () => sync(guest, { since: nextBatch(invited.given) }));
  assert.ok(roomIn(declined.given, "leave", room) !== undefined);
  assert.deepEqual([invited.added, declined.added], [{}, {}]);
  const since = nextBatch(await sync(bob));
  await say(alice, room, "last words");
  await act(alice, "kick", room, bob);
  const kicked = await addedBy(scene, bob, room, () => sync(bob, { since }));
  assert.ok(roomIn(kicked.given, "leave", room) !== undefined);
  assert.deepEqual(kicked.added, { sync: 1 });
});

test("members see the label; only who may set the room's state can set it, and once it is gone nothing is recorded any more", async (context) => {
  const scene = await makeScene(context);
  const { alice, bob, labelled, plain } = scene;
  const read = (names: Names) => addedBy(scene, bob, names.room, () => tryGetEvent(bob, names.room, names.event));
  assert.deepEqual(await getState(bob, labelled.room, LABEL), { record_reads: true, colour: "unknown members are kept" });
  forbidden(await trySetState(bob, plain.room, LABEL, { record_reads: true }));
  forbidden(await trySetState(bob, labelled.room, LABEL, {}));
  assert.deepEqual((await read(plain)).added, {});
  assert.deepEqual((await read(labelled)).added, { event: 1 });
  for (const content of [{}, { record_reads: false }, { record_reads: "true" }, { record_reads: 1 }, { recordreads: true }]) {
    await setState(alice, labelled.room, LABEL, { record_reads: true });
    assert.deepEqual((await read(labelled)).added, { event: 1 });
    await setState(alice, labelled.room, LABEL, content);
    assert.deepEqual((await read(labelled)).added, {}, JSON.stringify(content));
  }
  const label = await setState(alice, labelled.room, LABEL, { record_reads: true });
  await setState(alice, labelled.room, LABEL, { record_reads: true }, "another state key");
  await redact(alice, labelled.room, label);
  assert.deepEqual((await read(labelled)).added, {}, "redacted");
});

test("a flood of reads is one entry and a count, and erasing who set the label, or a restart, does not stop the record", async (context) => {
  const scene = await makeScene(context);
  const { composed, alice, bob, labelled } = scene;
  const read = () => tryGetEvent(bob, labelled.room, labelled.event);
  for (let time = 0; time < 100; time += 1) await read();
  assert.deepEqual(await readsOf(scene, bob, labelled.room), { event: 100 });
  const entries = await everyEntry(composed.house().audit, { code: "room.read" });
  assert.ok(entries.length <= 4, `${entries.length} entries`); // two of each minute
  await composed.house().rooms.erasePerson(alice.userId);
  const erased = await addedBy(scene, bob, labelled.room, () => getState(bob, labelled.room, LABEL));
  assert.deepEqual([erased.given, erased.added], [{}, { state: 1 }]);
  await composed.close();
  await composed.open();
  const token = { token: bob.token };
  const again = () => composed.http().request("GET", route`/rooms/${labelled.room}/members`, token);
  assert.deepEqual((await addedBy(scene, bob, labelled.room, again)).added, { members: 1 });
});
