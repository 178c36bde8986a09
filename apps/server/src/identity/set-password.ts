import { MatrixError } from "#kernel";
import { personScope } from "#keys";
import { retryConflicts } from "#storage";
import { doneBy } from "./acts-for.ts";
import { checkNewPassword } from "./check-input.ts";
import type { Identity } from "./contract.ts";
import { endSessions } from "./end-sessions.ts";
import type { IdentityParts } from "./identity-parts.ts";

/** Sessions stay unless the caller says which of them end. A login in flight with the old password is fenced off. */
export function createSetPassword(parts: IdentityParts): Identity["setPassword"] {
  return async (userId, password, { endSessions: ending, ...doer } = {}) => {
    checkNewPassword(password);
    const passwordHash = await parts.hasher.hash(password);
    const decide = async () => {
      const account = await parts.accounts.find(userId);
      if (account === undefined) throw new MatrixError("M_NOT_FOUND", "There is no such account.");
      await parts.keys.ensure([personScope(userId)]);
      const writes = [
        parts.accounts.replacePassword(userId, account.passwordVersion, passwordHash),
        ...parts.audit.writes({ event: "account.password.changed", ...doneBy(userId, doer), target: userId, outcome: "done" }),
      ];
      if (ending === undefined) await parts.storage.commit({ writes });
      else await endSessions(parts, userId, { ...ending, ...doer }, writes);
    };
    await parts.lanes.run(userId, () => retryConflicts(decide));
  };
}
