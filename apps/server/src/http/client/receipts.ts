import { type Actor, MatrixError } from "#kernel";
import type { HandlerDeps, Handlers } from "../handler.ts";
import { requireSelf } from "./require-self.ts";

type Names = "postReceipt" | "setReadMarker" | "setTyping";

const DEFAULT_TYPING_MS = 30_000;
const MAX_TYPING_MS = 120_000;

export function receiptHandlers({ rooms, accountData }: HandlerDeps): Pick<Handlers, Names> {
  const checkFullyRead = async (actor: Actor, roomId: string, eventId: string) => {
    const membership = (await rooms.feed.membershipsOf(actor.userId)).get(roomId)?.membership;
    if (membership !== "join") throw new MatrixError("M_FORBIDDEN", "You are not in this room.");
    // The event must belong to the room, and be one that this person can have read.
    await rooms.getEvent(actor, roomId, eventId);
  };
  const putFullyRead = (actor: Actor, roomId: string, eventId: string) =>
    accountData.putInternal(actor.userId, roomId, "m.fully_read", { event_id: eventId });
  return {
    async postReceipt({ actor, params, body }) {
      const { roomId, receiptType: type, eventId } = params;
      if (type !== "m.fully_read") {
        await rooms.sendReceipt(actor, { roomId, type, eventId, ...(body.thread_id === undefined ? {} : { threadId: body.thread_id }) });
        return {};
      }
      if (body.thread_id !== undefined) throw new MatrixError("M_INVALID_PARAM", "thread_id: a fully-read marker has no thread.");
      await checkFullyRead(actor, roomId, eventId);
      await putFullyRead(actor, roomId, eventId);
      return {};
    },

    async setReadMarker({ actor, params, body }) {
      const { roomId } = params;
      const fullyRead = body["m.fully_read"];
      // First, so that a request that is refused for it has not moved the receipts.
      if (fullyRead !== undefined) await checkFullyRead(actor, roomId, fullyRead);
      for (const type of ["m.read", "m.read.private"] as const) {
        const eventId = body[type];
        if (eventId !== undefined) await rooms.sendReceipt(actor, { roomId, type, eventId });
      }
      if (fullyRead !== undefined) await putFullyRead(actor, roomId, fullyRead);
      return {};
    },

    async setTyping({ actor, params, body }) {
      requireSelf(actor, params.userId);
      const timeout = Math.min(Math.max(body.timeout ?? DEFAULT_TYPING_MS, 0), MAX_TYPING_MS);
      await rooms.setTyping(actor, params.roomId, body.typing, timeout);
      return {};
    },
  };
}
