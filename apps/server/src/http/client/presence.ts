import { MatrixError } from "#kernel";
import type { Handlers } from "../handler.ts";
import { requireSelf } from "./require-self.ts";

type Names = "setPresence" | "getPresence" | "getRoomKeysVersionCurrent";

/** Presence is off: what is set is accepted and forgotten, and nobody can tell from the answer who exists. */
export function presenceHandlers(): Pick<Handlers, Names> {
  return {
    setPresence({ actor, params }) {
      requireSelf(actor, params.userId);
      return {};
    },
    getPresence: () => ({ presence: "offline" }),
    getRoomKeysVersionCurrent() {
      throw new MatrixError("M_NOT_FOUND", "There is no key backup.");
    },
  };
}
