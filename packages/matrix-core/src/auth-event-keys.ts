import type { JsonObject, Pdu, RoomVersion } from "./contract.ts";
import { own, ownObject, ownString } from "./json-value.ts";

type StateKey = readonly [type: string, stateKey: string];

const CREATE: StateKey = ["m.room.create", ""];
const POWER_LEVELS: StateKey = ["m.room.power_levels", ""];
const JOIN_RULES: StateKey = ["m.room.join_rules", ""];

const memberKeys = (event: Pick<Pdu, "sender" | "state_key" | "content">): StateKey[] => {
  const keys: StateKey[] = [];
  const membership = ownString(event.content, "membership");
  if (event.state_key !== undefined && event.state_key !== event.sender) keys.push(["m.room.member", event.state_key]);
  if (membership === "join" || membership === "invite" || membership === "knock") keys.push(JOIN_RULES);
  const token = membership === "invite" ? inviteToken(event.content) : undefined;
  if (token !== undefined) keys.push(["m.room.third_party_invite", token]);
  const authoriser = membership === "join" ? ownString(event.content, "join_authorised_via_users_server") : undefined;
  if (authoriser !== undefined && authoriser !== event.sender && authoriser !== event.state_key) keys.push(["m.room.member", authoriser]);
  return keys;
};

const inviteToken = (content: JsonObject): string | undefined => {
  const invite = ownObject(content, "third_party_invite");
  const signed = invite === undefined ? undefined : ownObject(invite, "signed");
  return signed === undefined ? undefined : ownString(signed, "token");
};

/** Whether the invite claims to answer one for a third-party identifier, well formed or not. */
export const hasThirdPartyInvite = (content: JsonObject): boolean => own(content, "third_party_invite") !== undefined;

/**
 * Which state events belong into `auth_events`, without repetitions (Server-Server API, "Auth events selection"). Those of
 * them that the state has are to be listed. In version 12 the create event never is: the room id names it.
 */
export const authEventKeys = (
  event: Pick<Pdu, "type" | "sender" | "state_key" | "content">,
  version: RoomVersion,
): readonly (readonly [type: string, stateKey: string])[] => {
  if (event.type === "m.room.create") return [];
  const keys: StateKey[] = version.roomIdIsCreateHash ? [] : [CREATE];
  keys.push(POWER_LEVELS, ["m.room.member", event.sender]);
  return event.type === "m.room.member" ? [...keys, ...memberKeys(event)] : keys;
};
