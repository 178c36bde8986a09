import { authEventKeys } from "./auth-event-keys.ts";
import { authoriseCreate } from "./authorise-create.ts";
import { authoriseMember } from "./authorise-member.ts";
import { authorisePowerLevels } from "./authorise-power-levels.ts";
import { checkFormat } from "./check-format.ts";
import type { Pdu, RoomVersion, StateEvent, StateView, Verdict } from "./contract.ts";
import { serverNameOf } from "./identifiers.ts";
import { own } from "./json-value.ts";
import { membershipOf } from "./membership.ts";
import { levelTo, levelToSend, powerOf } from "./power-levels.ts";
import { roomIdOfCreate } from "./room-versions.ts";
import { ALLOWED, allowIf, refuse } from "./verdict.ts";
import type { Refusal } from "./verdict.ts";

/** The event must stand in the room of the create event that the state holds (version 12: rule 2; before: 2.5). */
const checkRoom = (pdu: Pdu, create: StateEvent, version: RoomVersion): Refusal | undefined => {
  const roomId = version.roomIdIsCreateHash ? roomIdOfCreate(create.eventId) : create.pdu.room_id;
  return pdu.room_id === roomId ? undefined : refuse(version, "room.other-room", "The event names another room");
};

/** Every entry is, once, the current event of a key that the selection algorithm names. */
const checkAuthEvents = (pdu: Pdu, state: StateView, create: StateEvent, version: RoomVersion): Refusal | undefined => {
  const selected = new Map<string, StateEvent>();
  for (const [type, stateKey] of authEventKeys(pdu, version)) {
    const event = state.get(type, stateKey);
    if (event !== undefined) selected.set(event.eventId, event);
  }
  const seen = new Set<string>();
  for (const eventId of pdu.auth_events) {
    const event = selected.get(eventId);
    if (seen.has(eventId)) return refuse(version, "auth-events.duplicate", "auth_events lists an event twice");
    if (event === undefined) return refuse(version, "auth-events.not-selected", "auth_events lists an event that does not belong there");
    if (event.pdu.room_id !== pdu.room_id) return refuse(version, "auth-events.other-room", "auth_events lists an event of another room");
    seen.add(eventId);
  }
  if (!version.roomIdIsCreateHash && !seen.has(create.eventId)) {
    return refuse(version, "auth-events.create-missing", "auth_events lacks the create event");
  }
  return undefined;
};

const checkFederation = (pdu: Pdu, create: StateEvent, version: RoomVersion): Refusal | undefined => {
  if (own(create.pdu.content, "m.federate") !== false) return undefined;
  if (serverNameOf(pdu.sender) === serverNameOf(create.pdu.sender)) return undefined;
  return refuse(version, "federate", "This room is closed to other servers");
};

const authoriseOther = (pdu: Pdu, state: StateView, create: StateEvent, version: RoomVersion): Verdict => {
  if (membershipOf(pdu.sender, state) !== "join") return refuse(version, "sender-not-joined", "You are not in this room");
  const power = powerOf(pdu.sender, state, version);
  if (pdu.type === "m.room.third_party_invite") {
    const allowed = power >= levelTo("invite", state, version);
    return allowIf(allowed, version, "third-party-invite.level", "You may not invite people to this room");
  }
  if (levelToSend(pdu.type, pdu.state_key !== undefined, state, version) > power) {
    return refuse(version, "send.level", "Your power level is too low to send this event");
  }
  if (pdu.state_key !== undefined && pdu.state_key.startsWith("@") && pdu.state_key !== pdu.sender) {
    return refuse(version, "state-key.other-user", "You may not set the state of another user");
  }
  return pdu.type === "m.room.power_levels" ? authorisePowerLevels(pdu, state, create, version) : ALLOWED;
};

/**
 * All authorisation rules of the room version, in its order, for this event against the state before it (empty for the create
 * event). Of `auth_events` it checks what a single linear room can get wrong; none of its events was ever rejected.
 *
 * Signatures of servers are not asked for (they are made when an event leaves); those of third-party invites are.
 */
export const authorise = (pdu: Pdu, state: StateView, version: RoomVersion): Verdict => {
  const malformed = checkFormat(pdu, version);
  if (malformed !== undefined) return malformed;
  if (pdu.type === "m.room.create") return authoriseCreate(pdu, version);
  const create = state.get("m.room.create", "");
  if (create === undefined) return refuse(version, "room.create-missing", "The room does not exist");
  const refused = checkRoom(pdu, create, version) ?? checkAuthEvents(pdu, state, create, version) ?? checkFederation(pdu, create, version);
  if (refused !== undefined) return refused;
  return pdu.type === "m.room.member" ? authoriseMember(pdu, state, create, version) : authoriseOther(pdu, state, create, version);
};
