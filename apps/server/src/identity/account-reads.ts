import { parseUserId } from "@wardroom/matrix-core";
import { actedBy, MatrixError } from "#kernel";
import { doneBy } from "./acts-for.ts";
import { requireNewUserId } from "./check-input.ts";
import type { Identity } from "./contract.ts";
import type { IdentityParts } from "./identity-parts.ts";

type AccountReads = Pick<Identity, "isAvailable" | "isActive" | "isDeactivated" | "lookUpAccount" | "listAccounts" | "accountExists">;

export function createAccountReads(parts: IdentityParts): AccountReads {
  const { accounts, serverName } = parts;
  return {
    isAvailable: async (localpart) => !(await accounts.exists(requireNewUserId(localpart, serverName))),
    isActive: async (userId) => parseUserId(userId) !== undefined && accounts.isActive(userId),
    isDeactivated: async (userId) => (await accounts.find(userId))?.state === "deactivated",
    lookUpAccount: createLookUpAccount(parts),
    async listAccounts(asked) {
      if (asked !== undefined) {
        const record = { event: "account.listed", ...doneBy("", { by: asked }), outcome: "done" } as const;
        await parts.storage.commit({ writes: parts.audit.writes(record) });
      }
      return accounts.list();
    },
    // What is no user id is nobody's, and need not be a text that every engine takes.
    accountExists: async (userId) => parseUserId(userId) !== undefined && accounts.exists(userId),
  };
}

/** Oneself freely; others as an administrator, and then it is recorded before it is told (design D7). */
function createLookUpAccount({ accounts, devices, storage, audit }: IdentityParts): Identity["lookUpAccount"] {
  return async (actor, userId) => {
    const record = { event: "account.looked-up", ...actedBy(actor), target: userId } as const;
    if (actor.userId !== userId) {
      if (!actor.isAdmin) {
        audit.refused({ ...record, outcome: "refused", reason: "not-self" });
        throw new MatrixError("M_FORBIDDEN", "Only administrators look up others.");
      }
      if (parseUserId(userId) === undefined || !(await accounts.exists(userId)))
        throw new MatrixError("M_NOT_FOUND", "There is no such account.");
      await storage.commit({ writes: audit.writes({ ...record, asAdministrator: true, outcome: "done" }) });
    }
    return devices.listIds(userId);
  };
}
