// kill -9 under load, again and again: what was acknowledged is there, once and in order, and everybody goes on where they were.
import assert from "node:assert/strict";
import { test } from "node:test";
import { at, createSeededRandom, type Json, ok, recordAt, route, type Session, textAt } from "@wardroom/testkit";
import { bodiesOf, history, idsOf, makeRoomWith, trySend } from "./room-steps.test-support.ts";
import { useServer } from "./running-server.test-support.ts";
import { nextBatch, now, sync, timelineOf } from "./sync-steps.test-support.ts";

const ROUNDS = 20;
const PEOPLE = 4;
const ROOMS = 3;

const server = useServer();

/** One person's messages into one room, one after another. */
interface Lane {
  readonly who: Session;
  readonly room: string;
  /** Every message that was acknowledged, oldest first; the body is also its transaction id. */
  readonly acknowledged: { readonly body: string; readonly eventId: string }[];
  /** Sent, and no answer came before the server died. */
  open: string | undefined;
  count: number;
}

async function trySay({ who, room }: Lane, body: string): Promise<string> {
  return textAt(ok(await trySend(who, room, "m.room.message", { msgtype: "m.text", body }, body)), "event_id");
}

/** Sends until the server is gone. */
async function sendUntilKilled(lane: Lane, name: string, onAcknowledged: () => void): Promise<void> {
  for (;;) {
    const body = `${name}-${(lane.count += 1)}`;
    lane.open = body;
    let eventId: string;
    try {
      eventId = await trySay(lane, body);
    } catch (error) {
      // A refusal is a fault; only a broken connection is what this test makes.
      if (error instanceof TypeError) return;
      throw error;
    }
    lane.acknowledged.push({ body, eventId });
    lane.open = undefined;
    onAcknowledged();
  }
}

/** Writes account data that counts up until the server is gone; returns the last number that was acknowledged. */
async function countUntilKilled(who: Session, from: number): Promise<number> {
  for (let count = from; ; count += 1) {
    try {
      ok(await who.put(route`/user/${who.userId}/account_data/org.example.count`, { count: count + 1 }));
    } catch (error) {
      if (error instanceof TypeError) return count;
      throw error;
    }
  }
}

test(`in ${ROUNDS} kills under load nothing acknowledged is lost, doubled or moved, and tokens and transaction ids outlive them`, async () => {
  const people = await Promise.all(Array.from({ length: PEOPLE }, () => server.stranger()));
  const [owner] = people;
  assert.ok(owner);
  const rooms = await Promise.all(Array.from({ length: ROOMS }, () => makeRoomWith(owner, people.slice(1))));
  const lanes = people.flatMap((who) => rooms.map((room): Lane => ({ who, room, acknowledged: [], open: undefined, count: 0 })));
  const random = createSeededRandom("kills");
  let counted = 0;
  let sessions: Session[] = [];

  for (let round = 0; round < ROUNDS; round += 1) {
    const since = await now(owner);
    const before = lanes.map(({ acknowledged }) => acknowledged.length);
    let left = 1 + random.below(80);
    const killed = Promise.withResolvers<void>();
    const onAcknowledged = () => {
      left -= 1;
      if (left === 0) killed.resolve(server.process().kill());
    };
    const load = lanes.map((lane, index) => sendUntilKilled(lane, `lane${index}`, onAcknowledged));
    const count = countUntilKilled(owner, counted);
    await Promise.all([killed.promise, ...load]);
    counted = await count;
    await server.process().restart();

    for (const session of [...people, ...sessions]) ok(await session.get("/account/whoami"));
    await retry(lanes, before);
    const stored = await owner.get(route`/user/${owner.userId}/account_data/org.example.count`);
    // The first kill may come before the first value.
    const value: number = stored.status === 404 ? 0 : Number(at(ok(stored), "count"));
    assert.ok(value === counted || value === counted + 1, `acknowledged ${counted}, found ${value}`);
    counted = value;
    await checkRound({ owner, rooms, lanes, since, before });
    if (round % 5 === 0) sessions = [...sessions, await server.http().login(owner.name, owner.password)];
  }
  await checkWhole(owner, rooms, lanes);
});

/** Asks again for what was open, and for the last that was acknowledged: the same transaction id, the same event. */
async function retry(lanes: readonly Lane[], before: readonly number[]): Promise<void> {
  await Promise.all(
    lanes.map(async (lane, index) => {
      const last = lane.acknowledged.at(-1);
      if (last !== undefined && lane.acknowledged.length > (before[index] ?? 0)) assert.equal(await trySay(lane, last.body), last.eventId);
      if (lane.open === undefined) return;
      const eventId = await trySay(lane, lane.open);
      assert.equal(await trySay(lane, lane.open), eventId);
      lane.acknowledged.push({ body: lane.open, eventId });
      lane.open = undefined;
    }),
  );
}

interface Round {
  readonly owner: Session;
  readonly rooms: readonly string[];
  readonly lanes: readonly Lane[];
  readonly since: string;
  readonly before: readonly number[];
}

/** What came since the token of before the kill is exactly what was acknowledged: in messages and in sync alike. */
async function checkRound({ owner, rooms, lanes, since, before }: Round): Promise<void> {
  const answer = await sync(owner, { since, filter: { room: { timeline: { limit: 1000 } } } });
  for (const room of rooms) {
    const paged = await history(owner, room, { dir: "f", from: since, to: nextBatch(answer) });
    const synced = timelineOf(answer, room);
    assert.deepEqual(idsOf(synced), idsOf(paged), "sync and messages tell the same");
    checkLanes(paged, lanes, room, (index) => before[index] ?? 0);
  }
}

function checkLanes(events: readonly Json[], lanes: readonly Lane[], room: string, from: (lane: number) => number): void {
  assert.equal(new Set(idsOf(events)).size, events.length, "no event twice");
  for (const [index, lane] of lanes.entries()) {
    if (lane.room !== room) continue;
    const own = events.filter((event) => recordAt(event)["sender"] === lane.who.userId && at(event, "type") === "m.room.message");
    const expected = lane.acknowledged.slice(from(index));
    assert.deepEqual(
      bodiesOf(own),
      expected.map(({ body }) => body),
      "each message once, in the order of its sender",
    );
    assert.deepEqual(
      idsOf(own),
      expected.map(({ eventId }) => eventId),
      "under the id that was acknowledged",
    );
  }
}

async function checkWhole(owner: Session, rooms: readonly string[], lanes: readonly Lane[]): Promise<void> {
  for (const room of rooms) checkLanes(await history(owner, room, { dir: "f", limit: 1000 }), lanes, room, () => 0);
  assert.ok(lanes.reduce((sum, { acknowledged }) => sum + acknowledged.length, 0) > 20 * ROUNDS, "there was load");
}
