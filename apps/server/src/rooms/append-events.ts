import {
  authEventKeys,
  authorise,
  type Draft,
  type FinishedEvent,
  finishEvent,
  JsonError,
  type JsonObject,
  redact,
  redactionApplies,
  roomIdOfCreate,
  type RoomVersion,
} from "@wardroom/matrix-core";
import { type Actor, type AuditRecord, type AuditSink, type Clock, MatrixError, type Random } from "#kernel";
import type { Keys } from "#keys";
import { type Committed, Conflict, type Storage, type Write } from "#storage";
import { scopesOf, sealEvent } from "./event-sealing.ts";
import { countsAsUnread } from "./counts-as-unread.ts";
import type { EventStore } from "./event-store.ts";
import type { MemberStore } from "./member-store.ts";
import { applyDurable, indexedValue, membershipIn, replaceDurable, replaceInState, type Room } from "./room.ts";
import type { RoomCache } from "./room-cache.ts";
import { nobody, redactsOf, RoomEvent, type SentBy } from "./room-event.ts";
import { StateOverlay } from "./room-state.ts";

/** An event as a use case wants it; the choke point adds everything else. */
export interface EventInput {
  readonly type: string;
  readonly sender: string;
  readonly stateKey?: string;
  readonly content: JsonObject;
  /** Top-level target of a redaction (room version 10). */
  readonly redacts?: string;
  /** The member in whose name this server lets a person into a restricted room. */
  readonly vouchedBy?: string;
}

export interface AppendOptions {
  readonly actor: Actor;
  readonly sentBy?: SentBy & { readonly key: string };
  /** What the audit log says of this act; the event id is filled in. */
  readonly audit: Omit<AuditRecord, "actor" | "deviceId" | "roomId" | "eventId" | "outcome">;
  /** The event that a redaction among the inputs takes the words of. */
  readonly target?: RoomEvent;
  /** Rows of the same act, for example an alias. */
  readonly writes?: (roomId: string) => readonly Write[];
  /** Set for a room that does not exist yet; in version 12 its id is known only after its create event. */
  readonly created?: { readonly isPublic: boolean };
}

/** What a use case leaves its lane with: the batch is submitted, not yet durable. */
export interface Submitted {
  readonly events: readonly RoomEvent[];
  readonly committed: Promise<void>;
}

export interface AppendDeps {
  readonly storage: Storage;
  readonly store: EventStore;
  readonly members: MemberStore;
  readonly keys: Keys;
  readonly cache: RoomCache;
  readonly clock: Clock;
  readonly random: Random;
  readonly audit: AuditSink<Write>;
  readonly accountExists: (userId: string) => Promise<boolean>;
  /** Told synchronously for each durable event, in order. */
  readonly onDurable: (room: Room, event: RoomEvent) => void;
}

export type Append = (room: Room, inputs: readonly EventInput[], options: AppendOptions) => Promise<Submitted & { readonly room: Room }>;

/** Federation form with signature, as the specification limits it. */
const MOST_BYTES = 65_536;
const MOST_KEY_BYTES = 255;
/** All of a room's state is in memory while the room is in use. Members may always come and go. */
const MOST_STATE_BYTES = 32 * 1024 * 1024;

/**
 * The one way to make an event, the server's own included: builds, checks, seals and submits. Call it in the
 * room's lane; nothing of the room changes before the batch is submitted.
 * @throws MatrixError M_FORBIDDEN where the room's rules refuse, M_TOO_LARGE
 */
export function createAppend(deps: AppendDeps): Append {
  let lastCreate = 0;
  // The id of a version 12 room is the hash of its create event: no two of one sender may be alike in everything.
  const stamp = (isCreate: boolean): number => {
    if (!isCreate) return deps.clock.now();
    lastCreate = Math.max(deps.clock.now(), lastCreate + 1);
    return lastCreate;
  };
  return async (room, inputs, options) => {
    await checkInvitees(deps, inputs);
    const decision: Decision = {
      room,
      roomId: room.roomId,
      state: new StateOverlay(room.decided.state),
      eventId: room.decided.eventId,
      depth: room.decided.depth,
      options,
      stamp,
    };
    const events = inputs.map((input) => decide(deps, decision, input));
    const target: Room = options.created === undefined ? room : { ...room, roomId: decision.roomId };
    // Keys are durable before anything is sealed under them (design D11); mostly they are there already.
    await deps.keys.ensure(
      events.flatMap(({ pdu }) => scopesOf(target.roomId, pdu)),
      { renew: true },
    );
    if (room.isVoid) throw new Conflict("a batch before this one failed");
    const redacted = redactTarget(room, events, options.target);
    const prune = redacted === undefined ? [] : [deps.store.pruneEvent(redacted.event.eventId, redacted.because.eventId)];
    const committed = submit(deps, target, events, [...batchWrites(deps, target, events, decision), ...prune], redacted?.event);
    decision.state.commit();
    room.decided.eventId = decision.eventId;
    room.decided.depth = decision.depth;
    if (redacted !== undefined) {
      room.redacting.add(redacted.event.eventId);
      replaceInState(room.decided.state, redacted.event);
    }
    return { room: target, events, committed };
  };
}

