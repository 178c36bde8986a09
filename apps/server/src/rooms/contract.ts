import type { Actor, RawJson } from "#kernel";
import type { Write } from "#storage";
import type { JsonObject, Membership, MembershipRow } from "@wardroom/matrix-core";

export interface CreateRoomRequest {
  readonly roomVersion?: string;
  readonly preset?: "private_chat" | "public_chat" | "trusted_private_chat";
  readonly visibility?: "public" | "private";
  readonly name?: string;
  readonly topic?: string;
  readonly roomAliasName?: string;
  readonly invite?: readonly string[];
  readonly isDirect?: boolean;
  readonly initialState?: readonly { readonly type: string; readonly stateKey: string; readonly content: JsonObject }[];
  readonly creationContent?: JsonObject;
  readonly powerLevelContentOverride?: JsonObject;
}

/** A durable event as sync needs it: client JSON text without per-user parts, cached. */
export interface FeedEvent {
  readonly position: number;
  readonly eventId: string;
  readonly type: string;
  readonly stateKey: string | undefined;
  readonly sender: string;
  readonly originServerTs: number;
  /** The content that clients get: pruned if the event was redacted or its person erased. */
  readonly content: JsonObject;
  /** Text of the client form. `room` has `room_id`, `sync` has not. `unsigned.transaction_id` is there only for the device that sent it. */
  clientJson(reader: Actor, form: "room" | "sync"): string;
  /** `sender`, `type`, `state_key` and `content` only. For state events. */
  strippedJson(): string;
}

export interface OwnMembership {
  readonly roomId: string;
  readonly membership: Membership;
  readonly sender: string;
  readonly position: number;
  readonly forgotten: boolean;
}

export interface TimelineQuery {
  /** exclusive */
  readonly after: number;
  /** inclusive */
  readonly until: number;
  readonly limit: number;
  readonly matches?: EventMatcher;
}

/** Asked of stored events before they are opened: `content` opens one, so it comes last. */
export type EventMatcher = (event: Pick<FeedEvent, "type" | "sender" | "content">) => boolean;

export interface TimelinePage {
  /** oldest first, only what this user may see */
  readonly events: readonly FeedEvent[];
  /** true if a visible, matching event between `after` and the first returned one was left out */
  readonly limited: boolean;
  /** position just before the first returned event: the true prev_batch; `until` when the page is empty */
  readonly before: number;
}

export interface Receipt {
  readonly userId: string;
  readonly eventId: string;
  readonly type: "m.read" | "m.read.private";
  readonly threadId: string | undefined;
  readonly ts: number;
  readonly position: number;
}

export interface RoomSummary {
  readonly joined: number;
  readonly invited: number;
  /** up to five other members by order of joining: joined and invited, or left and banned if nobody else is there */
  readonly heroes: readonly string[];
}

/** What `sync` may ask of rooms: durable state only, never the decided one. */
export interface RoomFeed {
  /** Every room of which the user has a membership row, as of now. Kept in memory; iteration does no I/O. */
  membershipsOf(userId: string): Promise<ReadonlyMap<string, OwnMembership>>;
  /** All of the user's durable membership rows in the room, ascending: which stretches of the room they were joined for. */
  membershipRows(roomId: string, userId: string): Promise<readonly MembershipRow[]>;
  /** Position of the room's newest event, or 0. */
  lastEventPosition(roomId: string): number;
  timeline(actor: Actor, roomId: string, query: TimelineQuery): Promise<TimelinePage>;
  /** Full state as it was at `position` (after the event there); the head is cached. `withoutMembers` may leave out m.room.member, so that lazy loading need not read ten thousand of them. */
  stateAt(reader: Actor, roomId: string, position: number, options?: { readonly withoutMembers?: boolean }): Promise<readonly FeedEvent[]>;
  /** Newest row per key among `after < position ≤ until`. */
  stateBetween(reader: Actor, roomId: string, after: number, until: number): Promise<readonly FeedEvent[]>;
  /** The members' events of these users at `position`. */
  membersAt(reader: Actor, roomId: string, position: number, userIds: readonly string[]): Promise<readonly FeedEvent[]>;
  summaryAt(roomId: string, userId: string, position: number): Promise<RoomSummary>;
  /** Own private receipts and everybody's public ones with `after < position ≤ until`. */
  receiptsBetween(actor: Actor, roomId: string, after: number, until: number): Promise<readonly Receipt[]>;
  lastReceiptPosition(roomId: string): number;
  /** Users typing now, and the ephemeral counter at which that list last changed. */
  typing(roomId: string): { readonly users: readonly string[]; readonly changedAt: number };
  ephemeralCounter(): number;
  /**
   * Called after durable events, receipts or typing changed something in a room. `joined`: its members. `others`: the targets of
   * membership events (the invited, kicked, banned, and who left by themselves: their other devices wait too).
   */
  onChange(listener: (roomId: string, joined: Iterable<string>, others: Iterable<string>) => void): void;
  /** m.read of this user: unread events after it, by simple count of visible message-like events of others; highlights by m.mentions. */
  unreadCounts(actor: Actor, roomId: string, until: number): Promise<{ readonly notifications: number; readonly highlights: number }>;
}

