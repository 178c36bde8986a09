import type { Actor, RawJson } from "#kernel";
import type { Write } from "#storage";
import type { JsonObject, Membership, MembershipRow } from "@wardroom/matrix-core";
import type { KnownRooms, PeopleFeed } from "./directory-contract.ts";
import type { SearchPage, SearchQuery } from "./search-contract.ts";

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
  /** What `m.relates_to` says, if it has a `rel_type`; read from the content when it is asked for. */
  readonly relation: { readonly relType: string; readonly eventId: string } | undefined;
  readonly isRedacted: boolean;
  /**
   * Text of the client form. `room` has `room_id`, `sync` has not, `federation` has what else the event consists of.
   * `unsigned.transaction_id` is there only for the device that sent it.
   */
  clientJson(reader: Actor, form: "room" | "sync" | "federation"): string;
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
export type EventMatcher = (event: Pick<FeedEvent, "type" | "sender" | "stateKey" | "content">) => boolean;

export interface TimelinePage {
  /** oldest first, only what this user may see */
  readonly events: readonly FeedEvent[];
  /** true if a visible, matching event between `after` and the first returned one was left out */
  readonly limited: boolean;
  /** position just before the first returned event: the true prev_batch; `until` when the page is empty */
  readonly before: number;
}

export interface RelationsQuery {
  readonly relType?: string;
  readonly eventType?: string;
  readonly direction: "b" | "f";
  readonly from?: number;
  readonly to?: number;
  readonly limit: number;
  readonly recurse?: boolean;
}

export interface RelationsPage {
  readonly chunk: readonly string[];
  /** Where the next page begins; undefined if there is none. */
  readonly next: number | undefined;
  /** How many levels below the event were looked at. */
  readonly depth: number;
}

export interface EventContext {
  /** Newest first. */
  readonly before: readonly string[];
  readonly event: string;
  readonly after: readonly string[];
  readonly state: readonly string[];
  readonly start: number;
  readonly end: number;
}

export interface Receipt {
  readonly userId: string;
  readonly eventId: string;
  readonly type: "m.read" | "m.read.private";
  readonly threadId: string | undefined;
  readonly ts: number;
  readonly position: number;
}

/** Who came into a room and who went out of it, between two positions. */
export interface MemberMoves {
  readonly joined: readonly string[];
  readonly left: readonly string[];
}

export interface RoomSummary {
  readonly joined: number;
  readonly invited: number;
  /** up to five other members by order of joining: joined and invited, or left and banned if nobody else is there */
  readonly heroes: readonly string[];
}

/** How far a person has read a room, by the greater of their public and private receipts. The same object until one of them moves. */
export interface ReadMarks {
  /** By receipts that are for no thread in particular. */
  readonly everywhere: number;
  /** By thread: `main`, or the id of its root. */
  readonly threads: ReadonlyMap<string, number>;
}

/** What push rules ask about a room, as it is now. */
export interface RuleFacts {
  readonly roomId: string;
  joined(): number;
  displayName(userId: string): string | undefined;
  name(): string | undefined;
  /** Whether the sender's power suffices for `notifications.<key>` of the room. */
  mayNotify(sender: string, key: string): boolean;
  /** Among the newest events, which are in memory. */
  readonly findRecent: (eventId: string) => FeedEvent | undefined;
}

/** A room as one of its members has it, for push. */
export interface MemberView {
  /** Of the room's newest durable event. */
  readonly position: number;
  /** Where their present stay began. */
  readonly joinedFrom: number;
  readonly marks: ReadMarks;
  readonly facts: RuleFacts;
  /** Every event after this, oldest first; undefined if some of them are not in memory. A member sees all since they joined. */
  recent(after: number): readonly FeedEvent[] | undefined;
}

/** By which way a person was given something of a room; names in the audit. */
export type ReadKind =
  | "sync"
  | "messages"
  | "context"
  | "event"
  | "relations"
  | "threads"
  | "state"
  | "members"
  | "time"
  | "search"
  | "notifications"
  | "push"
  | "media";

