import { MatrixError } from "#kernel";
import { retryConflicts } from "#storage";
import { from } from "./acts-for.ts";
import { checkDevice } from "./check-input.ts";
import { checkPassword } from "./check-password.ts";
import type { Identity } from "./contract.ts";
import { openSession } from "./create-session.ts";
import type { IdentityParts } from "./identity-parts.ts";

export function createLogIn(parts: IdentityParts): Identity["loginWithPassword"] {
  return async ({ user, password, address, ...device }) => {
    checkDevice(device);
    // A conflict means that the password changed, or the account ended, while this password was being checked: check again, so
    // that a login in flight does not outlive the change that was made against it.
    return retryConflicts(async () => {
      const check = await checkPassword(parts, user, password, { event: "session.created", ...from({ address }) });
      if (!check.isRight) throw new MatrixError("M_FORBIDDEN", "The user name or the password is wrong.");
      const { userId, state, passwordVersion } = check.account;
      if (state !== "active") {
        parts.audit.refused({ event: "session.created", actor: userId, ...from({ address }), outcome: "refused", reason: "deactivated" });
        // Only who knows the password learns this.
        throw new MatrixError("M_USER_DEACTIVATED", "This account has been deactivated.");
      }
      return openSession(parts, userId, device, { fence: parts.accounts.expectUnchanged(userId, passwordVersion), address });
    });
  };
}
