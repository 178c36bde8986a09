import type { Actor } from "#kernel";
import type { MembershipRow } from "@wardroom/matrix-core";
import type { FeedEvent, RoomFeed, RoomSummary } from "./contract.ts";
import type { Room } from "./room.ts";
import { RoomEvent } from "./room-event.ts";
import { createMemberView } from "./member-view.ts";
import type { NoteRead } from "./note-reads.ts";
import type { RoomsContext } from "./rooms-context.ts";
import type { Receipts } from "./send-receipt.ts";
import type { Typing } from "./set-typing.ts";
import { createMemberMoves } from "./member-moves.ts";

interface FeedParts {
  readonly noteRead: NoteRead;
  readonly receipts: Receipts;
  readonly typing: Typing;
  readonly changes: RoomChanges;
  readonly listeners: FeedListeners;
}

/** Who hears of events within their commit. */
export interface FeedListeners {
  readonly event: Parameters<RoomFeed["onEvent"]>[0][];
  readonly redacted: Parameters<RoomFeed["onRedacted"]>[0][];
}

/** What changed since it was last told, gathered so that listeners hear it once per commit. */
export interface RoomChanges {
  /** @param joined the room's members; kept by reference, for the room itself may have left memory when it is told */
  note(roomId: string, joined: ReadonlySet<string>, userId?: string): void;
  tell(): void;
  readonly onChange: RoomFeed["onChange"];
}

export function createRoomChanges(): RoomChanges {
  const listeners: Parameters<RoomFeed["onChange"]>[0][] = [];
  let pending = new Map<string, { joined: ReadonlySet<string>; readonly others: Set<string> }>();
  return {
    note(roomId, joined, userId) {
      const change = pending.get(roomId) ?? { joined, others: new Set() };
      pending.set(roomId, change);
      change.joined = joined;
      if (userId !== undefined) change.others.add(userId);
    },
    tell() {
      if (pending.size === 0) return;
      const told = pending;
      pending = new Map();
      for (const [roomId, { joined, others }] of told) for (const listener of listeners) listener(roomId, joined, others);
    },
    onChange: (listener) => void listeners.push(listener),
  };
}

/** What sync may ask: durable state only. */
export function createRoomFeed(context: RoomsContext, { noteRead, receipts, typing, changes, listeners }: FeedParts): RoomFeed {
  const { cache, memberships, visibility, scanTimeline, stateReads, activity, bundle, threads } = context;
  const inRoom = async <T>(roomId: string, otherwise: T, read: (room: Room) => Promise<T>): Promise<T> => {
    const room = await cache.find(roomId);
    return room === undefined ? otherwise : read(room);
  };
  /** State as this person may have it: without the `prev_content` that came before their time. */
  const shown = (actor: Actor, roomId: string, read: (room: Room) => Promise<readonly RoomEvent[]>): Promise<readonly FeedEvent[]> =>
    inRoom<readonly FeedEvent[]>(roomId, [], async (room) => {
      const reader = await visibility.findReader(actor.userId, roomId);
      return (await read(room)).map((event) => (reader === undefined ? event.besides(() => false) : reader.showState(event)));
    });
  return {
    membershipsOf: (userId) => memberships.of(userId),
    membershipRows: (roomId, userId) => inRoom<readonly MembershipRow[]>(roomId, [], (room) => visibility.membershipRows(room, userId)),
    lastEventPosition: (roomId) => activity.lastEvent(roomId),
    lastReceiptPosition: (roomId) => activity.lastReceipt(roomId),
    async timeline(actor, roomId, { after, until, limit, matches }) {
      const reader = await visibility.findReader(actor.userId, roomId);
      if (reader === undefined) return { events: [], limited: false, before: until };
      const { events, isWhole, reached } = await scanTimeline(reader, { direction: "b", after, until, limit, matches });
      const oldest = events.at(-1);
      return {
        events: events.toReversed(),
        limited: !isWhole,
        before: oldest === undefined ? (isWhole ? until : reached) : oldest.position - 1,
      };
    },
    async bundle(actor, roomId, events, until) {
      const own = events.filter((event) => event instanceof RoomEvent);
      const reader = own.length === 0 ? undefined : await visibility.findReader(actor.userId, roomId);
      // Whatever is not of this module's making has nothing to add.
      if (reader === undefined || own.length < events.length) return events;
      const bundled = await bundle(reader, own, until);
      return bundled === own ? events : bundled;
    },
    threadOf: threads.threadOf,
    stateAt: (reader, roomId, position, options) =>
      shown(reader, roomId, (room) =>
        options?.withoutMembers === true ? stateReads.withoutMembers(room, position) : stateReads.all(room, position),
      ),
    stateBetween: (reader, roomId, after, until) => shown(reader, roomId, (room) => stateReads.between(room, after, until)),
    membersAt: (reader, roomId, position, userIds) => shown(reader, roomId, (room) => stateReads.members(room, position, userIds)),
    ...createMemberMoves(context),
    summaryAt: (roomId, userId, position) =>
      inRoom<RoomSummary>(roomId, { joined: 0, invited: 0, heroes: [] }, (room) => summaryAt(context, room, userId, position)),
    receiptsBetween: (actor, roomId, after, until) => receipts.between(actor, roomId, after, until),
    typing: (roomId) => typing.of(roomId),
    ephemeralCounter: () => typing.counter(),
    onChange: (listener) => changes.onChange(listener),
    ...createMemberView(context, receipts),
    noteRead,
    onEvent: (listener) => void listeners.event.push(listener),
    onRedacted: (listener) => void listeners.redacted.push(listener),
  };
}

const MOST_HEROES = 5;

async function summaryAt({ stateReads }: RoomsContext, room: Room, userId: string, position: number): Promise<RoomSummary> {
  if (position >= room.durable.statePosition) {
    const heroes = chooseHeroes(room.durable.state.ofType("m.room.member"), userId);
    return { joined: room.durable.joined.size, invited: room.durable.invited.size, heroes };
  }
  const members = await stateReads.allMembers(room, position);
  const count = (membership: string) => members.filter(({ content }) => content["membership"] === membership).length;
  return { joined: count("join"), invited: count("invite"), heroes: chooseHeroes(members, userId) };
}

/** The first five others that are in the room or invited; where nobody is, the first five that were. */
function chooseHeroes(members: Iterable<RoomEvent>, userId: string): readonly string[] {
  const present: string[] = [];
  const past: string[] = [];
  for (const { stateKey, content } of members) {
    if (stateKey === undefined || stateKey === userId) continue;
    const membership = content["membership"];
    if (membership === "join" || membership === "invite") present.push(stateKey);
    else if (past.length < MOST_HEROES && (membership === "leave" || membership === "ban")) past.push(stateKey);
    if (present.length === MOST_HEROES) break;
  }
  return present.length > 0 ? present : past;
}
