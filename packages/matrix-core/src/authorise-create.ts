import type { JsonValue, Pdu, RoomVersion, Verdict } from "./contract.ts";
import { parseUserId, serverNameOf } from "./identifiers.ts";
import { own } from "./json-value.ts";
import { findRoomVersion, namesCreatorInContent } from "./room-versions.ts";
import { ALLOWED, refuse } from "./verdict.ts";
import type { Refusal } from "./verdict.ts";

const isUserIdList = (value: JsonValue): boolean =>
  Array.isArray(value) && value.every((userId) => typeof userId === "string" && parseUserId(userId) !== undefined);

const checkRoomId = (pdu: Pdu, version: RoomVersion): Refusal | undefined => {
  if (version.roomIdIsCreateHash) {
    return pdu.room_id === undefined ? undefined : refuse(version, "create.room-id", "The create event may not name a room");
  }
  const domain = pdu.room_id?.slice(pdu.room_id.indexOf(":") + 1);
  if (pdu.room_id?.includes(":") === true && domain === serverNameOf(pdu.sender)) return undefined;
  return refuse(version, "create.room-domain", "The room id is not one of the sender's server");
};

const checkVersion = (pdu: Pdu, version: RoomVersion): Refusal | undefined => {
  const named = own(pdu.content, "room_version");
  if (named !== undefined && (typeof named !== "string" || findRoomVersion(named) === undefined)) {
    return refuse(version, "create.room-version", "The room version is not known");
  }
  // An event without the property makes a room of version 1, under other rules than these.
  return named === version.id ? undefined : refuse(version, "create.other-version", "The event makes a room of another version");
};

/** Rule 1 of each version. */
export const authoriseCreate = (pdu: Pdu, version: RoomVersion): Verdict => {
  if (pdu.prev_events.length > 0) return refuse(version, "create.not-first", "A room is created only once");
  // The selection for the create event is empty, in every version.
  if (pdu.auth_events.length > 0) return refuse(version, "create.auth-events", "The create event needs no auth_events");
  const refused = checkRoomId(pdu, version) ?? checkVersion(pdu, version);
  if (refused !== undefined) return refused;
  const creators = own(pdu.content, "additional_creators");
  if (version.creatorsRule && creators !== undefined && !isUserIdList(creators)) {
    return refuse(version, "create.additional-creators", "additional_creators is not a list of user ids");
  }
  if (namesCreatorInContent(version) && own(pdu.content, "creator") === undefined) {
    return refuse(version, "create.creator-missing", "The create event names no creator");
  }
  return ALLOWED;
};
