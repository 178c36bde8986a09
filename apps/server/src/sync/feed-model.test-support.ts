import type { HistoryVisibility, JsonObject, Membership, MembershipRow } from "@wardroom/matrix-core";
import type { Actor } from "#kernel";
import type { UnreadOf } from "./contract.ts";
import type { FeedEvent, OwnMembership, Receipt, RoomFeed, RoomSummary, TimelinePage, TimelineQuery } from "#rooms";

interface ModelDraft {
  readonly type: string;
  readonly sender: string;
  readonly stateKey?: string;
  readonly content?: JsonObject;
  /** The device that sent it and the transaction id it gave. */
  readonly transaction?: { readonly deviceId: string; readonly id: string };
}

/** Rooms as plain lists, slow and obvious: what sync is compared with. One position per event, receipt or row. */
export interface FeedModel {
  readonly feed: RoomFeed;
  readonly storage: {
    readonly generation: string;
    durablePosition(): number;
    onCommitted(listener: (position: number) => void): void;
  };
  /** Draws a position for something outside the rooms (account data). */
  draw(): number;
  append(roomId: string, draft: ModelDraft): FeedEvent;
  member(roomId: string, userId: string, membership: Membership, sender?: string, content?: JsonObject): FeedEvent;
  receipt(roomId: string, receipt: Pick<Receipt, "userId" | "eventId"> & Partial<Receipt>): void;
  type(roomId: string, users: readonly string[]): void;
  forget(roomId: string, userId: string): void;
  /** Runs before each asynchronous answer of the feed: the place to let the world change in the middle of a sync. */
  setInterference(act: () => void): void;
  events(roomId: string): readonly FeedEvent[];
  stateAt(roomId: string, position: number): ReadonlyMap<string, FeedEvent>;
  isVisible(userId: string, roomId: string, event: FeedEvent): boolean;
  /** Names of the feed's asynchronous methods, in order of their calls. */
  readonly calls: string[];
  /** Two unread, one of them a highlight, whatever happened. */
  readonly unread: UnreadOf;
}

interface ModelRoom {
  readonly events: FeedEvent[];
  readonly receipts: Receipt[];
  typing: { readonly users: readonly string[]; readonly changedAt: number };
}

