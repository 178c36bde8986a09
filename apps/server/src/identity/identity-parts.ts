import type { AuditSink, Clock, Lanes, Random } from "#kernel";
import type { Keys } from "#keys";
import type { PositionOffset, Storage, Write } from "#storage";
import type { SecretIds } from "./access-tokens.ts";
import type { AccountStore } from "./account-store.ts";
import type { DeviceChanges } from "./device-changes.ts";
import type { DeviceStore } from "./device-store.ts";
import type { PasswordHasher } from "./password-hasher.ts";
import type { SessionCache } from "./session-cache.ts";
import type { SessionStore } from "./session-store.ts";

/**
 * What must go with a device in the same commit: other modules' rows about it (design §4, contribution ports). The
 * statements state no expectations: these rows may or may not be there. `position` is the place in the feed of the change, for
 * who tells others about it; all devices of one commit share it.
 */
export type DeviceRemovalContribution = (userId: string, deviceId: string, position: PositionOffset) => readonly Write[];

/** What must be written with a device's new name. */
export type DeviceChangeContribution = (userId: string, deviceId: string, position: PositionOffset) => readonly Write[];

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
  readonly devices: DeviceStore;
  readonly deviceChanges: DeviceChanges;
  readonly hasher: PasswordHasher;
  readonly tokens: SecretIds;
  readonly cache: SessionCache;
  /** One per account, held until the commit: what makes and ends its devices runs one after another. */
  readonly lanes: Lanes;
  readonly devicesPerUser: number;
  /** Told of new accounts at the commit. */
  readonly created: ((userId: string) => void)[];
  readonly onDeviceRemoved: readonly DeviceRemovalContribution[];
  readonly onDeviceChanged: readonly DeviceChangeContribution[];
}
