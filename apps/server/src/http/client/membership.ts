import type { Endpoints } from "@wardroom/spec";
import { MatrixError } from "#kernel";
import { carryTags } from "./carry-tags.ts";
import type { Context, HandlerDeps, Handlers } from "../handler.ts";

type Names = "joinRoom" | "joinRoomById" | "inviteUser" | "leaveRoom" | "kick" | "ban" | "unban" | "forgetRoom" | "getJoinedRooms";

type TargetContext = Context<Endpoints["kick"]> | Context<Endpoints["ban"]> | Context<Endpoints["unban"]>;

export function membershipHandlers({ rooms, accountData }: HandlerDeps): Pick<Handlers, Names> {
  const change =
    (act: "kick" | "ban" | "unban") =>
    async ({ actor, params, body }: TargetContext) => {
      await rooms.changeMembership(actor, { roomId: params.roomId, userId: body.user_id, act, ...reasonOf(body) });
      return {};
    };
  return {
    async joinRoom({ actor, params, body }) {
      const { roomId } = await rooms.join(actor, { roomIdOrAlias: params.roomIdOrAlias, ...reasonOf(body), ...proofOf(body) });
      await carryTags({ rooms, accountData }, actor, roomId);
      return { room_id: roomId };
    },
    async joinRoomById({ actor, params, body }) {
      const { roomId } = await rooms.join(actor, { roomIdOrAlias: params.roomId, ...reasonOf(body), ...proofOf(body) });
      await carryTags({ rooms, accountData }, actor, roomId);
      return { room_id: roomId };
    },
    async inviteUser({ actor, params, body }) {
      if (!("user_id" in body)) throw new MatrixError("M_FORBIDDEN", "Invitations by e-mail or telephone are not offered.");
      await rooms.changeMembership(actor, { roomId: params.roomId, userId: body.user_id, act: "invite", ...reasonOf(body) });
      return {};
    },
    async leaveRoom({ actor, params, body }) {
      await rooms.leave(actor, { roomId: params.roomId, ...reasonOf(body) });
      return {};
    },
    kick: change("kick"),
    ban: change("ban"),
    unban: change("unban"),
    async forgetRoom({ actor, params }) {
      await rooms.forget(actor, params.roomId);
      return {};
    },
    async getJoinedRooms({ actor }) {
      return { joined_rooms: [...(await rooms.joinedRooms(actor))] };
    },
  };
}

const reasonOf = ({ reason }: { readonly reason?: string | undefined }) => (reason === undefined ? {} : { reason });
const proofOf = ({ third_party_signed: thirdPartySigned }: Context<Endpoints["joinRoom"]>["body"]) =>
  thirdPartySigned === undefined ? {} : { thirdPartySigned };