export function createFeedModel(): FeedModel {
  const rooms = new Map<string, ModelRoom>();
  const forgotten = new Set<string>();
  const onChange: Parameters<RoomFeed["onChange"]>[0][] = [];
  const onCommitted: ((position: number) => void)[] = [];
  const calls: string[] = [];
  let interference = () => {};
  let [position, ephemeral] = [0, 0];

  const roomOf = (roomId: string): ModelRoom => {
    const room = rooms.get(roomId) ?? { events: [], receipts: [], typing: { users: [], changedAt: 0 } };
    rooms.set(roomId, room);
    return room;
  };
  const draw = () => (position += 1);
  const publish = (roomId: string, users: readonly string[]) => {
    for (const listener of onCommitted) listener(position);
    for (const listener of onChange) listener(roomId, joined(roomId, position, "join"), users);
  };
  const append = (roomId: string, draft: ModelDraft): FeedEvent => {
    const event = makeEvent(roomId, draw(), draft);
    roomOf(roomId).events.push(event);
    if (event.type === "m.room.member" && membershipIn(event) === "join") forgotten.delete(`${roomId} ${event.stateKey}`);
    publish(roomId, event.type === "m.room.member" && event.stateKey !== undefined ? [event.stateKey] : []);
    return event;
  };
  const stateAt = (roomId: string, at: number) => {
    const events = roomOf(roomId).events.filter((event) => event.stateKey !== undefined && event.position <= at);
    return new Map(events.map((event) => [`${event.type} ${event.stateKey}`, event]));
  };
  const rowsOf = (roomId: string, userId: string): readonly MembershipRow[] =>
    roomOf(roomId)
      .events.filter(({ type, stateKey }) => type === "m.room.member" && stateKey === userId)
      .map((event) => ({ position: event.position, membership: membershipIn(event) }));
  const isVisible = (userId: string, roomId: string, event: FeedEvent) =>
    mayReaderSee(userId, event, rowsOf(roomId, userId), (at) => stateAt(roomId, at).get("m.room.history_visibility "));
  const joined = (roomId: string, at: number, membership: Membership) =>
    [...stateAt(roomId, at).values()]
      .filter((event) => event.type === "m.room.member" && membershipIn(event) === membership)
      .map(({ stateKey = "" }) => stateKey);

  /** One microtask and a bit of interference, as a real read would have. */
  const read = async <T>(name: string, compute: () => T): Promise<T> => {
    calls.push(name);
    interference();
    await Promise.resolve();
    return compute();
  };

  const feed: RoomFeed = {
    membershipsOf: (userId) =>
      read("membershipsOf", () => {
        const own = new Map<string, OwnMembership>();
        for (const [roomId, room] of rooms) {
          const event = room.events.findLast(({ type, stateKey }) => type === "m.room.member" && stateKey === userId);
          if (event === undefined) continue;
          const isForgotten = forgotten.has(`${roomId} ${userId}`);
          own.set(roomId, {
            roomId,
            membership: membershipIn(event),
            sender: event.sender,
            position: event.position,
            forgotten: isForgotten,
          });
        }
        return own;
      }),
    membershipRows: (roomId, userId) => read("membershipRows", () => rowsOf(roomId, userId)),
    lastEventPosition: (roomId) => roomOf(roomId).events.at(-1)?.position ?? 0,
    timeline: (actor, roomId, query) =>
      read("timeline", () =>
        pageOf(
          roomOf(roomId)
            .events.filter((event) => isVisible(actor.userId, roomId, event))
            .map((event) => madeFor(actor, event)),
          query,
        ),
      ),
    bundle: (_actor, _roomId, events) => Promise.resolve(events),
    threadOf: () => Promise.resolve(undefined),
    stateAt: (reader, roomId, at, options) =>
      read("stateAt", () =>
        [...stateAt(roomId, at).values()]
          .filter(({ type }) => options?.withoutMembers !== true || type !== "m.room.member")
          .map((event) => madeFor(reader, event)),
      ),
    stateBetween: (reader, roomId, after, until) =>
      read("stateBetween", () =>
        [...stateAt(roomId, until).values()].filter((event) => event.position > after).map((event) => madeFor(reader, event)),
      ),
    membersAt: (reader, roomId, at, userIds) =>
      read("membersAt", () => {
        const state = stateAt(roomId, at);
        return userIds.flatMap((userId) => state.get(`m.room.member ${userId}`) ?? []).map((event) => madeFor(reader, event));
      }),
    memberMoves: (roomId, after, until) => {
      const events = roomOf(roomId).events.filter(({ position: at, type }) => type === "m.room.member" && at > after && at <= until);
      const before = (event: FeedEvent) => stateAt(roomId, event.position - 1).get(`m.room.member ${event.stateKey}`);
      const moved = events.filter((event) => {
        const was = before(event);
        return (membershipIn(event) === "join") !== (was !== undefined && membershipIn(was) === "join");
      });
      const named = (isJoin: boolean) =>
        moved.filter((event) => (membershipIn(event) === "join") === isJoin).map(({ stateKey = "" }) => stateKey);
      return { joined: named(true), left: named(false) };
    },
    joinedAt: (roomId, at) => read("joinedAt", () => joined(roomId, at, "join")),
    joinedInMemory: (roomId) => new Set(joined(roomId, position, "join")),
    summaryAt: (roomId, userId, at) =>
      read("summaryAt", (): RoomSummary => {
        const [inside, invited] = [joined(roomId, at, "join"), joined(roomId, at, "invite")];
        const heroes = [...inside, ...invited].filter((other) => other !== userId).slice(0, 5);
        return { joined: inside.length, invited: invited.length, heroes };
      }),
    // Private receipts of others are handed out on purpose: sync must not trust that nobody ever will.
    receiptsBetween: (_actor, roomId, after, until) =>
      read("receiptsBetween", () => roomOf(roomId).receipts.filter((receipt) => receipt.position > after && receipt.position <= until)),
    lastReceiptPosition: (roomId) => roomOf(roomId).receipts.at(-1)?.position ?? 0,
    typing: (roomId) => roomOf(roomId).typing,
    ephemeralCounter: () => ephemeral,
    onChange: (listener) => void onChange.push(listener),
    memberView: () => Promise.reject(new Error("sync does not call this")),
    ruleFacts: () => Promise.reject(new Error("sync does not call this")),
    noteRead: () => undefined,
    onEvent: () => {},
    onRedacted: () => {},
  };

  return {
    feed,
    storage: { generation: "model", durablePosition: () => position, onCommitted: (listener) => void onCommitted.push(listener) },
    draw() {
      draw();
      for (const listener of onCommitted) listener(position);
      return position;
    },
    append,
    member: (roomId, userId, membership, sender = userId, content = {}) =>
      append(roomId, { type: "m.room.member", sender, stateKey: userId, content: { ...content, membership } }),
    receipt(roomId, receipt) {
      roomOf(roomId).receipts.push({ type: "m.read", threadId: undefined, ts: 7, position: draw(), ...receipt });
      publish(roomId, []);
    },
    type(roomId, users) {
      roomOf(roomId).typing = { users, changedAt: (ephemeral += 1) };
      publish(roomId, []);
    },
    forget: (roomId, userId) => void forgotten.add(`${roomId} ${userId}`),
    setInterference(act) {
      interference = act;
    },
    events: (roomId) => roomOf(roomId).events,
    stateAt,
    isVisible,
    calls,
    unread: () => read("unread", () => ({ main: { notifications: 2, highlights: 1 }, threads: new Map() })),
  };
}

