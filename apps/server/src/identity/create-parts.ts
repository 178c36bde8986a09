import { type AuditSink, type Clock, createLanes, type Logger, type Random } from "#kernel";
import type { Keys } from "#keys";
import type { Storage, Write } from "#storage";
import { createAccessTokens } from "./access-tokens.ts";
import { createAccountStore } from "./account-store.ts";
import { createDeviceChanges } from "./device-changes.ts";
import { createDeviceStore } from "./device-store.ts";
import type { DeviceChangeContribution, DeviceRemovalContribution, IdentityParts } from "./identity-parts.ts";
import { type Argon2, createPasswordHasher } from "./password-hasher.ts";
import { createSessionCache } from "./session-cache.ts";
import { createSessionStore } from "./session-store.ts";

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

export function createParts(deps: IdentityDeps): IdentityParts {
  const { storage, keys, clock, random, serverName, audit } = deps;
  const sessions = createSessionStore(storage.statements, keys);
  return {
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
    created: [],
    onDeviceRemoved: deps.onDeviceRemoved ?? [],
    onDeviceChanged: deps.onDeviceChanged ?? [],
  };
}
