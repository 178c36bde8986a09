import type { Membership, StateView } from "./contract.ts";
import { ownString } from "./json-value.ts";

const memberships: ReadonlyMap<string, Membership> = new Map(
  (["join", "invite", "leave", "ban", "knock"] as const).map((membership) => [membership, membership]),
);

/** Undefined for what no room version knows. */
export const findMembership = (text: string): Membership | undefined => memberships.get(text);

/** `leave` for who was never there. */
export const membershipOf = (userId: string, state: StateView): Membership => {
  const event = state.get("m.room.member", userId);
  if (event === undefined) return "leave";
  return findMembership(ownString(event.pdu.content, "membership") ?? "") ?? "leave";
};

/** A room without join rules is for the invited only. */
export const joinRuleOf = (state: StateView): string => {
  const event = state.get("m.room.join_rules", "");
  return (event === undefined ? undefined : ownString(event.pdu.content, "join_rule")) ?? "invite";
};
