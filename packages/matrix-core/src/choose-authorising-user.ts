import type { RoomVersion, StateView } from "./contract.ts";
import { membershipOf } from "./membership.ts";
import { levelTo, powerOf } from "./power-levels.ts";

/**
 * The user to name in `join_authorised_via_users_server` of a restricted join: the first of `joined` (the room's members on
 * this server) who may invite. Undefined if nobody may.
 */
export const chooseAuthorisingUser = (joined: Iterable<string>, state: StateView, version: RoomVersion): string | undefined => {
  const level = levelTo("invite", state, version);
  for (const userId of joined) {
    if (powerOf(userId, state, version) >= level && membershipOf(userId, state) === "join") return userId;
  }
  return undefined;
};
