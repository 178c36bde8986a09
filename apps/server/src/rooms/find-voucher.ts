import { chooseAuthorisingUser, membershipOf } from "@wardroom/matrix-core";
import { MatrixError } from "#kernel";
import type { Room } from "./room.ts";
import type { RoomsContext } from "./rooms-context.ts";

/**
 * Who vouches for a person that joins a restricted room and fulfils one of its conditions. Nothing where none is
 * needed or no condition is fulfilled: the room's rules then decide.
 * @throws MatrixError M_UNABLE_TO_GRANT_JOIN if a condition is fulfilled and nobody in the room may invite
 */
export async function findVoucher(
  { memberships }: Pick<RoomsContext, "memberships">,
  room: Room,
  userId: string,
): Promise<{ readonly vouchedBy?: string }> {
  const rules = room.decided.state.get("m.room.join_rules", "")?.content ?? {};
  const isRestricted = rules["join_rule"] === "restricted" || rules["join_rule"] === "knock_restricted";
  const before = membershipOf(userId, room.decided.state);
  if (!isRestricted || before === "invite" || before === "join" || before === "ban") return {};
  const own = await memberships.of(userId);
  const allow: readonly unknown[] = Array.isArray(rules["allow"]) ? rules["allow"] : [];
  const fulfils = allow.some((condition) => {
    if (typeof condition !== "object" || condition === null || !("type" in condition) || !("room_id" in condition)) return false;
    return (
      condition.type === "m.room_membership" && typeof condition.room_id === "string" && own.get(condition.room_id)?.membership === "join"
    );
  });
  if (!fulfils) return {};
  const vouchedBy = chooseAuthorisingUser(joinedUsers(room), room.decided.state, room.version);
  if (vouchedBy === undefined) throw new MatrixError("M_UNABLE_TO_GRANT_JOIN", "Nobody in the room may let you in.");
  return { vouchedBy };
}

function* joinedUsers(room: Room): Iterable<string> {
  for (const event of room.decided.state.ofType("m.room.member")) {
    if (event.stateKey !== undefined && event.content["membership"] === "join") yield event.stateKey;
  }
}