/** Somebody who takes the name later would find an invitation that was never meant for them. @throws MatrixError M_NOT_FOUND */
async function checkInvitees({ accountExists }: AppendDeps, inputs: readonly EventInput[]): Promise<void> {
  for (const { type, stateKey, content } of inputs) {
    if (type !== "m.room.member" || stateKey === undefined || content["membership"] !== "invite") continue;
    // Every signed-in person can look up profiles, so the answer tells nothing new.
    if (!(await accountExists(stateKey))) throw new MatrixError("M_NOT_FOUND", `There is no account ${stateKey} here.`);
  }
}

/** What a batch would make of the room, event by event. */
interface Decision {
  readonly room: Room;
  roomId: string;
  readonly state: StateOverlay;
  eventId: string;
  depth: number;
  readonly options: AppendOptions;
  readonly stamp: (isCreate: boolean) => number;
}

function decide(deps: AppendDeps, decision: Decision, input: EventInput): RoomEvent {
  checkInput(input);
  const { room, state, options } = decision;
  const { pdu, eventId, size } = finish(draftOf(deps, decision, input), room.version);
  if (size > MOST_BYTES) throw new MatrixError("M_TOO_LARGE", "The event is larger than 65,536 bytes.");
  const verdict = authorise(pdu, state, room.version);
  if (!verdict.allowed) {
    const { actor } = options;
    deps.audit.refused({
      ...options.audit,
      actor: actor.userId,
      deviceId: actor.deviceId,
      roomId: decision.roomId,
      outcome: "refused",
      reason: verdict.rule,
    });
    throw new MatrixError("M_FORBIDDEN", verdict.message);
  }
  if (pdu.room_id === undefined) decision.roomId = roomIdOfCreate(eventId);
  const replaced = replacedBy(input, state);
  const event = new RoomEvent({
    roomId: decision.roomId,
    eventId,
    version: room.version,
    pdu,
    place: { position: 0 },
    sentBy: options.sentBy,
    replaced,
    redaction: undefined,
    size,
  });
  decision.eventId = eventId;
  decision.depth = pdu.depth;
  if (event.stateKey !== undefined) {
    if (room.decided.state.bytes > MOST_STATE_BYTES && event.type !== "m.room.member")
      throw new MatrixError("M_TOO_LARGE", "The state of this room is full.");
    state.put(event);
  }
  return event;
}

/**
 * What only this server says in a membership is dropped where a client says it. A client that names its own voucher would let
 * itself into every restricted room; one that writes `third_party_invite` would set anybody's membership to `invite`, for the
 * rules of such an invitation ask neither who sends it nor whom it puts out, and this server makes none.
 */
function memberContent({ content, vouchedBy }: EventInput): JsonObject {
  const { join_authorised_via_users_server: _, third_party_invite: __, ...rest } = content;
  return vouchedBy === undefined ? rest : { ...rest, join_authorised_via_users_server: vouchedBy };
}

/** @throws MatrixError M_BAD_JSON for content that is no canonical JSON, or is nested too deep. */
function finish(draft: Draft, version: RoomVersion): FinishedEvent {
  try {
    return finishEvent(draft, version);
  } catch (error) {
    throw error instanceof JsonError ? new MatrixError("M_BAD_JSON", error.message) : error;
  }
}

function draftOf(deps: AppendDeps, decision: Decision, input: EventInput): Draft {
  const { version } = decision.room;
  const isCreate = input.type === "m.room.create" && decision.eventId === "";
  const keyed = {
    type: input.type,
    sender: input.sender,
    content: input.type === "m.room.member" ? memberContent(input) : input.content,
    ...(input.stateKey === undefined ? {} : { state_key: input.stateKey }),
  };
  return {
    ...keyed,
    ...(isCreate && version.roomIdIsCreateHash ? {} : { room_id: decision.roomId }),
    ...(input.redacts === undefined ? {} : { redacts: input.redacts }),
    origin_server_ts: decision.stamp(isCreate),
    depth: decision.depth + 1,
    prev_events: decision.eventId === "" ? [] : [decision.eventId],
    auth_events: authEventKeys(keyed, version).flatMap(([type, key]) => decision.state.get(type, key)?.eventId ?? []),
    "wardroom.salt": Buffer.from(deps.random.bytes(16)).toString("base64"),
  };
}

function replacedBy(input: EventInput, state: StateOverlay): RoomEvent["parts"]["replaced"] {
  const before = input.stateKey === undefined ? undefined : state.get(input.type, input.stateKey);
  return before === undefined ? undefined : { eventId: before.eventId, content: before.content, place: before.parts.place };
}

