import { redact, redactionApplies } from "@wardroom/matrix-core";
import { MatrixError } from "#kernel";
import type { Room } from "./room.ts";
import { nobody, redactsOf, RoomEvent } from "./room-event.ts";

export interface Redacted {
  readonly event: RoomEvent;
  readonly because: RoomEvent;
  readonly original: RoomEvent;
}

/**
 * What a redaction among the events makes of its target; undefined if that is redacted already.
 * @throws MatrixError M_FORBIDDEN: an event of redaction may be allowed and still have no effect; whoever asked for the effect is told
 */
export function redactTarget(room: Room, events: readonly RoomEvent[], target: RoomEvent): Redacted | undefined {
  const because = events.find(({ pdu }) => pdu.type === "m.room.redaction" && redactsOf(pdu) === target.eventId);
  if (because === undefined) return undefined;
  if (!redactionApplies(because.pdu, target.pdu, room.decided.state, room.version))
    throw new MatrixError("M_FORBIDDEN", "You may not redact this event.");
  // Two redactions at once: the first one decided has taken the words.
  if (target.parts.redaction !== undefined || room.redacting.has(target.eventId)) return undefined;
  const redaction = { eventId: because.eventId, place: because.parts.place, text: because.clientJson(nobody, "room") };
  return { event: new RoomEvent({ ...target.parts, pdu: redact(target.pdu, room.version), redaction }), because, original: target };
}
