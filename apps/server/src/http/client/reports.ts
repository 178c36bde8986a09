import type { HandlerDeps, Handlers } from "../handler.ts";

type Names = "reportRoom" | "reportEvent" | "reportUser";

export function reportsHandlers({ rooms }: HandlerDeps): Pick<Handlers, Names> {
  return {
    async reportRoom({ actor, params: { roomId }, body: { reason } }) {
      await rooms.reportContent(actor, { roomId, reason });
      return {};
    },
    async reportEvent({ actor, params: { roomId, eventId }, body: { reason = "" } }) {
      await rooms.reportContent(actor, { roomId, eventId, reason });
      return {};
    },
    async reportUser({ actor, params: { userId }, body: { reason } }) {
      await rooms.reportContent(actor, { userId, reason });
      return {};
    },
  };
}
