import { MatrixError } from "#kernel";
import { personScope } from "#keys";
import { retryConflicts } from "#storage";
import { checkNewPassword } from "./check-input.ts";
import type { Identity } from "./contract.ts";
import { endSessions } from "./end-sessions.ts";
import type { IdentityParts } from "./identity-parts.ts";

/** Sessions stay unless the caller says which of them end. A login in flight with the old password is fenced off. */
export function createSetPassword(parts: IdentityParts): Identity["setPassword"] {
  return async (userId, password, { endSessions: ending, by = userId } = {}) => {
    checkNewPassword(password);
    const passwordHash = await parts.hasher.hash(password);
    const decide = async () => {
      const account = await parts.accounts.find(userId);
      if (account === undefined) throw new MatrixError("M_NOT_FOUND", "There is no such account.");
      await parts.keys.ensure([personScope(userId)]);
      const writes = [
        parts.accounts.replacePassword(userId, account.passwordVersion, passwordHash),
        ...parts.audit.writes({ event: "account.password.changed", actor: by, target: userId, outcome: "done" }),
      ];
      if (ending === undefined) await parts.storage.commit({ writes });
      else await endSessions(parts, userId, { ...ending, by }, writes);
    };
    await parts.lanes.run(userId, () => retryConflicts(decide));
  };
}
