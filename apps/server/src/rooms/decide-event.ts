import {
  authEventKeys,
  authorise,
  type Draft,
  type FinishedEvent,
  finishEvent,
  JsonError,
  membershipOf,
  roomIdOfCreate,
  type RoomVersion,
} from "@wardroom/matrix-core";
import { MatrixError } from "#kernel";
import { notInRoom } from "./conceal-rooms.ts";
import { checkInput, type EventInput, memberContent } from "./event-input.ts";
import type { Room } from "./room.ts";
import { RoomEvent, type SentBy } from "./room-event.ts";
import type { StateOverlay } from "./room-state.ts";

/** What a batch would make of the room, event by event. Nothing of the room itself changes. */
export interface Decision {
  readonly room: Room;
  /** Of a new room of version 12, known after its create event. */
  roomId: string;
  readonly state: StateOverlay;
  eventId: string;
  depth: number;
  readonly sentBy: SentBy | undefined;
  readonly stamp: (isCreate: boolean) => number;
  readonly salt: () => string;
  /** Records a refusal. */
  readonly refused: (input: EventInput, rule: string) => void;
}

/** Federation form with signature, as the specification limits it. */
const MOST_BYTES = 65_536;
/** All of a room's state is in memory while the room is in use. Members may always come and go. */
const MOST_STATE_BYTES = 32 * 1024 * 1024;

/** Builds one event on what was decided before it and judges it. @throws MatrixError M_FORBIDDEN, M_TOO_LARGE, M_BAD_JSON */
export function decideEvent(decision: Decision, input: EventInput): RoomEvent {
  const { room, state, sentBy } = decision;
  if (isOutsider(decision, input)) {
    decision.refused(input, "sender-not-joined");
    throw notInRoom();
  }
  checkInput(input);
  const { pdu, eventId, size } = finish(draftOf(decision, input), room.version);
  if (size > MOST_BYTES) throw new MatrixError("M_TOO_LARGE", "The event is larger than 65,536 bytes.");
  const verdict = authorise(pdu, state, room.version);
  if (!verdict.allowed) {
    decision.refused(input, verdict.rule);
    throw new MatrixError("M_FORBIDDEN", verdict.message);
  }
  const isState = pdu.state_key !== undefined;
  if (isState && pdu.type !== "m.room.member" && room.decided.state.bytes > MOST_STATE_BYTES) {
    throw new MatrixError("M_TOO_LARGE", "The state of this room is full.");
  }
  if (pdu.room_id === undefined) decision.roomId = roomIdOfCreate(eventId);
  const { roomId } = decision;
  const { version } = room;
  const event = new RoomEvent({
    roomId,
    eventId,
    version,
    pdu,
    place: { position: 0 },
    sentBy,
    replaced: replacedBy(input, state),
    redaction: undefined,
    size,
  });
  decision.eventId = eventId;
  decision.depth = pdu.depth;
  if (isState) state.put(event);
  return event;
}

/** Asked first: what is wrong with an event is told to members only, for where there is no room it is told to nobody. */
function isOutsider({ state }: Decision, { type, stateKey, sender }: EventInput): boolean {
  if (type === "m.room.member" && stateKey !== undefined) return false;
  return state.get("m.room.create", "") !== undefined && membershipOf(sender, state) !== "join";
}

/** @throws MatrixError M_BAD_JSON for content that is no canonical JSON, or is nested too deep. */
function finish(draft: Draft, version: RoomVersion): FinishedEvent {
  try {
    return finishEvent(draft, version);
  } catch (error) {
    throw error instanceof JsonError ? new MatrixError("M_BAD_JSON", error.message) : error;
  }
}

function draftOf(decision: Decision, input: EventInput): Draft {
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
    "wardroom.salt": decision.salt(),
  };
}

function replacedBy(input: EventInput, state: StateOverlay): RoomEvent["parts"]["replaced"] {
  const before = input.stateKey === undefined ? undefined : state.get(input.type, input.stateKey);
  return before === undefined ? undefined : { eventId: before.eventId, content: before.content, place: before.parts.place };
}
