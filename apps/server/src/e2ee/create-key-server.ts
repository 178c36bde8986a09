import { type AuditSink, type Clock, createLanes, type Logger, type Random } from "#kernel";
import type { Identity } from "#identity";
import type { Storage, Write } from "#storage";
import { createClaimKeys } from "./claim-keys.ts";
import type { E2eeFeed, KeyServer } from "./contract.ts";
import { createCrossSigningStore } from "./cross-signing-store.ts";
import { createDeviceKeyStore } from "./device-key-store.ts";
import { createDeviceLists } from "./device-lists.ts";
import { createFallbackKeyStore } from "./fallback-key-store.ts";
import { createKeyCounts } from "./key-counts.ts";
import type { KeyParts } from "./key-parts.ts";
import { createListChangeStore } from "./list-change-store.ts";
import { createOneTimeKeyStore } from "./one-time-key-store.ts";
import { createQueryKeys } from "./query-keys.ts";
import { createSignatureStore } from "./signature-store.ts";
import { createUploadCrossSigningKeys } from "./upload-cross-signing-keys.ts";
import { createUploadKeys } from "./upload-keys.ts";
import { createUploadSignatures } from "./upload-signatures.ts";

export interface KeyServerDeps {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly serverName: string;
  readonly audit: AuditSink<Write>;
  readonly identity: Identity;
  readonly shareRoom: (userId: string, otherId: string) => Promise<boolean>;
}

type KeyFeed = Pick<
  E2eeFeed,
  "lastDeviceListChange" | "deviceListsChanged" | "signedBetween" | "onDeviceListChange" | "oneTimeKeyCounts" | "unusedFallbackKeyTypes"
>;

export async function createKeyServer(deps: KeyServerDeps): Promise<KeyServer & { readonly feed: KeyFeed }> {
  const { storage, identity } = deps;
  const oneTimeKeys = createOneTimeKeyStore(storage.statements);
  const fallbackKeys = createFallbackKeyStore(storage.statements);
  const changes = createListChangeStore(storage.statements);
  const counts = createKeyCounts({ oneTimeKeys, fallbackKeys });
  identity.onDeviceChange((userId) => counts.forget(userId));
  const lists = await createDeviceLists({ identity, changes });
  const parts: KeyParts = {
    ...deps,
    oneTimeKeys,
    fallbackKeys,
    changes,
    counts,
    lists,
    deviceKeys: createDeviceKeyStore(storage.statements),
    crossSigning: createCrossSigningStore(storage.statements),
    signatures: createSignatureStore(storage.statements),
    lanes: createLanes(),
  };
  return {
    uploadKeys: createUploadKeys(parts),
    queryKeys: createQueryKeys(parts),
    claimKeys: createClaimKeys(parts),
    ...createUploadCrossSigningKeys(parts),
    uploadSignatures: createUploadSignatures(parts),
    feed: {
      ...lists.feed,
      oneTimeKeyCounts: (actor) => counts.counts(actor),
      unusedFallbackKeyTypes: (actor) => counts.unusedFallbackTypes(actor),
    },
  };
}
