import { type JsonObject, type Membership, membershipOf, parseUserId } from "@wardroom/matrix-core";
import { actedBy, type Actor, MatrixError } from "#kernel";
import { retryConflicts } from "#storage";
import { acceptThirdPartyInvite } from "./accept-third-party-invite.ts";
import { type Conceal, notInRoom } from "./conceal-rooms.ts";
import type { EventInput } from "./event-input.ts";
import { createAnnounceProfile } from "./announce-profile.ts";
import type { Rooms } from "./contract.ts";
import { nothingToDo } from "./in-room.ts";
import { findVoucher } from "./find-voucher.ts";
import type { Room } from "./room.ts";
import type { RoomsContext } from "./rooms-context.ts";

type MembershipChanges = Pick<Rooms, "join" | "knock" | "leave" | "forget" | "changeMembership">;

/** Every way a person comes into a room or out of it. */
export function createMembershipChanges(context: RoomsContext, conceal: Conceal): MembershipChanges {
  return {
    ...createJoin(context, conceal),
    ...createKnock(context, conceal),
    ...createLeave(context),
    ...createForget(context),
    ...createChangeOfOthers(context),
  };
}

function member(actor: Actor, userId: string, membership: Membership, rest: JsonObject): EventInput {
  return { type: "m.room.member", sender: actor.userId, stateKey: userId, content: { ...rest, membership } };
}

const withReason = (reason: string | undefined): JsonObject => (reason === undefined ? {} : { reason });

/** `@NOTSPEC` The specification answers M_NOT_FOUND to a knock at what is not there: anybody could try which rooms are. */
const noWayIn = () => new MatrixError("M_FORBIDDEN", "There is no such room, or it is not open to you.");

/** @throws MatrixError M_NOT_FOUND for an alias that leads nowhere: aliases are public */
async function findRoomId({ aliases, cache }: RoomsContext, roomIdOrAlias: string): Promise<string> {
  const roomId = roomIdOrAlias.startsWith("#") ? await aliases.find(roomIdOrAlias) : roomIdOrAlias;
  if (roomId === undefined) throw new MatrixError("M_NOT_FOUND", "There is no such room.");
  if ((await cache.find(roomId)) === undefined) throw noWayIn();
  return roomId;
}

function createJoin(context: RoomsContext, conceal: Conceal): Pick<MembershipChanges, "join"> {
  const { append, inRoom, profiles } = context;
  const announce = createAnnounceProfile(context);
  return {
    async join(actor, { roomIdOrAlias, reason, thirdPartySigned: signed }) {
      const roomId = await findRoomId(context, roomIdOrAlias);
      const enter = async (room: Room) => {
        const before = membershipOf(actor.userId, room.decided.state);
        if (before === "join") return nothingToDo(room);
        const profile = await profiles.member(actor.userId);
        const isInvited = before === "invite";
        const proof = signed === undefined || isInvited ? undefined : await acceptThirdPartyInvite(context, { actor, room, signed });
        const vouchedBy = proof === undefined ? await findVoucher(context, room, actor.userId) : {};
        const input = { ...member(actor, actor.userId, "join", { ...profile, ...withReason(reason) }), ...vouchedBy };
        return append(room, [...(proof === undefined ? [] : [proof.invite]), input], { actor, writes: () => proof?.writes ?? [] });
      };
      const events = await conceal(actor, roomId, noWayIn, () => inRoom(roomId, enter));
      // A name changed while the join was on its way found no room to go into.
      if (events.length > 0) await announce(actor, roomId);
      return { roomId };
    },
  };
}

function createKnock(context: RoomsContext, conceal: Conceal): Pick<MembershipChanges, "knock"> {
  const { append, inRoom, profiles } = context;
  return {
    async knock(actor, { roomIdOrAlias, reason }) {
      const roomId = await findRoomId(context, roomIdOrAlias);
      const ask = async (room: Room) => {
        // Once is enough: else one person outside could fill the room with the same question.
        if (membershipOf(actor.userId, room.decided.state) === "knock") return nothingToDo(room);
        const profile = await profiles.member(actor.userId);
        return append(room, [member(actor, actor.userId, "knock", { ...profile, ...withReason(reason) })], { actor });
      };
      await conceal(actor, roomId, noWayIn, () => inRoom(roomId, ask));
      return { roomId };
    },
  };
}

function createLeave({ append, inRoom }: RoomsContext): Pick<MembershipChanges, "leave"> {
  return {
    async leave(actor, { roomId, reason }) {
      await inRoom(roomId, async (room) => {
        const before = room.decided.state.get("m.room.member", actor.userId);
        if (before === undefined) throw notInRoom();
        if (before.content["membership"] === "leave") return nothingToDo(room);
        return append(room, [member(actor, actor.userId, "leave", withReason(reason))], { actor });
      });
    },
  };
}

function createForget({ storage, memberStore, memberships, audit }: RoomsContext): Pick<MembershipChanges, "forget"> {
  return {
    forget(actor, roomId) {
      // An invitation may come in between: what the person is then decides.
      return retryConflicts(async () => {
        const own = await memberships.find(actor.userId, roomId);
        if (own === undefined) throw new MatrixError("M_FORBIDDEN", "You were never in this room.");
        if (own.membership !== "leave" && own.membership !== "ban")
          throw new MatrixError("M_UNKNOWN", "Leave the room before you forget it.");
        if (own.forgotten) return;
        const record = audit.writes({ event: "room.forgotten", ...actedBy(actor), roomId, outcome: "done" });
        const writes = [memberStore.forget(actor.userId, roomId), ...record];
        await storage.commit({ writes }, () => memberships.note(actor.userId, { ...own, forgotten: true }));
      });
    },
  };
}

const acts = {
  invite: { membership: "invite", event: "room.member.invited" },
  kick: { membership: "leave", event: "room.member.kicked" },
  ban: { membership: "ban", event: "room.member.banned" },
  unban: { membership: "leave", event: "room.member.unbanned" },
} as const;

function createChangeOfOthers({ append, inRoom, profiles, audit }: RoomsContext): Pick<MembershipChanges, "changeMembership"> {
  return {
    async changeMembership(actor, { roomId, userId, act, reason }) {
      if (parseUserId(userId) === undefined) throw new MatrixError("M_INVALID_PARAM", "This is no user id.");
      await inRoom(roomId, async (room) => {
        const state = room.decided.state;
        const before = membershipOf(userId, state);
        // First of all: who is in the room, or banned from it, is no stranger's business.
        if (membershipOf(actor.userId, state) !== "join") {
          audit.refused({
            event: acts[act].event,
            ...actedBy(actor),
            roomId,
            target: userId,
            outcome: "refused",
            reason: "not-in-room",
          });
          throw notInRoom();
        }
        if (act === "kick" && before !== "join" && before !== "invite" && before !== "knock")
          throw new MatrixError("M_FORBIDDEN", "This person is not in the room.");
        if (act === "unban" && before !== "ban") throw new MatrixError("M_BAD_STATE", "This person is not banned.");
        if (act === "ban" && before === "ban" && reason === undefined) return nothingToDo(room);
        const profile = act === "invite" ? await profiles.member(userId) : {};
        const input = member(actor, userId, acts[act].membership, { ...profile, ...withReason(reason) });
        return append(room, [input], { actor });
      });
    },
  };
}
