import assert from "node:assert/strict";
import { at, type Json, listAt, recordAt, textAt } from "@wardroom/testkit";
import type { Actor } from "#kernel";
import type { EventMatcher, FeedEvent } from "#rooms";
import { membershipIn } from "./feed-model.test-support.ts";
import type { SyncRequest } from "./index.ts";
import type { Harness } from "./sync-harness.test-support.ts";

/** What a client knows of a room: positions of timeline events in order, and event ids by state key. */
interface KnownRoom {
  timeline: number[];
  readonly state: Map<string, string>;
}

export interface ConsumerOptions {
  readonly actor: Actor;
  readonly request: Omit<SyncRequest, "since">;
  /** The timeline filter, for filling gaps as /messages would. */
  readonly matches: EventMatcher;
  readonly lazy: boolean;
}

/**
 * A client as the specification draws it: loops sync, fills gaps from prev_batch, builds state from what it is told, and
 * complains as soon as something comes twice, out of order, or differs from the model's truth.
 */
export function createConsumer(harness: Harness, options: ConsumerOptions) {
  const { actor, request, matches, lazy } = options;
  const rooms = new Map<string, KnownRoom>();
  let since: string | undefined;
  const stateKey = request.useStateAfter === undefined ? "state" : "org.matrix.msc4222.state_after";

  const fillGap = async (roomId: string, prevBatch: string, after: number): Promise<number[]> => {
    const found: number[] = [];
    let until = harness.sync.parseToken(prevBatch).position;
    for (;;) {
      const page = await harness.feed.timeline(actor, roomId, { after, until, limit: 3, matches });
      found.unshift(...page.events.map(({ position }) => position));
      if (!page.limited) return found;
      until = page.before;
    }
  };

  const checkEvents = (roomId: string, events: readonly Json[]) => {
    for (const json of events) {
      const event = eventOf(harness, roomId, json);
      assert.ok(harness.isVisible(actor.userId, roomId, event), `${roomId} ${event.eventId} ${event.type} is not visible`);
    }
  };

  const takeJoined = async (roomId: string, section: Json, until: number, isInitial: boolean) => {
    const known = rooms.get(roomId);
    const fresh = known === undefined || isInitial;
    const room: KnownRoom = fresh ? { timeline: [], state: new Map() } : known;
    rooms.set(roomId, room);
    const events = listAt(section, "timeline", "events");
    checkEvents(roomId, events);
    const positions = events.map((event) => eventOf(harness, roomId, event).position);
    if (at(section, "timeline", "limited") === true) {
      const from = room.timeline.at(-1) ?? 0;
      room.timeline.push(...(await fillGap(roomId, textAt(section, "timeline", "prev_batch"), from)));
    }
    room.timeline.push(...positions);
    const isAfter = stateKey !== "state";
    assert.equal(at(section, isAfter ? "state" : "org.matrix.msc4222.state_after"), undefined);
    const state = listAt(section, stateKey, "events");
    const shown = new Set(events.map((event) => textAt(event, "event_id")));
    for (const event of state) {
      if (!isAfter) assert.ok(!shown.has(textAt(event, "event_id")), "an event of the timeline is repeated in state");
    }
    for (const event of isAfter ? state : [...state, ...events]) applyState(room, event);
    checkRoom(roomId, room, events, until);
  };

  const checkRoom = (roomId: string, room: KnownRoom, events: readonly Json[], until: number) => {
    const visible = harness
      .events(roomId)
      .filter((event) => event.position <= until && matches(event) && harness.isVisible(actor.userId, roomId, event));
    assert.deepEqual(
      room.timeline,
      visible.map(({ position }) => position),
      `timeline of ${roomId}`,
    );
    const truth = harness.stateAt(roomId, until);
    for (const [key, event] of truth) {
      if (lazy && event.type === "m.room.member") continue;
      assert.equal(room.state.get(key), event.eventId, `state ${key} of ${roomId}`);
    }
    for (const [key, eventId] of room.state) assert.equal(eventId, truth.get(key)?.eventId, `stale ${key} in ${roomId}`);
    for (const event of events) {
      const key = `m.room.member ${textAt(event, "sender")}`;
      assert.equal(room.state.get(key), truth.get(key)?.eventId, `the sender's member event is missing: ${key} in ${roomId}`);
    }
    const own = `m.room.member ${actor.userId}`;
    assert.equal(room.state.get(own), truth.get(own)?.eventId, `own member event in ${roomId}`);
  };

  const takeLeft = (roomId: string, section: Json, until: number) => {
    rooms.delete(roomId);
    checkEvents(roomId, listAt(section, "timeline", "events"));
    const own = harness.stateAt(roomId, until).get(`m.room.member ${actor.userId}`);
    const ids = [...listAt(section, "timeline", "events"), ...listAt(section, stateKey, "events")].map((event) =>
      textAt(event, "event_id"),
    );
    assert.ok(own !== undefined && ids.includes(own.eventId), `the leave itself is told in ${roomId}`);
    for (const event of listAt(section, stateKey, "events")) {
      const { position, eventId } = eventOf(harness, roomId, event);
      assert.ok(position <= own.position, `${eventId} is later than the leave`);
    }
  };

  return {
    /** To be called when the world stands still and the last step has been answered: nothing may be missing. */
    checkAll(roomIds: readonly string[]): void {
      const now = harness.storage.durablePosition();
      for (const roomId of roomIds) {
        const own = harness.stateAt(roomId, now).get(`m.room.member ${actor.userId}`);
        const room = rooms.get(roomId);
        assert.equal(room !== undefined, own !== undefined && membershipIn(own) === "join", `membership of ${roomId}`);
        if (room !== undefined) checkRoom(roomId, room, [], now);
      }
    },
    /** One sync. @param lose the answer is lost on its way, and the same is asked again later */
    async step(lose: boolean): Promise<void> {
      const body = await harness.ask(actor, { ...request, ...(since === undefined ? {} : { since }) });
      if (lose) return;
      const next = textAt(body, "next_batch");
      const until = harness.sync.parseToken(next).position;
      const isInitial = since === undefined;
      // Invited again after a leave that fell between two syncs: what was known of the room is the past.
      for (const kind of ["invite", "knock"]) for (const roomId of Object.keys(recordAt(body, "rooms", kind))) rooms.delete(roomId);
      for (const [roomId, section] of Object.entries(recordAt(body, "rooms", "leave"))) takeLeft(roomId, section, until);
      for (const [roomId, section] of Object.entries(recordAt(body, "rooms", "join"))) await takeJoined(roomId, section, until, isInitial);
      since = next;
    },
  };
}

function eventOf(harness: Harness, roomId: string, json: Json): FeedEvent {
  const event = harness.events(roomId).find(({ eventId }) => eventId === textAt(json, "event_id"));
  assert.ok(event !== undefined);
  return event;
}

function applyState(room: KnownRoom, event: Json): void {
  const key = at(event, "state_key");
  if (typeof key === "string") room.state.set(`${textAt(event, "type")} ${key}`, textAt(event, "event_id"));
}
