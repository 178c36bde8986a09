import type { AuditSink, Clock, Lanes, Random } from "#kernel";
import type { Keys } from "#keys";
import type { Storage, Write } from "#storage";
import type { SecretIds } from "./access-tokens.ts";
import type { AccountStore } from "./account-store.ts";
import type { PasswordHasher } from "./password-hasher.ts";
import type { SessionCache } from "./session-cache.ts";
import type { SessionStore } from "./session-store.ts";

/**
 * What must go with a device in the same commit: other modules' rows about it (design §4, contribution ports). The
 * statements state no expectations: these rows may or may not be there.
 */
export type DeviceRemovalContribution = (userId: string, deviceId: string) => readonly Write[];

/** What the use cases of this module work with. */
export interface IdentityParts {
  readonly storage: Storage;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly random: Random;
  readonly serverName: string;
  readonly audit: AuditSink<Write>;
  readonly accounts: AccountStore;
  readonly sessions: SessionStore;
  readonly hasher: PasswordHasher;
  readonly tokens: SecretIds;
  readonly cache: SessionCache;
  /** One per account, held until the commit: what makes and ends its devices runs one after another. */
  readonly lanes: Lanes;
  readonly devicesPerUser: number;
  /** Told at the commit. */
  readonly onCreated: (userId: string) => void;
  readonly onDeviceRemoved: readonly DeviceRemovalContribution[];
}