/** An event about to be committed, for those who write in its commit. `offset` is its place among the positions of the batch. */
export type AppendedEvent = Pick<FeedEvent, "eventId" | "type" | "stateKey" | "sender" | "content"> & {
  readonly roomId: string;
  readonly offset: number;
};

/** Contribution ports: what other modules write in the commits of events. */
export interface EventContributions {
  /** Called for every event: it must cost nothing where there is nothing to write. */
  readonly onEventAppended?: readonly ((event: AppendedEvent) => readonly Write[])[];
  /** In the commit that takes an event's words. `offset` is the place of the redaction among the positions of the batch. */
  readonly onEventRedacted?: readonly ((eventId: string, offset: number) => readonly Write[])[];
}

export interface Rooms {
  createRoom(actor: Actor, request: CreateRoomRequest): Promise<{ readonly roomId: string }>;
  sendMessage(
    actor: Actor,
    input: { readonly roomId: string; readonly type: string; readonly content: JsonObject; readonly transactionId: string },
  ): Promise<{ readonly eventId: string }>;
  sendState(
    actor: Actor,
    input: { readonly roomId: string; readonly type: string; readonly stateKey: string; readonly content: JsonObject },
  ): Promise<{ readonly eventId: string }>;
  redactEvent(
    actor: Actor,
    input: { readonly roomId: string; readonly eventId: string; readonly reason?: string; readonly transactionId: string },
  ): Promise<{ readonly eventId: string }>;
  join(actor: Actor, input: { readonly roomIdOrAlias: string; readonly reason?: string }): Promise<{ readonly roomId: string }>;
  leave(actor: Actor, input: { readonly roomId: string; readonly reason?: string }): Promise<void>;
  forget(actor: Actor, roomId: string): Promise<void>;
  /** invite, kick, ban, unban: the target's membership set by another. */
  changeMembership(
    actor: Actor,
    input: {
      readonly roomId: string;
      readonly userId: string;
      readonly act: "invite" | "kick" | "ban" | "unban";
      readonly reason?: string;
    },
  ): Promise<void>;

  getEvent(actor: Actor, roomId: string, eventId: string): Promise<RawJson>;
  /** A JSON array of client events: now for members, at the leave for those who left. */
  listState(actor: Actor, roomId: string): Promise<RawJson>;
  getState(actor: Actor, roomId: string, type: string, stateKey: string, format: "content" | "event"): Promise<RawJson>;
  listMembers(
    actor: Actor,
    roomId: string,
    query: { readonly atPosition?: number; readonly membership?: string; readonly notMembership?: string },
  ): Promise<RawJson>;
  joinedMembers(actor: Actor, roomId: string): Promise<RawJson>;
  joinedRooms(actor: Actor): Promise<readonly string[]>;
  /** `from`/`to` are positions (between events); undefined `from`: the end that the direction starts from. Answers with positions; the edge makes tokens. */
  listMessages(
    actor: Actor,
    roomId: string,
    query: {
      readonly direction: "b" | "f";
      readonly from?: number;
      readonly to?: number;
      readonly limit: number;
      readonly matches?: EventMatcher;
      readonly lazyLoadMembers?: boolean;
    },
  ): Promise<{
    readonly chunk: readonly string[];
    readonly start: number;
    readonly end: number | undefined;
    readonly state: readonly string[];
  }>;

  setTyping(actor: Actor, roomId: string, typing: boolean, timeoutMs: number): Promise<void>;
  sendReceipt(
    actor: Actor,
    input: { readonly roomId: string; readonly type: "m.read" | "m.read.private"; readonly eventId: string; readonly threadId?: string },
  ): Promise<void>;
  /** Public, global profile. Changing it writes member events through the choke point into every joined room. */
  getProfile(userId: string): Promise<JsonObject>;
  setProfileField(actor: Actor, key: string, value: JsonObject[string] | undefined): Promise<void>;
  resolveAlias(alias: string): Promise<string | undefined>;
  /** Whether the person may see this event now. A narrow door for modules that answer with what an event names, such as a file. */
  maySee(userId: string, roomId: string, eventId: string): Promise<boolean>;
  /** Replaces the person's words by nothing: destroys their keys, empties caches. The rooms live on. */
  erasePerson(userId: string): Promise<void>;
  readonly feed: RoomFeed;
}
