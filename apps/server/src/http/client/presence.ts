import type { Handlers } from "../handler.ts";
import { requireSelf } from "./require-self.ts";

type Names = "setPresence" | "getPresence";

/** Presence is off: what is set is accepted and forgotten, and nobody can tell from the answer who exists. */
export function presenceHandlers(): Pick<Handlers, Names> {
  return {
    setPresence({ actor, params }) {
      requireSelf(actor, params.userId);
      return {};
    },
    getPresence: () => ({ presence: "offline" }),
  };
}
