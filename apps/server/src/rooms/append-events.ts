import { actedBy, type Actor, type AuditRecord, type AuditSink, type Clock, MatrixError, type Random } from "#kernel";
import type { Keys } from "#keys";
import { type Committed, Conflict, type Storage, type Write } from "#storage";
import { auditOf } from "./audit-names.ts";
import type { EventContributions } from "./contract.ts";
import { decideEvent, type Decision } from "./decide-event.ts";
import { checkInvitees, type EventInput } from "./event-input.ts";
import { scopesOf } from "./event-sealing.ts";
import type { EventStore } from "./event-store.ts";
import { eventWrites } from "./event-writes.ts";
import type { MemberStore } from "./member-store.ts";
import { type Relate, type Related, relationWrites } from "./relate-events.ts";
import type { RelationStore } from "./relation-store.ts";
import { type Redacted, redactTarget } from "./redact-target.ts";
import { applyDurable, replaceDurable, replaceInState, type Room } from "./room.ts";
import type { RoomCache } from "./room-cache.ts";
import type { RoomEvent, SentBy } from "./room-event.ts";
import { StateOverlay } from "./room-state.ts";
import type { RoomStore } from "./room-store.ts";
import type { StateStore } from "./state-store.ts";

export interface AppendOptions {
  readonly actor: Actor;
  readonly sentBy?: SentBy & { readonly key: string };
  /** What the act is in the audit log, where its first event alone does not tell. */
  readonly audit?: Pick<AuditRecord, "event" | "target">;
  /** The event that a redaction among the inputs takes the words of. */
  readonly target?: RoomEvent;
  /** Rows of the same act, for example an alias. */
  readonly writes?: (roomId: string) => readonly Write[];
  /** Set for a room that does not exist yet. */
  readonly created?: { readonly isPublic: boolean };
}

/** What a use case leaves its lane with: the batch is submitted, not yet durable. */
export interface Submitted {
  readonly events: readonly RoomEvent[];
  readonly committed: Promise<unknown>;
}

export interface AppendDeps extends EventContributions {
  readonly storage: Storage;
  readonly events: EventStore;
  readonly roomStore: RoomStore;
  readonly states: StateStore;
  readonly memberStore: MemberStore;
  readonly relations: RelationStore;
  readonly relate: Relate;
  readonly keys: Keys;
  readonly cache: RoomCache;
  readonly clock: Clock;
  readonly random: Random;
  readonly audit: AuditSink<Write>;
  readonly isActive: (userId: string) => Promise<boolean>;
  /** Told synchronously for each durable event, in order. */
  readonly onDurable: (room: Room, event: RoomEvent) => void;
  /** Told likewise when an event has lost its words. */
  readonly onRedacted: (room: Room, original: RoomEvent) => void;
}

export type Append = (room: Room, inputs: readonly EventInput[], options: AppendOptions) => Promise<Submitted & { readonly room: Room }>;

/**
 * The one way to make an event, the server's own included: builds, checks, seals and submits. Call it in the
 * room's lane; nothing of the room changes before the batch is submitted.
 * @throws MatrixError M_FORBIDDEN where the room's rules refuse, M_TOO_LARGE, M_BAD_JSON, M_NOT_FOUND for an invitation of nobody,
 *   M_UNKNOWN and M_DUPLICATE_ANNOTATION for a relation that may not be
 */
export function createAppend(deps: AppendDeps): Append {
  const begin = createBegin(deps);
  return async (room, inputs, options) => {
    await checkInvitees(inputs, deps.isActive);
    const decision = begin(room, options);
    const events = inputs.map((input) => decideEvent(decision, input));
    const target: Room = options.created === undefined ? room : { ...room, roomId: decision.roomId };
    const redacted = redact(room, events, options, decision);
    const related = await deps.relate(target, events);
    // Keys are durable before anything is sealed under them (design D11); mostly they are there already.
    await deps.keys.ensure(
      events.flatMap(({ pdu }) => scopesOf(target.roomId, pdu)),
      { renew: true },
    );
    if (room.isVoid) throw new Conflict("a batch before this one failed");
    deps.storage.admit();
    const committed = submit(deps, target, {
      events,
      redacted,
      annotates: related.some(({ relation }) => relation.relType === "m.annotation"),
      writes: batchWrites(deps, target, { inputs, events, related, redacted, options, decision }),
    });
    target.lastCommitted = committed;
    decision.state.commit();
    room.decided.eventId = decision.eventId;
    room.decided.depth = decision.depth;
    if (redacted !== undefined) replaceInState(room.decided.state, redacted.event);
    return { room: target, events, committed };
  };
}

function createBegin(deps: AppendDeps): (room: Room, options: AppendOptions) => Decision {
  let lastCreate = 0;
  // The id of a version 12 room is the hash of its create event: no two of one sender may be alike in everything.
  const stamp = (isCreate: boolean): number => {
    if (!isCreate) return deps.clock.now();
    lastCreate = Math.max(deps.clock.now(), lastCreate + 1);
    return lastCreate;
  };
  const salt = () => Buffer.from(deps.random.bytes(16)).toString("base64");
  return (room, { actor, sentBy }) => {
    const state = new StateOverlay(room.decided.state);
    const refused = (input: EventInput, rule: string): void => {
      const before = state.get(input.type, input.stateKey ?? "")?.content["membership"];
      deps.audit.refused({
        ...auditOf(input, before),
        ...actedBy(actor),
        roomId: room.roomId,
        outcome: "refused",
        reason: rule,
      });
    };
    return { room, roomId: room.roomId, state, eventId: room.decided.eventId, depth: room.decided.depth, sentBy, stamp, salt, refused };
  };
}