function checkInput({ type, stateKey }: EventInput): void {
  // Clients look at the type alone: such a state event would pass for a redaction that nobody was allowed to make.
  if (type === "m.room.redaction" && stateKey !== undefined) throw new MatrixError("M_FORBIDDEN", "A redaction is no state.");
  for (const text of [type, stateKey ?? ""]) {
    if (text.length > MOST_KEY_BYTES || Buffer.byteLength(text) > MOST_KEY_BYTES)
      throw new MatrixError("M_TOO_LARGE", "An event type or state key has more than 255 bytes.");
    // @NOTSPEC: PostgreSQL stores no NUL in text, and no client has a use for one.
    if (text.includes("\u0000")) throw new MatrixError("M_INVALID_PARAM", "An event type or state key holds a NUL character.");
  }
}

/** The redacted form of the target, unless it is redacted already. @throws MatrixError M_FORBIDDEN */
function redactTarget(
  room: Room,
  events: readonly RoomEvent[],
  target: RoomEvent | undefined,
): { event: RoomEvent; because: RoomEvent } | undefined {
  const because =
    target === undefined ? undefined : events.find(({ pdu }) => pdu.type === "m.room.redaction" && redactsOf(pdu) === target.eventId);
  if (target === undefined || because === undefined) return undefined;
  // An event of redaction may be allowed and still have no effect; whoever asked for the effect is told.
  if (!redactionApplies(because.pdu, target.pdu, room.decided.state, room.version))
    throw new MatrixError("M_FORBIDDEN", "You may not redact this event.");
  // Two redactions at once: the first one decided has taken the words.
  if (target.parts.redaction !== undefined || room.redacting.has(target.eventId)) return undefined;
  return { event: redactEvent(target, because, room.version), because };
}

function redactEvent(target: RoomEvent, because: RoomEvent, version: RoomVersion): RoomEvent {
  return new RoomEvent({
    ...target.parts,
    pdu: redact(target.pdu, version),
    redaction: { eventId: because.eventId, place: because.parts.place, text: because.clientJson(nobody, "room") },
  });
}

function batchWrites(deps: AppendDeps, room: Room, events: readonly RoomEvent[], decision: Decision): Write[] {
  const { options, eventId, depth } = decision;
  const { actor, created } = options;
  const last = events.length - 1;
  const chain =
    created === undefined
      ? deps.store.moveHead({ head: eventId, depth, roomId: room.roomId, previous: room.decided.eventId, epoch: room.epoch }, last)
      : deps.store.insertRoom(
          { room_id: room.roomId, version: room.version.id, head: eventId, depth, epoch: room.epoch, is_public: created.isPublic ? 1 : 0 },
          last,
        );
  const record = {
    ...options.audit,
    actor: actor.userId,
    deviceId: actor.deviceId,
    roomId: room.roomId,
    eventId,
    outcome: "done",
  } as const;
  return [
    chain,
    ...events.flatMap((event, offset) => eventWrites(deps, room, event, offset, options.sentBy)),
    ...deps.audit.writes(record),
    ...(options.writes?.(room.roomId) ?? []),
  ];
}

function eventWrites(deps: AppendDeps, room: Room, event: RoomEvent, offset: number, sentBy: AppendOptions["sentBy"]): readonly Write[] {
  const { kept, removed } = sealEvent(deps.keys, room.roomId, event.eventId, event.pdu, room.version);
  const writes = deps.store.insertEvent({
    offset,
    event_id: event.eventId,
    room_id: room.roomId,
    type: event.type,
    sender: event.sender,
    state_key: event.stateKey ?? null,
    counts: countsAsUnread(event) ? 1 : 0,
    kept,
    removed,
    value: indexedValue(event),
    replaces: event.parts.replaced?.eventId ?? null,
    device_id: sentBy?.deviceId ?? null,
    txn: sentBy?.key ?? null,
  });
  if (event.type !== "m.room.member" || event.stateKey === undefined) return writes;
  const membership = { userId: event.stateKey, roomId: room.roomId, membership: membershipIn(event), sender: event.sender };
  return [...writes, deps.members.put(membership, offset)];
}

async function submit(
  deps: AppendDeps,
  room: Room,
  events: readonly RoomEvent[],
  writes: readonly Write[],
  redacted: RoomEvent | undefined,
): Promise<void> {
  const settled = deps.cache.track(room);
  const onDurable = ({ first }: Committed) => {
    for (const [index, event] of events.entries()) {
      event.parts.place.position = first + index;
      applyDurable(room.durable, event);
      deps.onDurable(room, event);
    }
    if (redacted !== undefined) replaceDurable(room.durable, redacted);
  };
  try {
    await deps.storage.commit({ writes, positions: events.length }, onDurable);
  } catch (error) {
    // Everything decided on top of this batch is void with it.
    deps.cache.drop(room);
    throw error;
  } finally {
    settled();
    if (redacted !== undefined) room.redacting.delete(redacted.eventId);
  }
}
