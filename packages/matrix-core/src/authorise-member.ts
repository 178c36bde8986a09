import { hasThirdPartyInvite } from "./auth-event-keys.ts";
import { checkThirdPartyInvite } from "./check-third-party-invite.ts";
import type { Membership, Pdu, RoomVersion, StateEvent, StateView, Verdict } from "./contract.ts";
import { parseUserId, serverNameOf } from "./identifiers.ts";
import { own } from "./json-value.ts";
import { findMembership, joinRuleOf, membershipOf } from "./membership.ts";
import { firstCreatorOf, levelTo, powerOf } from "./power-levels.ts";
import { ALLOWED, allowIf, refuse } from "./verdict.ts";
import type { Refusal } from "./verdict.ts";

/** One change of membership under judgement. */
interface Change {
  readonly pdu: Pdu;
  readonly target: string;
  readonly state: StateView;
  readonly create: StateEvent;
  readonly version: RoomVersion;
}

type Rule = (change: Change) => Verdict;

/**
 * The user named in `join_authorised_via_users_server`, whose server must have signed the event.
 * @NOTSPEC Signatures are made later, and only by the sender's server: one of another server cannot be there, so that its
 * users cannot authorise.
 */
const checkAuthoriser = ({ pdu, version }: Change): Refusal | undefined => {
  const authoriser = own(pdu.content, "join_authorised_via_users_server");
  if (authoriser === undefined) return undefined;
  const server = typeof authoriser === "string" ? serverNameOf(authoriser) : undefined;
  if (server !== undefined && server === serverNameOf(pdu.sender)) return undefined;
  return refuse(version, "member.authoriser-unsigned", "The event is not signed by the server of the authorising user");
};

/** Additional creators of version 12 are not among those who join first: they are invited. */
const isFirstJoin = ({ pdu, target, create, version }: Change): boolean =>
  pdu.prev_events.length === 1 && pdu.prev_events[0] === create.eventId && firstCreatorOf(create, version) === target;

const judgeRestrictedJoin: Rule = ({ pdu, state, version }) => {
  const authoriser = own(pdu.content, "join_authorised_via_users_server");
  if (typeof authoriser !== "string" || membershipOf(authoriser, state) !== "join") {
    return refuse(version, "member.join.authoriser-not-joined", "No member of this room authorised you to join");
  }
  const enough = powerOf(authoriser, state, version) >= levelTo("invite", state, version);
  return allowIf(enough, version, "member.join.authoriser-level", "The authorising member may not invite people to this room");
};

const judgeJoin: Rule = (change) => {
  const { pdu, target, state, version } = change;
  // As written, the first join does not ask who sends it: the room has no other member who could.
  if (isFirstJoin(change)) return ALLOWED;
  if (pdu.sender !== target) return refuse(version, "member.join.other-user", "You may not join on behalf of another user");
  const current = membershipOf(target, state);
  if (current === "ban") return refuse(version, "member.join.banned", "You are banned from this room");
  const rule = joinRuleOf(state);
  if (rule === "public") return ALLOWED;
  const known = current === "join" || current === "invite";
  if (rule === "invite" || rule === "knock") return allowIf(known, version, "member.join.not-invited", "You are not invited to this room");
  if (rule === "restricted" || rule === "knock_restricted") return known ? ALLOWED : judgeRestrictedJoin(change);
  return refuse(version, "member.join.rule", "The join rule of this room admits nobody");
};

const judgeInvite: Rule = ({ pdu, target, state, version }) => {
  if (hasThirdPartyInvite(pdu.content)) return checkThirdPartyInvite(pdu, target, state, version);
  if (membershipOf(pdu.sender, state) !== "join") return refuse(version, "member.invite.sender-not-joined", "You are not in this room");
  const current = membershipOf(target, state);
  if (current === "ban") return refuse(version, "member.invite.target-banned", "The user is banned from this room");
  if (current === "join") return refuse(version, "member.invite.target-joined", "The user is already in this room");
  const enough = powerOf(pdu.sender, state, version) >= levelTo("invite", state, version);
  return allowIf(enough, version, "member.invite.level", "You may not invite people to this room");
};

const judgeLeave: Rule = ({ pdu, target, state, version }) => {
  const current = membershipOf(target, state);
  if (pdu.sender === target) {
    const leaves = current === "invite" || current === "join" || current === "knock";
    return allowIf(leaves, version, "member.leave.not-in-room", "You are not in this room");
  }
  if (membershipOf(pdu.sender, state) !== "join") return refuse(version, "member.leave.sender-not-joined", "You are not in this room");
  const power = powerOf(pdu.sender, state, version);
  if (current === "ban" && power < levelTo("ban", state, version)) {
    return refuse(version, "member.unban.level", "You may not unban people in this room");
  }
  if (power < levelTo("kick", state, version)) return refuse(version, "member.kick.level", "You may not remove people from this room");
  const above = powerOf(target, state, version) < power;
  return allowIf(above, version, "member.kick.target-level", "The user's power level is not below yours");
};

const judgeBan: Rule = ({ pdu, target, state, version }) => {
  if (membershipOf(pdu.sender, state) !== "join") return refuse(version, "member.ban.sender-not-joined", "You are not in this room");
  const power = powerOf(pdu.sender, state, version);
  if (power < levelTo("ban", state, version)) return refuse(version, "member.ban.level", "You may not ban people from this room");
  const above = powerOf(target, state, version) < power;
  return allowIf(above, version, "member.ban.target-level", "The user's power level is not below yours");
};

const judgeKnock: Rule = ({ pdu, target, state, version }) => {
  const rule = joinRuleOf(state);
  if (rule !== "knock" && rule !== "knock_restricted") return refuse(version, "member.knock.rule", "This room does not take knocks");
  if (pdu.sender !== target) return refuse(version, "member.knock.other-user", "You may not knock on behalf of another user");
  const current = membershipOf(target, state);
  const outside = current !== "ban" && current !== "invite" && current !== "join";
  return allowIf(outside, version, "member.knock.membership", "You are banned from, invited to or in this room already");
};

const rules: { readonly [M in Membership]: Rule } = {
  join: judgeJoin,
  invite: judgeInvite,
  leave: judgeLeave,
  ban: judgeBan,
  knock: judgeKnock,
};

/** Rule 4 (versions 10 and 11) or 5 (version 12). */
export const authoriseMember = (pdu: Pdu, state: StateView, create: StateEvent, version: RoomVersion): Verdict => {
  if (pdu.state_key === undefined) return refuse(version, "member.state-key-missing", "A membership needs a state key");
  const named = own(pdu.content, "membership");
  if (named === undefined) return refuse(version, "member.membership-missing", "A membership needs its kind");
  // The schema of the event, not a rule: the state key of a member is a user id.
  if (parseUserId(pdu.state_key) === undefined) return refuse(version, "member.state-key", "The state key is not a user id");
  const change: Change = { pdu, target: pdu.state_key, state, create, version };
  const unsigned = checkAuthoriser(change);
  if (unsigned !== undefined) return unsigned;
  const membership = typeof named === "string" ? findMembership(named) : undefined;
  return membership === undefined ? refuse(version, "member.membership-unknown", "The membership is not known") : rules[membership](change);
};
