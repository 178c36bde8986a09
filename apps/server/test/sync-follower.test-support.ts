// A client that follows one room by /sync and holds every answer against the reference.
import assert from "node:assert/strict";
import { at, type Json, type JsonRecord, listAt, recordAt, type Session, textAt } from "@wardroom/testkit";
import { history, idsOf } from "./room-steps.test-support.ts";
import type { Reference } from "./sync-reference.test-support.ts";
import { nextBatch, roomIn, type Section, sync } from "./sync-steps.test-support.ts";

export interface Mode {
  readonly limit: number;
  readonly lazy: boolean;
  readonly stateAfter: boolean;
}

/** Where a client is: how much had happened when its last answer was made. */
interface Place {
  readonly token: string | undefined;
  readonly events: number;
  readonly receipts: number;
}

const START: Place = { token: undefined, events: 0, receipts: 0 };
const sorted = (texts: readonly string[]) => texts.toSorted((one, two) => (one < two ? -1 : 1));

export class Follower {
  readonly #who: Session;
  readonly #room: string;
  readonly #reference: Reference;
  readonly #mode: Mode;
  #place = START;
  #state = new Map<string, string>();

  constructor(who: Session, room: string, reference: Reference, mode: Mode) {
    this.#who = who;
    this.#room = room;
    this.#reference = reference;
    this.#mode = mode;
  }

