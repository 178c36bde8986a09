import { parseUserId } from "@wardroom/matrix-core";
import { type AuditSink, type Clock, createLanes, type Logger, type Random } from "#kernel";
import type { Keys } from "#keys";
import type { Storage, Write } from "#storage";
import { createAccessTokens, createUiaSessionIds } from "./access-tokens.ts";
import { createAccountStore } from "./account-store.ts";
import { requireNewUserId } from "./check-input.ts";
import { checkPassword } from "./check-password.ts";
import type { Identity, TokenVerdict } from "./contract.ts";
import { createCreateAccount } from "./create-account.ts";
import { createCreateSession } from "./create-session.ts";
import { createDeviceChanges } from "./device-changes.ts";
import { createDeviceStore } from "./device-store.ts";
import { createLogout, createLogoutAll } from "./end-sessions.ts";
import type { DeviceChangeContribution, DeviceRemovalContribution, IdentityParts } from "./identity-parts.ts";
import { createLogIn } from "./log-in.ts";
import { createManageDevices } from "./manage-devices.ts";
import { type Argon2, createPasswordHasher } from "./password-hasher.ts";
import { createSessionCache } from "./session-cache.ts";
import { createSessionStore } from "./session-store.ts";
import { createSetPassword } from "./set-password.ts";
import { createUia } from "./uia/create-uia.ts";
import { createUiaSessionStore } from "./uia/uia-session-store.ts";

export interface IdentityDeps {
  readonly storage: Storage;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly random: Random;
  readonly serverName: string;
  readonly audit: AuditSink<Write>;
  readonly log: Logger;
  readonly onDeviceRemoved?: readonly DeviceRemovalContribution[];
  readonly onDeviceChanged?: readonly DeviceChangeContribution[];
  /** The password hash in use; tests count its calls. */
  readonly argon2?: Argon2;
  readonly devicesPerUser?: number;
}

/** About 200 bytes each. */
const CACHED_SESSIONS = 50_000;
/** More than a person has in use, bots that make a device at each start included. */
const DEVICES_PER_USER = 500;
const unknown: TokenVerdict = { kind: "unknown" };

export function createIdentity(deps: IdentityDeps): Identity {
  const { storage, keys, clock, random, serverName, audit } = deps;
  const sessions = createSessionStore(storage.statements, keys);
  const parts: IdentityParts = {
    storage,
    keys,
    clock,
    random,
    serverName,
    audit,
    accounts: createAccountStore(storage.statements, keys),
    sessions,
    devices: createDeviceStore(storage.statements, keys),
    deviceChanges: createDeviceChanges(),
    hasher: createPasswordHasher({ random, ...(deps.argon2 === undefined ? {} : { argon2: deps.argon2 }) }),
    tokens: createAccessTokens(keys.derive("access-token"), random),
    cache: createSessionCache(CACHED_SESSIONS, (tokenHash) => sessions.findActor(tokenHash)),
    lanes: createLanes(),
    devicesPerUser: deps.devicesPerUser ?? DEVICES_PER_USER,
    onDeviceRemoved: deps.onDeviceRemoved ?? [],
    onDeviceChanged: deps.onDeviceChanged ?? [],
  };
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
    async isAvailable(localpart) {
      return !(await parts.accounts.exists(requireNewUserId(localpart, serverName)));
    },
    logout: createLogout(parts),
    logoutAll: createLogoutAll(parts),
    async checkPassword(userId, password) {
      const check = await checkPassword(parts, userId, password, "password.checked");
      return check.isRight && check.account.userId === userId && check.account.state === "active";
    },
    setPassword: createSetPassword(parts),
    listAccounts: () => parts.accounts.list(),
    // What is no user id is nobody's, and need not be a text that every engine takes.
    accountExists: async (userId) => parseUserId(userId) !== undefined && parts.accounts.exists(userId),
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
    async checkPassword({ userId }, user, password) {
      const check = await checkPassword(parts, user, password, "uia.completed");
      // Another person's right password is wrong here, and costs the same.
      return check.isRight && check.account.userId === userId && check.account.state === "active";
    },
  });
}
