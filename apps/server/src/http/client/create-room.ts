import type { BodyOf, Endpoints } from "@wardroom/spec";
import { MatrixError } from "#kernel";
import type { CreateRoomRequest } from "#rooms";
import type { HandlerDeps, Handlers } from "../handler.ts";
import { withoutUndefined } from "./without-undefined.ts";

export function createRoomHandlers({ rooms }: HandlerDeps): Pick<Handlers, "createRoom"> {
  return {
    async createRoom({ actor, body }) {
      if ((body.invite_3pid?.length ?? 0) > 0) throw new MatrixError("M_FORBIDDEN", "Invitations by e-mail or telephone are not offered.");
      const { roomId } = await rooms.createRoom(actor, toRequest(body));
      return { room_id: roomId };
    },
  };
}

function toRequest(body: BodyOf<Endpoints["createRoom"]>): CreateRoomRequest {
  return withoutUndefined({
    roomVersion: body.room_version,
    preset: body.preset,
    visibility: body.visibility,
    name: body.name,
    topic: body.topic,
    roomAliasName: body.room_alias_name,
    invite: body.invite,
    isDirect: body.is_direct,
    initialState: body.initial_state?.map(({ type, state_key: stateKey, content }) => ({ type, stateKey, content })),
    creationContent: body.creation_content,
    powerLevelContentOverride: body.power_level_content_override,
  });
}