/** What `sync` may ask of rooms: durable state only, never the decided one. */
export interface RoomFeed {
  /** Every room of which the user has a membership row, as of now. Kept in memory; iteration does no I/O. */
  membershipsOf(userId: string): Promise<ReadonlyMap<string, OwnMembership>>;
  /** All of the user's durable membership rows in the room, ascending: which stretches of the room they were joined for. */
  membershipRows(roomId: string, userId: string): Promise<readonly MembershipRow[]>;
  /** Position of the room's newest event, or 0. */
  lastEventPosition(roomId: string): number;
  timeline(actor: Actor, roomId: string, query: TimelineQuery): Promise<TimelinePage>;
  /**
   * The same events with the aggregations of their children up to `until` in `unsigned`, as this person may have them; the same
   * list if there are none. Not to be shared among readers.
   */
  bundle(actor: Actor, roomId: string, events: readonly FeedEvent[], until: number): Promise<readonly FeedEvent[]>;
  /**
   * The root of the thread that an event of the room belongs to, itself or by what it relates to; undefined: the main timeline,
   * roots included. Reads the store only for events with another relation than `m.thread`.
   */
  threadOf(roomId: string, event: Pick<FeedEvent, "relation">): Promise<string | undefined>;
  /** Full state as it was at `position` (after the event there); the head is cached. `withoutMembers` may leave out m.room.member, so that lazy loading need not read ten thousand of them. */
  stateAt(reader: Actor, roomId: string, position: number, options?: { readonly withoutMembers?: boolean }): Promise<readonly FeedEvent[]>;
  /** Newest row per key among `after < position ≤ until`. */
  stateBetween(reader: Actor, roomId: string, after: number, until: number): Promise<readonly FeedEvent[]>;
  /** The members' events of these users at `position`. */
  membersAt(reader: Actor, roomId: string, position: number, userIds: readonly string[]): Promise<readonly FeedEvent[]>;
  /**
   * Who joined and who left with `after < position ≤ until`. Nobody, at once and without a read, where no state changed. Far back
   * people may be named who only changed their name, and people who were never joined: too many, never too few.
   */
  memberMoves(roomId: string, after: number, until: number): MemberMoves | Promise<MemberMoves>;
  /** Users joined as of `position`. */
  joinedAt(roomId: string, position: number): Promise<readonly string[]>;
  /** Users joined now, if the room is in memory. */
  joinedInMemory(roomId: string): ReadonlySet<string> | undefined;
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
  /** Undefined for who is not joined. */
  memberView(userId: string, roomId: string): Promise<MemberView | undefined>;
  ruleFacts(roomId: string): Promise<RuleFacts | undefined>;
  /**
   * Records that the person was given events, state, members or files of the room, if its label asks for it. For who delivers them, once
   * for an answer: what the server reads for itself, such as counts and push rules, is no read of a person's. Undefined: nothing
   * to wait for.
   */
  noteRead(actor: Actor, roomId: string, how: ReadKind): Promise<void> | undefined;
  /** Called synchronously from the commit for each durable event, in order; `joined` is the live set of members. Must not throw. */
  onEvent(listener: (roomId: string, event: FeedEvent, joined: ReadonlySet<string>) => void): void;
  /** Called likewise when an event has lost its words, with the event as it was. */
  onRedacted(listener: (facts: RuleFacts, original: FeedEvent) => void): void;
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
  /** `thirdPartySigned`: the proof that the person owns the address which a third-party invitation of the room was for. */
  join(
    actor: Actor,
    input: { readonly roomIdOrAlias: string; readonly reason?: string; readonly thirdPartySigned?: JsonObject },
  ): Promise<{ readonly roomId: string }>;
  /** Asks to be let in. @throws MatrixError M_FORBIDDEN where the room takes no knocks, M_NOT_FOUND */
  knock(actor: Actor, input: { readonly roomIdOrAlias: string; readonly reason?: string }): Promise<{ readonly roomId: string }>;
  /** Replaces the room by one of another version. @throws MatrixError M_FORBIDDEN, M_UNSUPPORTED_ROOM_VERSION */
  upgradeRoom(
    actor: Actor,
    input: { readonly roomId: string; readonly newVersion: string; readonly additionalCreators?: readonly string[] },
  ): Promise<{ readonly replacementRoom: string }>;
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

