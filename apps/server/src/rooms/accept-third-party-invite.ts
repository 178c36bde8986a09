import { isJsonObject, isSignedByLastingKey, type JsonObject, levelTo, membershipOf, powerOf } from "@wardroom/matrix-core";
import { actedBy, type Actor, MatrixError } from "#kernel";
import type { Write } from "#storage";
import type { EventInput } from "./event-input.ts";
import type { Room } from "./room.ts";
import type { RoomsContext } from "./rooms-context.ts";

/** The invitation that a proof is worth, and what must be committed with it. */
interface Accepted {
  readonly invite: EventInput;
  readonly writes: readonly Write[];
}

/**
 * The one door for `third_party_invite`: a person who shows that they own the address is invited by who invited the address, and
 * nobody else's membership is touched. The room's rules then try the signature once more.
 *
 * `@NOTSPEC` Three things more than the specification asks. The inviter must still be able to invite: who was removed could else
 * come back by an invitation that they wrote for themselves. It counts once. And a key with a `key_validity_url` is not believed:
 * the server would have to call an address that any member can choose.
 * @throws MatrixError M_FORBIDDEN, one answer for every wrong proof
 */
export async function acceptThirdPartyInvite(
  { thirdPartyInvites, profiles, audit }: RoomsContext,
  { actor, room, signed }: { readonly actor: Actor; readonly room: Room; readonly signed: JsonObject },
): Promise<Accepted> {
  const found = findInvite(actor, room, signed);
  if (found === undefined || (await thirdPartyInvites.isUsed(found.eventId))) {
    const record = { event: "room.member.invited", ...actedBy(actor), roomId: room.roomId, target: actor.userId } as const;
    audit.refused({ ...record, outcome: "refused", reason: "third-party-invite" });
    throw new MatrixError("M_FORBIDDEN", "This proof belongs to no invitation that is open for you.");
  }
  const { sender, content, eventId } = found;
  const name = content["display_name"];
  return {
    invite: {
      type: "m.room.member",
      sender,
      stateKey: actor.userId,
      content: { ...(await profiles.member(actor.userId)), membership: "invite" },
      thirdPartyInvite: { display_name: typeof name === "string" ? name : "", signed },
    },
    writes: [thirdPartyInvites.use(eventId)],
  };
}

function findInvite({ userId }: Actor, { decided: { state }, version }: Room, signed: JsonObject) {
  const { token, mxid, sender, signatures } = signed;
  if (typeof token !== "string" || mxid !== userId || !isJsonObject(signatures)) return undefined;
  const invite = state.get("m.room.third_party_invite", token);
  if (invite === undefined || invite.sender !== sender || !isSignedByLastingKey(signed, invite)) return undefined;
  const mayInvite = membershipOf(sender, state) === "join" && powerOf(sender, state, version) >= levelTo("invite", state, version);
  return mayInvite ? invite : undefined;
}
