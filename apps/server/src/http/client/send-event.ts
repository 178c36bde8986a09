import type { HandlerDeps, Handlers } from "../handler.ts";

type Names = "sendMessage" | "setRoomState" | "redactEvent";

export function sendEventHandlers({ rooms }: HandlerDeps): Pick<Handlers, Names> {
  return {
    async sendMessage({ actor, params, body }) {
      const { roomId, eventType: type, txnId: transactionId } = params;
      const { eventId } = await rooms.sendMessage(actor, { roomId, type, content: body, transactionId });
      return { event_id: eventId };
    },
    async setRoomState({ actor, params, body }) {
      const { roomId, eventType: type, stateKey } = params;
      const { eventId } = await rooms.sendState(actor, { roomId, type, stateKey, content: body });
      return { event_id: eventId };
    },
    async redactEvent({ actor, params, body }) {
      const { roomId, eventId: target, txnId: transactionId } = params;
      const reason = typeof body.reason === "string" ? { reason: body.reason } : {};
      const { eventId } = await rooms.redactEvent(actor, { roomId, eventId: target, transactionId, ...reason });
      return { event_id: eventId };
    },
  };
}