  /** Walks what this person may see in rooms without encryption, newest first, as far as one request may. */
  searchEvents(actor: Actor, query: SearchQuery): Promise<SearchPage>;
  /** Children of an event. @throws MatrixError M_NOT_FOUND also where the event may not be seen */
  listRelations(actor: Actor, roomId: string, eventId: string, query: RelationsQuery): Promise<RelationsPage>;
  /** Roots of threads, the one with the newest event first. */
  listThreads(
    actor: Actor,
    roomId: string,
    query: { readonly participated: boolean; readonly from?: number; readonly limit: number },
  ): Promise<{ readonly chunk: readonly string[]; readonly next: number | undefined }>;
  /** @throws MatrixError M_NOT_FOUND also where the event may not be seen */
  getContext(
    actor: Actor,
    roomId: string,
    eventId: string,
    query: { readonly limit: number; readonly matches?: EventMatcher; readonly lazyLoadMembers?: boolean },
  ): Promise<EventContext>;
  /** The first visible event at this time (milliseconds) or later, or the last one at it or earlier. @throws MatrixError M_NOT_FOUND */
  findByTime(
    actor: Actor,
    roomId: string,
    query: { readonly ts: number; readonly direction: "b" | "f" },
  ): Promise<{ readonly eventId: string; readonly originServerTs: number }>;

  setTyping(actor: Actor, roomId: string, typing: boolean, timeoutMs: number): Promise<void>;
  sendReceipt(
    actor: Actor,
    input: { readonly roomId: string; readonly type: "m.read" | "m.read.private"; readonly eventId: string; readonly threadId?: string },
  ): Promise<void>;
  /** Public, global profile. Changing it writes member events through the choke point into every joined room. */
  getProfile(userId: string): Promise<JsonObject>;
  setProfileField(actor: Actor, key: string, value: JsonObject[string] | undefined): Promise<void>;
  /** The room that this one replaced, if the person was in it and its tombstone says so too. */
  predecessorOf(actor: Actor, roomId: string): Promise<string | undefined>;
  /** Keeps a report about an event, a room (no `eventId`) or a person. @throws MatrixError M_NOT_FOUND, M_LIMIT_EXCEEDED */
  reportContent(
    actor: Actor,
    report: { readonly roomId?: string; readonly eventId?: string; readonly userId?: string; readonly reason: string },
  ): Promise<void>;
  resolveAlias(alias: string): Promise<string | undefined>;
  /** Whether the person may see this event now. A narrow door for modules that answer with what an event names, such as a file. */
  maySee(userId: string, roomId: string, eventId: string): Promise<boolean>;
  /** For members. @throws MatrixError M_UNKNOWN (409) for an alias that is taken */
  setAlias(actor: Actor, input: { readonly alias: string; readonly roomId: string }): Promise<void>;
  /** For who made it, who may change the room's canonical alias, and administrators. The room stops calling itself by it where the person may do that. */
  deleteAlias(actor: Actor, alias: string): Promise<void>;
  /** For members, and for everybody where the room is world-readable. */
  listAliases(actor: Actor, roomId: string): Promise<readonly string[]>;
  /** @throws MatrixError M_NOT_FOUND for a room that this person may not know of */
  getDirectoryVisibility(actor: Actor, roomId: string): Promise<"public" | "private">;
  /** For members who may change the room's canonical alias; administrators may take any room out. */
  setDirectoryVisibility(actor: Actor, roomId: string, visibility: "public" | "private"): Promise<void>;
  readonly known: KnownRooms;
  readonly people: PeopleFeed;
  /** Replaces the person's words by nothing: destroys their keys, empties caches. The rooms live on. */
  erasePerson(userId: string): Promise<void>;
  /**
   * Takes a person out of all rooms once `deactivate` has ended their account, and erases their words if asked for. A stop in the
   * middle is made good at the next start.
   */
  leaveForGood(actor: Actor, how: { readonly erases: boolean; readonly deactivate: () => Promise<void> }): Promise<void>;
  /** Goes on with accounts on their way out. To be called once, when every module is there that keeps something of people. */
  resumeDepartures(): Promise<void>;
  readonly feed: RoomFeed;
}
