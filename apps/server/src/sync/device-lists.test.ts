import assert from "node:assert/strict";
import { test } from "node:test";
import { createSeededRandom, type Json, listAt, textAt } from "@wardroom/testkit";
import { createHarness, device, type Harness, settle } from "./sync-harness.test-support.ts";

const [me, other, third, room] = ["@me:x", "@other:x", "@third:x", "!r"];

function makeRoom(): Harness {
  const harness = createHarness();
  harness.member(room, other, "join");
  harness.member(room, me, "join");
  harness.member("!elsewhere", third, "join");
  return harness;
}

const next = (body: Json) => textAt(body, "next_batch");
const text = (id: Json) => (typeof id === "string" ? id : "?");
const sorted = (ids: readonly string[]) => ids.toSorted((one, two) => (one < two ? -1 : 1));
/** Changed and left, each in the order of the alphabet. */
const lists = (body: Json) => ["changed", "left"].map((name) => sorted(listAt(body, "device_lists", name).map(text)));
const now = async (harness: Harness) => next(await harness.ask(device(me)));
/** What changed for me by the act. */
async function after(harness: Harness, act: () => void): Promise<readonly (readonly string[])[]> {
  const since = await now(harness);
  act();
  return lists(await harness.ask(device(me), { since }));
}

test("the devices of people who share a room, and one's own, are told when they change; a stranger's are not", async () => {
  const harness = makeRoom();
  const told = await after(harness, () => {
    for (const userId of [other, third, me, other]) harness.keys.changeDevices(userId);
  });
  assert.deepEqual(told, [[me, other], []]);
  assert.deepEqual(await after(harness, () => {}), [[], []], "once");
});

test("who comes into a room of mine is told as changed, and who left the last common one as left", async () => {
  const harness = makeRoom();
  assert.deepEqual(await after(harness, () => harness.member(room, third, "join")), [[third], []]);
  harness.member("!second", me, "join");
  harness.member("!second", third, "join");
  assert.deepEqual(await after(harness, () => harness.member("!second", third, "leave")), [[], []], "one common room is left");
  assert.deepEqual(await after(harness, () => harness.member(room, third, "ban", other)), [[], [third]]);
});

test("who changes their name, is invited or refuses an invitation neither came nor left", async () => {
  const harness = makeRoom();
  const told = await after(harness, () => {
    harness.member(room, other, "join", other, { displayname: "New" });
    harness.member(room, third, "invite", other);
    harness.member(room, third, "leave");
  });
  assert.deepEqual(told, [[], []]);
});

test("who left and came back between two answers is told as changed: what they changed meanwhile was nobody's news here", async () => {
  const harness = makeRoom();
  const told = await after(harness, () => {
    harness.member(room, other, "leave");
    harness.keys.changeDevices(other);
    harness.member(room, other, "join");
  });
  assert.deepEqual(told, [[other], []]);
});

test("whoever joins is told of everybody there as changed; whoever leaves, of those with whom no room is left", async () => {
  const harness = makeRoom();
  assert.deepEqual(await after(harness, () => harness.member("!elsewhere", me, "join")), [[third], []]);
  harness.member("!elsewhere", other, "join");
  const told = await after(harness, () => harness.member("!elsewhere", me, "leave"));
  assert.deepEqual(told, [[], [third]], "the other one is still met elsewhere");
});

test("a room's later comings are hidden from who has left it", async () => {
  const harness = makeRoom();
  const since = await now(harness);
  harness.member(room, me, "leave");
  harness.member(room, third, "join");
  harness.keys.changeDevices(third);
  assert.deepEqual(lists(await harness.ask(device(me), { since })), [[], [other]]);
});

test("the comings before one's own are hidden from who joins", async () => {
  const harness = makeRoom();
  const since = await now(harness);
  harness.member("!elsewhere", "@gone:x", "join");
  harness.member("!elsewhere", "@gone:x", "leave");
  harness.member("!elsewhere", me, "join");
  assert.deepEqual(lists(await harness.ask(device(me), { since })), [[third], []]);
});

test("no filter of rooms hides the devices of their people", async () => {
  const harness = makeRoom();
  const filter = JSON.stringify({ room: { rooms: [] } });
  const since = await now(harness);
  harness.keys.changeDevices(other);
  harness.member(room, third, "join");
  assert.deepEqual(lists(await harness.ask(device(me), { since, filter })), [[other, third], []]);
});

