import type { Pdu, RoomVersion, StateView } from "./contract.ts";
import { eventIdOf } from "./hash-event.ts";
import { levelTo, powerOf } from "./power-levels.ts";
import { roomIdOfCreate } from "./room-versions.ts";

const roomIdOf = (pdu: Pdu, version: RoomVersion): string | undefined =>
  pdu.room_id === undefined && pdu.type === "m.room.create" ? roomIdOfCreate(eventIdOf(pdu, version)) : pdu.room_id;

/**
 * Whether a redaction event that was allowed is applied to its target, judged by the state before the redaction (room version
 * 3 and later, "Handling redactions"): the sender has the redact level, or wrote the target.
 *
 * @NOTSPEC Between servers the rule for one's own events compares *domains*, since the sender's server is trusted to have
 * compared the users. Here we are that server: by domain every member could redact every other.
 */
export const redactionApplies = (redaction: Pdu, target: Pdu, state: StateView, version: RoomVersion): boolean => {
  // The target is named by an id alone, and ids of other rooms can be known.
  if (redaction.type !== "m.room.redaction" || redaction.room_id === undefined || redaction.room_id !== roomIdOf(target, version))
    return false;
  return redaction.sender === target.sender || powerOf(redaction.sender, state, version) >= levelTo("redact", state, version);
};
