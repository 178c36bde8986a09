import type { AuditSink, Lanes, Random } from "#kernel";
import type { Identity } from "#identity";
import type { Storage, Write } from "#storage";
import type { CrossSigningStore } from "./cross-signing-store.ts";
import type { DeviceKeyStore } from "./device-key-store.ts";
import type { DeviceLists } from "./device-lists.ts";
import type { FallbackKeyStore } from "./fallback-key-store.ts";
import type { KeyCountCache } from "./key-counts.ts";
import type { ListChangeStore } from "./list-change-store.ts";
import type { OneTimeKeyStore } from "./one-time-key-store.ts";
import type { SignatureStore } from "./signature-store.ts";

/** What the use cases of the key server work with. */
export interface KeyParts {
  readonly storage: Storage;
  readonly random: Random;
  readonly serverName: string;
  readonly audit: AuditSink<Write>;
  readonly identity: Identity;
  /** Whether both are in the same room now. */
  readonly shareRoom: (userId: string, otherId: string) => Promise<boolean>;
  readonly deviceKeys: DeviceKeyStore;
  readonly oneTimeKeys: OneTimeKeyStore;
  readonly fallbackKeys: FallbackKeyStore;
  readonly crossSigning: CrossSigningStore;
  readonly signatures: SignatureStore;
  readonly changes: ListChangeStore;
  readonly lists: DeviceLists;
  readonly counts: KeyCountCache;
  /** One per person. */
  readonly lanes: Lanes;
}