test("a change wakes those who share a room and one's own devices, and nobody else", async () => {
  const harness = makeRoom();
  const since = await now(harness);
  const done: string[] = [];
  const waits = [device(me), device(other), device(third)].map((actor) =>
    harness.ask(actor, { since, timeoutMs: 30_000 }).then((body) => {
      done.push(actor.userId);
      return body;
    }),
  );
  await settle();
  harness.keys.changeDevices(other);
  await settle();
  assert.deepEqual(sorted(done), [me, other]);
  harness.expire(30_000);
  const [mine] = await Promise.all(waits);
  assert.deepEqual(lists(mine ?? null), [[other], []]);
});

test("those who share a room that is not in memory are woken too", async () => {
  const harness = makeRoom();
  const house = createHarness({ ...harness, feed: { ...harness.feed, joinedInMemory: () => undefined } }, { keys: harness.keys });
  const since = next(await house.ask(device(me)));
  const waiting = house.ask(device(me), { since, timeoutMs: 30_000 });
  await settle();
  harness.keys.changeDevices(third);
  await settle();
  harness.keys.changeDevices(other);
  assert.deepEqual(lists(await waiting), [[other], []]);
});

test("where nobody's devices changed, nobody is asked; where they did, all who wake ask once", async () => {
  const harness = makeRoom();
  const since = await now(harness);
  harness.append(room, { type: "m.room.message", sender: other });
  await harness.ask(device(me), { since });
  assert.deepEqual(harness.keys.calls, []);
  harness.keys.changeDevices(other);
  await Promise.all([device(me), device(me, "B"), device(other)].map((actor) => harness.ask(actor, { since })));
  assert.deepEqual(harness.keys.calls, ["deviceListsChanged"]);
});

test("keys/changes tells between two tokens what sync would have told", async () => {
  const harness = makeRoom();
  const from = await now(harness);
  harness.keys.changeDevices(other);
  harness.keys.changeDevices(third);
  const to = await now(harness);
  harness.member(room, third, "join");
  const later = await now(harness);
  const asked = (...tokens: [string, string]) => harness.sync.keyChanges(device(me), ...tokens);
  assert.deepEqual(await asked(to, to), { changed: [], left: [] });
  // The stranger is in the room by now: told early rather than late.
  assert.deepEqual(sorted((await asked(from, to)).changed), [other, third]);
  assert.deepEqual(await asked(to, later), { changed: [third], left: [] });
  harness.member(room, me, "leave");
  assert.deepEqual(sorted((await asked(later, await now(harness))).left), [other, third]);
  assert.deepEqual(await asked(from, from), { changed: [], left: [] });
});

test("keys/changes since a token of another store names everybody, for nothing is known of what the client has", async () => {
  const harness = makeRoom();
  const from = await now(harness);
  const restored = harness.reboot("restored");
  const to = next(await restored.ask(device(me)));
  assert.deepEqual(sorted((await restored.sync.keyChanges(device(me), from, to)).changed), [other]);
});

test("whoever follows the lists never trusts outdated devices of somebody with whom they share a room", async () => {
  for (let seed = 1; seed <= 60; seed += 1) await followLists(seed);
});

/** A client that tracks everybody it shares a room with: it reads devices when told that they changed, and forgets who left. */
async function followLists(seed: number): Promise<void> {
  const random = createSeededRandom(seed);
  const harness = createHarness();
  const [people, rooms] = [
    [me, other, third, "@fourth:x"],
    ["!a", "!b"],
  ];
  const version = new Map<string, number>();
  const tracked = new Map<string, number | undefined>();
  const isIn = (userId: string, roomId: string) => harness.feed.joinedInMemory(roomId)?.has(userId) === true;
  const change = () => {
    const userId = people[random.below(people.length)] ?? me;
    const roomId = rooms[random.below(rooms.length)] ?? "!a";
    if (random.below(3) === 0) version.set(userId, harness.keys.changeDevices(userId));
    else harness.member(roomId, userId, isIn(userId, roomId) ? "leave" : "join");
  };
  let since = await now(harness);
  for (let step = 0; step < 60; step += 1) {
    for (let count = random.below(5); count > 0; count -= 1) change();
    // The world goes on while the answer is made; what then happens is told next time.
    harness.setInterference(() => void (random.below(20) === 0 && step < 58 && change()));
    const body = await harness.ask(device(me), { since });
    harness.setInterference(() => {});
    if (random.below(5) === 0 && step < 58) continue;
    since = next(body);
    const [changed = [], left = []] = lists(body);
    for (const userId of left) tracked.delete(userId);
    for (const userId of changed) tracked.set(userId, version.get(userId));
  }
  for (const userId of people) {
    const shares = rooms.some((roomId) => isIn(me, roomId) && isIn(userId, roomId));
    if (userId === me || !shares) continue;
    assert.ok(tracked.has(userId), `seed ${seed}: ${userId} was never told`);
    assert.equal(tracked.get(userId), version.get(userId), `seed ${seed}: devices of ${userId} are outdated`);
  }
}