  /** One answer from where the last one ended. @param lose it gets lost on its way: the same is asked again later */
  async step(lose = false): Promise<void> {
    const answer = await this.#ask(this.#place.token, false);
    const place = { token: nextBatch(answer), events: this.#reference.count, receipts: this.#reference.receipts.length };
    const kept = new Map(this.#state);
    await this.#check(answer);
    if (lose) this.#state = kept;
    else this.#place = place;
  }

  /** An answer from nothing; what was followed before goes on afterwards. */
  async stepAfresh(includeLeave: boolean): Promise<void> {
    const [place, state] = [this.#place, this.#state];
    this.#place = START;
    this.#state = new Map();
    await this.#check(await this.#ask(undefined, includeLeave), includeLeave);
    [this.#place, this.#state] = [place, state];
  }

  #ask(since: string | undefined, includeLeave: boolean): Promise<Json> {
    const { limit, lazy, stateAfter } = this.#mode;
    const filter: JsonRecord = { room: { include_leave: includeLeave, timeline: { limit }, state: { lazy_load_members: lazy } } };
    return sync(this.#who, { filter, ...(since === undefined ? {} : { since }), ...(stateAfter ? { stateAfter: "unstable" } : {}) });
  }

  async #check(answer: Json, includeLeave = false): Promise<void> {
    const { userId } = this.#who;
    const reference = this.#reference;
    const now = reference.count;
    const membership = reference.membership(userId, now);
    const isNew = reference.ownRows(userId, this.#place.events, now).length > 0;
    const found = (["join", "invite", "leave", "knock"] as const).filter((section) => roomIn(answer, section, this.#room) !== undefined);
    const section = sectionOf(membership, isNew, this.#place.token === undefined && !includeLeave);
    const isStill = this.#isStill(now);
    // Where nothing happened nothing comes; where something did, all of it in one section.
    assert.deepEqual(found, section === undefined || (section === "join" && isStill) ? [] : [section], this.#tell("sections", answer));
    const part = section === undefined ? undefined : roomIn(answer, section, this.#room);
    if (part === undefined) return;
    if (section === "join") await this.#checkJoined(part, now);
    else if (section === "leave") this.#checkLeft(part, now);
    else this.#checkInvited(part, now);
  }

  #isStill(now: number): boolean {
    return this.#place.token !== undefined && this.#place.events === now && this.#newReceipts(false).length === 0;
  }

  #newReceipts(fresh: boolean): readonly string[] {
    return this.#reference.receiptsFor(this.#who.userId, fresh ? 0 : this.#place.receipts);
  }

  async #checkJoined(part: Json, now: number): Promise<void> {
    const { userId } = this.#who;
    const { events: since, token } = this.#place;
    const fresh = token === undefined || this.#reference.membership(userId, since) !== "join";
    if (fresh) this.#state = new Map();
    this.#checkTimeline(part, fresh ? 0 : since, now, this.#reference.wasInterrupted(userId, now));
    await this.#checkPast(part, now);
    this.#applyState(part);
    this.#checkState(part, now);
    const receipts = listAt(part, "ephemeral", "events").flatMap((event) => receiptsIn(at(event, "content") ?? {}));
    assert.deepEqual(sorted(receipts), sorted(this.#newReceipts(fresh)), this.#tell("receipts", part));
  }

  /** The newest of what is visible, as many as asked for; `limited` if and only if there is more. */
  #checkTimeline(part: Json, after: number, until: number, wasAway: boolean): void {
    const { userId } = this.#who;
    const visible = this.#reference.visible(userId, after, until);
    const events = listAt(part, "timeline", "events");
    const ids = idsOf(events);
    const isLimited = at(part, "timeline", "limited") === true;
    assert.deepEqual(ids, visible.slice(visible.length - ids.length), this.#tell("timeline", part));
    // Somebody who was away may be sent less than asked for, or be told to join nothing up with what they had.
    if (!wasAway) assert.equal(ids.length, Math.min(visible.length, this.#mode.limit), this.#tell("length", part));
    if (!wasAway || ids.length < visible.length) assert.equal(isLimited, ids.length < visible.length, this.#tell("limited", part));
    for (const event of events) this.#checkContent(event);
  }

  /** Paging back from prev_batch goes on exactly where the timeline began. */
  async #checkPast(part: Json, now: number): Promise<void> {
    const [first] = idsOf(listAt(part, "timeline", "events"));
    const until = first === undefined ? now : this.#reference.number(first) - 1;
    const past = await history(this.#who, this.#room, { from: textAt(part, "timeline", "prev_batch"), limit: 40 });
    const expected = this.#reference.visible(this.#who.userId, 0, until);
    assert.deepEqual(idsOf(past).toReversed(), expected, this.#tell("past", part));
    for (const event of past) this.#checkContent(event);
  }

  #checkContent(json: Json): void {
    const { userId } = this.#who;
    const number = this.#reference.number(textAt(json, "event_id"));
    const event = this.#reference.event(number);
    const what = `${this.#who.name} ${JSON.stringify(json)}`;
    assert.ok(event !== undefined, what);
    if (event.type === "m.room.message")
      assert.deepEqual(at(json, "content"), event.redactedBy === undefined ? event.content : {}, `content of ${what}`);
    const because = at(json, "unsigned", "redacted_because", "event_id");
    const isKnown = event.redactedBy !== undefined && this.#reference.isVisible(userId, event.redactedBy);
    assert.equal(because !== undefined, isKnown, `redacted_because of ${what}`);
    // Which event it replaced is told in any case (v1.19); what that one said only to who could see it.
    if (at(json, "unsigned", "prev_content") !== undefined) {
      const replaces = textAt(json, "unsigned", "replaces_state");
      assert.ok(this.#reference.isVisible(userId, this.#reference.number(replaces)), `prev_content of ${what}`);
    }
  }

  #applyState(part: Json): void {
    const { stateAfter } = this.#mode;
    const stated = listAt(part, this.#stateKey(), "events");
    const timeline = listAt(part, "timeline", "events");
    const shown = new Set(idsOf(timeline));
    if (!stateAfter) for (const id of idsOf(stated)) assert.ok(!shown.has(id), this.#tell("state repeats the timeline", part));
    for (const event of stateAfter ? stated : [...stated, ...timeline]) {
      const key = at(event, "state_key");
      if (typeof key === "string") this.#state.set(`${textAt(event, "type")}|${key}`, textAt(event, "event_id"));
    }
  }

  #stateKey(): string {
    return this.#mode.stateAfter ? "org.matrix.msc4222.state_after" : "state";
  }

  #checkState(part: Json, now: number): void {
    const truth = this.#reference.stateAt(now);
    const ids = new Map([...truth].map(([key, event]) => [key, event.id]));
    const isAsked = (key: string) => !this.#mode.lazy || !key.startsWith("m.room.member|");
    for (const [key, id] of ids) if (isAsked(key)) assert.equal(this.#state.get(key), id, this.#tell(`state ${key}`, part));
    for (const [key, id] of this.#state) assert.equal(id, ids.get(key), this.#tell(`outdated ${key}`, part));
    const speakers = listAt(part, "timeline", "events").map((event) => textAt(event, "sender"));
    for (const userId of [this.#who.userId, ...speakers]) {
      const key = `m.room.member|${userId}`;
      assert.equal(this.#state.get(key), ids.get(key), this.#tell(`member ${key}`, part));
    }
  }

  /** Up to the leaving and no further, and the leaving itself. */
  #checkLeft(part: Json, now: number): void {
    const { userId } = this.#who;
    const own = this.#reference.ownRows(userId, 0, now).at(-1) ?? 0;
    const leaving = this.#reference.event(own)?.id ?? "";
    const timeline = listAt(part, "timeline", "events");
    const stated = listAt(part, this.#stateKey(), "events");
    assert.ok([...idsOf(timeline), ...idsOf(stated)].includes(leaving), this.#tell("the leaving", part));
    for (const id of [...idsOf(timeline), ...idsOf(stated)])
      assert.ok(this.#reference.number(id) <= own, this.#tell("after the leaving", part));
    for (const event of timeline) {
      const id = textAt(event, "event_id");
      assert.ok(id === leaving || this.#reference.isVisible(userId, this.#reference.number(id)), this.#tell(`saw ${id}`, part));
      this.#checkContent(event);
    }
    const rows = this.#reference.ownRows(userId, this.#place.events, now);
    const leftOnce = rows.length === 1 && this.#reference.membership(userId, this.#place.events) === "join";
    if (leftOnce) this.#checkTimeline(part, this.#place.events, own, false);
    if (this.#reference.ownRows(userId, 0, now).every((row) => this.#reference.membership(userId, row) !== "join"))
      assert.deepEqual(
        idsOf(stated).filter((id) => id !== leaving),
        [],
        this.#tell("state for somebody who was never in", part),
      );
    this.#state = new Map();
  }

  #checkInvited(part: Json, now: number): void {
    const events = listAt(part, "invite_state", "events");
    const own = events.find((event) => at(event, "state_key") === this.#who.userId);
    assert.equal(at(own, "content", "membership"), this.#reference.membership(this.#who.userId, now));
    assert.ok(events.some((event) => at(event, "type") === "m.room.create"));
    for (const event of events) assert.deepEqual(Object.keys(recordAt(event)).toSorted(), ["content", "sender", "state_key", "type"]);
    this.#state = new Map();
  }

  #tell(what: string, part: Json): string {
    const { limit, lazy, stateAfter } = this.#mode;
    const place = `after ${this.#place.events} of ${this.#reference.count}`;
    return `${what}: ${this.#who.name} (limit ${limit}, lazy ${lazy}, state-after ${stateAfter}) ${place}: ${JSON.stringify(part).slice(0, 1500)}`;
  }
}

function sectionOf(membership: string, isNew: boolean, hidesLeft: boolean): Section | undefined {
  if (membership === "join") return "join";
  if (membership === "none" || !isNew) return undefined;
  if (membership === "invite") return "invite";
  return hidesLeft ? undefined : "leave";
}

function receiptsIn(content: Json): readonly string[] {
  return Object.entries(recordAt(content)).flatMap(([eventId, types]) =>
    Object.entries(recordAt(types)).flatMap(([type, users]) =>
      Object.keys(recordAt(users)).map((userId) => `${eventId} ${type} ${userId}`),
    ),
  );
}
