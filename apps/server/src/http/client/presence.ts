import { MatrixError } from "#kernel";
import { shareRoom } from "#rooms";
import type { HandlerDeps, Handlers } from "../handler.ts";
import { requireSelf } from "./require-self.ts";

type Names = "setPresence" | "getPresence";

/** Where presence is off, what is set is accepted and forgotten, and nobody can tell from the answer who exists. */
export function presenceHandlers({ presence, rooms }: HandlerDeps): Pick<Handlers, Names> {
  return {
    setPresence({ actor, params, body }) {
      requireSelf(actor, params.userId);
      presence.set(actor, body.presence, body.status_msg ?? undefined);
      return {};
    },
    async getPresence({ actor, params: { userId } }) {
      if (!presence.isOn) return { presence: "offline" };
      // One refusal for strangers and for people who do not exist.
      if (userId !== actor.userId && !(await shareRoom(rooms.feed, actor.userId, userId)))
        throw new MatrixError("M_FORBIDDEN", "You share no room with this person.");
      const { presence: name, statusMessage, lastActiveAgo, currentlyActive } = presence.get(userId);
      return {
        presence: name,
        ...(statusMessage === undefined ? {} : { status_msg: statusMessage }),
        ...(lastActiveAgo === undefined ? {} : { last_active_ago: lastActiveAgo }),
        ...(currentlyActive === undefined ? {} : { currently_active: currentlyActive }),
      };
    },
  };
}