function makeEvent(roomId: string, position: number, draft: ModelDraft): FeedEvent {
  const { type, sender, stateKey, content = {}, transaction } = draft;
  const eventId = `$${position}`;
  const state = stateKey === undefined ? {} : { state_key: stateKey };
  return {
    position,
    eventId,
    type,
    stateKey,
    sender,
    originServerTs: position,
    content,
    relation: undefined,
    isRedacted: false,
    clientJson(reader: Actor, form) {
      const mine = transaction !== undefined && reader.userId === sender && reader.deviceId === transaction.deviceId;
      return JSON.stringify({
        type,
        sender,
        ...state,
        content,
        event_id: eventId,
        origin_server_ts: position,
        ...(mine ? { unsigned: { transaction_id: transaction.id } } : {}),
        ...(form === "room" ? { room_id: roomId } : {}),
      });
    },
    strippedJson: () => JSON.stringify({ type, sender, ...state, content }),
  };
}

/** State holds what it replaced only for a reader who may see that: handed to anybody else it complains. */
function madeFor(reader: Actor, event: FeedEvent): FeedEvent {
  if (event.stateKey === undefined) return event;
  return {
    ...event,
    clientJson(to, form) {
      if (to.userId !== reader.userId) throw new Error(`${event.eventId} was made for ${reader.userId} and is shown to ${to.userId}`);
      return event.clientJson(to, form);
    },
  };
}

export function membershipIn({ content }: FeedEvent): Membership {
  // The model's own member events hold nothing else there.
  return content["membership"] as Membership;
}

function pageOf(visible: readonly FeedEvent[], { after, until, limit, matches }: TimelineQuery): TimelinePage {
  const range = visible.filter((event) => event.position > after && event.position <= until && (matches?.(event) ?? true));
  const events = range.slice(Math.max(0, range.length - limit));
  return { events, limited: events.length < range.length, before: (events[0]?.position ?? until + 1) - 1 };
}

/** Client-Server API, "Room history visibility", word by word. */
function mayReaderSee(
  userId: string,
  event: FeedEvent,
  rows: readonly MembershipRow[],
  visibilityAt: (position: number) => FeedEvent | undefined,
): boolean {
  if (event.type === "m.room.member" && event.stateKey === userId) return true;
  const joinsLater = rows.some((row) => row.membership === "join" && row.position >= event.position);
  return [event.position - 1, event.position].some((at) => {
    const membership = rows.findLast((row) => row.position <= at)?.membership;
    const named = visibilityAt(at)?.content["history_visibility"] as HistoryVisibility | undefined;
    if (membership === "join") return true;
    if (named === "world_readable") return true;
    if (named === "invited") return membership === "invite";
    return named !== "joined" && joinsLater;
  });
}
