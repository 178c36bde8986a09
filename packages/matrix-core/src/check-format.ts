import type { Pdu, RoomVersion } from "./contract.ts";
import { fitsIdentifier, isRoomId, parseUserId } from "./identifiers.ts";
import { refuse } from "./verdict.ts";
import type { Refusal } from "./verdict.ts";

const MAX_PREV_EVENTS = 20;
const MAX_AUTH_EVENTS = 10;

/**
 * What makes an event of these versions well formed (Server-Server API, "Checks performed on receipt of a PDU", 1; "Size
 * limits"). Callers refuse such input earlier and with a better answer; this holds when one of them forgot.
 */
export const checkFormat = (pdu: Pdu, version: RoomVersion): Refusal | undefined => {
  const wrong = (what: string, message: string): Refusal => refuse(version, `format.${what}`, message);
  if (parseUserId(pdu.sender) === undefined) return wrong("sender", "The sender is not a user id");
  if (!fitsIdentifier(pdu.type)) return wrong("type", "The type is longer than 255 bytes");
  if (pdu.state_key !== undefined && !fitsIdentifier(pdu.state_key)) return wrong("state-key", "The state key is longer than 255 bytes");
  if (pdu.room_id !== undefined && !isRoomId(pdu.room_id)) return wrong("room-id", "The room id is not one");
  if (pdu.prev_events.length > MAX_PREV_EVENTS) return wrong("prev-events", "There are more than 20 prev_events");
  if (pdu.auth_events.length > MAX_AUTH_EVENTS) return wrong("auth-events", "There are more than 10 auth_events");
  return undefined;
};