function redact(room: Room, events: readonly RoomEvent[], { target, actor }: AppendOptions, decision: Decision): Redacted | undefined {
  if (target === undefined) return undefined;
  try {
    return redactTarget(room, events, target);
  } catch (error) {
    if (error instanceof MatrixError)
      decision.refused(
        { type: "m.room.redaction", sender: actor.userId, content: {}, redacts: target.eventId },
        "redaction.without-effect",
      );
    throw error;
  }
}

interface Made {
  readonly inputs: readonly EventInput[];
  readonly events: readonly RoomEvent[];
  readonly related: readonly Related[];
  readonly redacted: Redacted | undefined;
  readonly options: AppendOptions;
  readonly decision: Decision;
}

function batchWrites(deps: AppendDeps, room: Room, { inputs, events, related, redacted, options, decision }: Made): Write[] {
  const { eventId, depth } = decision;
  const { created, sentBy } = options;
  const last = events.length - 1;
  const chain =
    created === undefined
      ? deps.roomStore.moveHead({ head: eventId, depth, roomId: room.roomId, previous: room.decided.eventId, epoch: room.epoch }, last)
      : deps.roomStore.insertRoom(
          { room_id: room.roomId, version: room.version.id, head: eventId, depth, epoch: room.epoch, is_public: created.isPublic ? 1 : 0 },
          last,
        );
  return [
    chain,
    ...events.flatMap((event, offset) => eventWrites(deps, room, event, offset, sentBy?.key)),
    ...relationWrites(deps.relations, room, related, redacted?.original),
    ...(redacted === undefined ? [] : [deps.events.pruneEvent(redacted.event.eventId, redacted.because.eventId)]),
    ...contributed(deps, room.roomId, events, redacted),
    ...deps.audit.writes(...recordsOf(room.roomId, inputs, events, options)),
    ...(options.writes?.(room.roomId) ?? []),
  ];
}

/** One record for each event. A new room's first state is one act; in it only what is done to others is named one by one. */
function recordsOf(
  roomId: string,
  inputs: readonly EventInput[],
  events: readonly RoomEvent[],
  { actor, audit, created }: AppendOptions,
): readonly AuditRecord[] {
  const records: AuditRecord[] = [];
  const who = actedBy(actor);
  for (const [index, { eventId, parts }] of events.entries()) {
    const input = inputs[index];
    if (input === undefined) continue;
    const act = (index === 0 ? audit : undefined) ?? auditOf(input, parts.replaced?.content?.["membership"]);
    if (created !== undefined && index > 0 && !concernsAnother(input, actor)) continue;
    // Somebody else's name stands on the event: the inviter's, whose proof the actor presented.
    const reason = input.thirdPartyInvite === undefined ? {} : { reason: "third-party-invite" };
    records.push({ ...act, ...who, roomId, eventId, outcome: "done", ...reason });
  }
  return records;
}

const concernsAnother = ({ type, stateKey }: EventInput, { userId }: Actor): boolean => type === "m.room.member" && stateKey !== userId;

function contributed(deps: AppendDeps, roomId: string, events: readonly RoomEvent[], redacted: Redacted | undefined): readonly Write[] {
  const writes: Write[] = [];
  for (const contribute of deps.onEventAppended ?? []) {
    for (const [offset, { eventId, type, stateKey, sender, content }] of events.entries())
      writes.push(...contribute({ roomId, eventId, type, stateKey, sender, content, offset }));
  }
  if (redacted === undefined) return writes;
  for (const contribute of deps.onEventRedacted ?? []) writes.push(...contribute(redacted.event.eventId, events.indexOf(redacted.because)));
  return writes;
}

interface Submission {
  readonly events: readonly RoomEvent[];
  readonly redacted: Redacted | undefined;
  readonly annotates: boolean;
  readonly writes: readonly Write[];
}

async function submit(deps: AppendDeps, room: Room, { events, redacted, annotates, writes }: Submission): Promise<void> {
  const settled = deps.cache.track(room);
  if (redacted !== undefined) room.redacting.add(redacted.event.eventId);
  if (annotates) room.annotating += 1;
  const onDurable = ({ first }: Committed) => {
    for (const [index, event] of events.entries()) {
      event.parts.place.position = first + index;
      applyDurable(room.durable, event);
      deps.onDurable(room, event);
    }
    if (redacted === undefined) return;
    replaceDurable(room.durable, redacted.event);
    deps.onRedacted(room, redacted.original);
  };
  try {
    await deps.storage.commit({ writes, positions: events.length, ...(redacted === undefined ? {} : { erases: true }) }, onDurable);
  } catch (error) {
    // Everything decided on top of this batch is void with it.
    deps.cache.drop(room);
    throw error;
  } finally {
    settled();
    if (redacted !== undefined) room.redacting.delete(redacted.event.eventId);
    if (annotates) room.annotating -= 1;
  }
}
