import type { MembershipRow, RoomVersion, VisibilityRow } from "@wardroom/matrix-core";
import { nobody, RoomEvent } from "./room-event.ts";
import { aggregated } from "./relation-store.ts";
import { labelValue, ROOM_LABEL } from "./room-label.ts";
import { RoomState } from "./room-state.ts";

/** The chain's end and the state there. */
interface Head {
  eventId: string;
  depth: number;
  readonly state: RoomState;
}

/**
 * A room in memory, with its two marks (design D4): `decided` is what the next decision builds on, `durable`
 * what readers and acknowledgements see.
 */
export interface Room {
  readonly roomId: string;
  readonly version: RoomVersion;
  readonly epoch: number;
  readonly decided: Head;
  readonly durable: DurableRoom;
  /** Events whose redaction is decided and not yet durable. */
  readonly redacting: Set<string>;
  /** Batches with annotations that are decided and not yet durable. */
  annotating: number;
  /** Settles with the newest submitted batch: what is already so may be acknowledged when it is durable. */
  lastCommitted: Promise<void>;
  /** Batches submitted and not yet settled. */
  inFlight: number;
  /** Set when a batch failed: what was decided after it is void, and the room is loaded again. */
  isVoid: boolean;
}

/** What readers see. Changed only from the commit's callback. */
export interface DurableRoom {
  position: number;
  /** Of the newest state event: from there on, state is what it is now. */
  statePosition: number;
  readonly state: RoomState;
  readonly joined: Set<string>;
  readonly invited: Set<string>;
  /** Newest events, ascending; every event after `recentFrom` is there. */
  recent: RoomEvent[];
  recentFrom: number;
  recentBytes: number;
  /** Position of the newest child that may be bundled with its parent, or 0: what came after it has no children. */
  lastRelation: number;
  readonly visibility: ReaderRows;
}

/** The short interval lists that history visibility is judged by, loaded at need. */
interface ReaderRows {
  visibility: VisibilityRow[] | undefined;
  readonly members: Map<string, MembershipRow[]>;
  readonly checks: Map<string, (position: number) => boolean>;
}

/** A room as it is known to be stored; nothing is in flight. */
export function createRoomInMemory(parts: Pick<Room, "roomId" | "version" | "epoch" | "decided" | "durable">): Room {
  return { ...parts, redacting: new Set(), annotating: 0, lastCommitted: Promise.resolve(), inFlight: 0, isVoid: false };
}

export function createDurableRoom(position: number, statePosition: number): DurableRoom {
  return {
    position,
    statePosition,
    state: new RoomState(),
    joined: new Set(),
    invited: new Set(),
    recent: [],
    recentFrom: position,
    recentBytes: 0,
    lastRelation: 0,
    visibility: { visibility: undefined, members: new Map(), checks: new Map() },
  };
}

const MOST_RECENT = 300;
const MOST_RECENT_BYTES = 1024 * 1024;

/** Makes a durable event visible to readers. */
export function applyDurable(room: DurableRoom, event: RoomEvent): void {
  room.position = event.position;
  if (isBundled(event)) room.lastRelation = event.position;
  room.recent.push(event);
  room.recentBytes += event.parts.size;
  if (room.recent.length > MOST_RECENT || room.recentBytes > MOST_RECENT_BYTES) forgetOldest(room);
  if (event.stateKey === undefined) return;
  room.statePosition = event.position;
  room.state.put(event);
  if (event.type === "m.room.member") countMember(room, event.stateKey, membershipIn(event));
  noteForReaders(room.visibility, event);
}

/** Perhaps: whether the relation keeps its rules is known to the store alone. */
const isBundled = ({ relation }: RoomEvent): boolean => relation !== undefined && aggregated.includes(relation.relType);

/** Drops a third at a time: moving the list for each event would cost more than the events. */
function forgetOldest(room: DurableRoom): void {
  const dropped = room.recent.splice(0, Math.ceil(room.recent.length / 3));
  room.recentFrom = dropped.at(-1)?.position ?? room.recentFrom;
  room.recentBytes = bytesOf(room.recent);
}

export function bytesOf(events: readonly RoomEvent[]): number {
  return events.reduce((sum, { parts }) => sum + parts.size, 0);
}

export function countMember(room: DurableRoom, userId: string, membership: string): void {
  if (membership === "join") room.joined.add(userId);
  else room.joined.delete(userId);
  if (membership === "invite") room.invited.add(userId);
  else room.invited.delete(userId);
}

function noteForReaders(rows: ReaderRows, event: RoomEvent): void {
  if (event.type === "m.room.history_visibility" && event.stateKey === "") {
    rows.visibility?.push({ position: event.position, visibility: asVisibility(event.content["history_visibility"]) });
    rows.checks.clear();
  } else if (event.type === "m.room.member" && event.stateKey !== undefined) {
    rows.members.get(event.stateKey)?.push({ position: event.position, membership: asMembership(event.content["membership"]) });
    rows.checks.delete(event.stateKey);
  }
}

/** Replaces an event by its redacted form wherever readers could meet it, the `prev_content` of its successor included. */
export function replaceDurable(room: DurableRoom, redacted: RoomEvent): void {
  room.recent = room.recent.map((event) => replacement(event, redacted) ?? event);
  replaceInState(room.state, redacted);
}

/** The same for the state that decisions build on. */
export function replaceInState(state: RoomState, redacted: RoomEvent): void {
  for (const event of redacted.type === "m.room.redaction" ? state : present(state.get(redacted.type, redacted.stateKey ?? ""))) {
    const changed = replacement(event, redacted);
    if (changed !== undefined) state.put(changed);
  }
}

const present = (event: RoomEvent | undefined): readonly RoomEvent[] => (event === undefined ? [] : [event]);

function replacement(event: RoomEvent, redacted: RoomEvent): RoomEvent | undefined {
  if (event.eventId === redacted.eventId) return redacted;
  const { replaced, redaction } = event.parts;
  if (replaced?.eventId === redacted.eventId)
    return replaced.content === undefined
      ? undefined // not read yet: when it is, it is read as redacted
      : new RoomEvent({ ...event.parts, replaced: { ...replaced, content: redacted.content } });
  // A redaction may be redacted itself: its reason then leaves the event that it emptied.
  if (redaction?.eventId === redacted.eventId)
    return new RoomEvent({ ...event.parts, redaction: { ...redaction, text: redacted.clientJson(nobody, "room") } });
  return undefined;
}

const memberships = new Set<unknown>(["join", "invite", "leave", "ban", "knock"]);
const visibilities = new Set<unknown>(["world_readable", "shared", "invited", "joined"]);

export function asMembership(value: unknown): MembershipRow["membership"] {
  return memberships.has(value) ? (value as MembershipRow["membership"]) : "leave"; // the set holds exactly these words
}

/** Anything unknown counts as `shared`, as the specification says. */
export function asVisibility(value: unknown): VisibilityRow["visibility"] {
  return visibilities.has(value) ? (value as VisibilityRow["visibility"]) : "shared"; // likewise
}

export function membershipIn(event: RoomEvent): MembershipRow["membership"] {
  return asMembership(event.content["membership"]);
}

/** What the state rows say in clear: visibility is judged without opening events, and a label outlives the words of who set it. */
export function indexedValue(event: RoomEvent): string | null {
  if (event.type === "m.room.member") return membershipIn(event);
  if (event.stateKey !== "") return null;
  if (event.type === "m.room.history_visibility") return asVisibility(event.content["history_visibility"]);
  return event.type === ROOM_LABEL ? labelValue(event.content) : null;
}
