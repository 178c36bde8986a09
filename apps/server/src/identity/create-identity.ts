import { UNKNOWN } from "#kernel";
import { createUiaSessionIds } from "./access-tokens.ts";
import { createAccountReads } from "./account-reads.ts";
import { from } from "./acts-for.ts";
import { checkPassword } from "./check-password.ts";
import type { Identity, TokenVerdict } from "./contract.ts";
import { createCreateAccount } from "./create-account.ts";
import { createCreateSession } from "./create-session.ts";
import { createDeactivateAccount } from "./deactivate-account.ts";
import { createLogout, createLogoutAll } from "./end-sessions.ts";
import { createParts, type IdentityDeps } from "./create-parts.ts";
import type { IdentityParts } from "./identity-parts.ts";
import { createLogIn } from "./log-in.ts";
import { createManageDevices } from "./manage-devices.ts";
import { createSetPassword } from "./set-password.ts";
import { createUia } from "./uia/create-uia.ts";
import { createUiaSessionStore } from "./uia/uia-session-store.ts";

const unknown: TokenVerdict = { kind: "unknown" };

export function createIdentity(deps: IdentityDeps): Identity {
  const parts = createParts(deps);
  return {
    authenticate(accessToken) {
      const tokenHash = parts.tokens.hashOf(accessToken);
      return tokenHash === undefined ? unknown : (parts.cache.get(tokenHash) ?? parts.cache.load(tokenHash));
    },
    onRevoked: (listener) => parts.cache.onRevoked(listener),
    onDeviceChange: (listener) => parts.deviceChanges.listen(listener),
    ...createManageDevices(parts),
    loginWithPassword: createLogIn(parts),
    createAccount: createCreateAccount(parts),
    createSession: createCreateSession(parts),
    logout: createLogout(parts),
    logoutAll: createLogoutAll(parts),
    async checkPassword(userId, password) {
      const check = await checkPassword(parts, userId, password, { event: "password.checked" });
      return check.isRight && check.account.userId === userId && check.account.state === "active";
    },
    setPassword: createSetPassword(parts),
    onAccountCreated: (listener) => void parts.created.push(listener),
    deactivateAccount: createDeactivateAccount(parts),
    ...createAccountReads(parts),
    uia: createIdentityUia(parts),
  };
}

function createIdentityUia(parts: IdentityParts): Identity["uia"] {
  const { storage, keys, clock, random } = parts;
  return createUia({
    storage,
    clock,
    store: createUiaSessionStore(storage.statements),
    sessionIds: createUiaSessionIds(keys.derive("uia-session"), random),
    bindingKey: keys.derive("uia-binding"),
    async checkPassword({ userId, deviceId, address }, user, password) {
      const who = {
        ...(userId === undefined ? {} : { actor: userId }),
        ...(deviceId === undefined ? {} : { deviceId }),
        ...from({ address }),
      };
      const check = await checkPassword(parts, user, password, { event: "uia.completed", ...who });
      if (!check.isRight) return false;
      const { account } = check;
      if (account.userId === userId && account.state === "active") return true;
      // Another person's right password is wrong here, and costs the same.
      const record = { event: "uia.completed", actor: UNKNOWN, ...who, target: account.userId } as const;
      parts.audit.refused({ ...record, outcome: "refused", reason: "another-account" });
      return false;
    },
  });
}
