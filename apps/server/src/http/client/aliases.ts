import type { HandlerDeps, Handlers } from "../handler.ts";

type Names = "setRoomAlias" | "deleteRoomAlias" | "getLocalAliases";

export function aliasesHandlers({ rooms }: HandlerDeps): Pick<Handlers, Names> {
  return {
    async setRoomAlias({ actor, params, body }) {
      await rooms.setAlias(actor, { alias: params.roomAlias, roomId: body.room_id });
      return {};
    },
    async deleteRoomAlias({ actor, params }) {
      await rooms.deleteAlias(actor, params.roomAlias);
      return {};
    },
    async getLocalAliases({ actor, params }) {
      return { aliases: [...(await rooms.listAliases(actor, params.roomId))] };
    },
  };
}
