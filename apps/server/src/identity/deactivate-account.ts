import { MatrixError } from "#kernel";
import { Conflict } from "#storage";
import { doneBy } from "./acts-for.ts";
import type { Identity } from "./contract.ts";
import { endSessions } from "./end-sessions.ts";
import type { IdentityParts } from "./identity-parts.ts";

/** Account, password and every session end in one commit: there is no moment in which one of them is left. */
export function createDeactivateAccount(parts: IdentityParts): Identity["deactivateAccount"] {
  return (userId, doer = {}) =>
    parts.lanes.run(userId, async () => {
      const record = parts.audit.writes({ event: "account.deactivated", ...doneBy(userId, doer), target: userId, outcome: "done" });
      try {
        await endSessions(parts, userId, doer, [parts.accounts.deactivate(userId), ...record]);
      } catch (error) {
        if (error instanceof Conflict) throw new MatrixError("M_USER_DEACTIVATED", "This account is deactivated already.");
        throw error;
      }
    });
}
