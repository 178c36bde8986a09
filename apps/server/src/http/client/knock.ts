import type { HandlerDeps, Handlers } from "../handler.ts";

export function knockHandlers({ rooms }: HandlerDeps): Pick<Handlers, "knockRoom"> {
  return {
    async knockRoom({ actor, params, body }) {
      const { roomIdOrAlias } = params;
      const { roomId } = await rooms.knock(actor, { roomIdOrAlias, ...(body.reason === undefined ? {} : { reason: body.reason }) });
      return { room_id: roomId };
    },
  };
}
