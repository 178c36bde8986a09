import type { AuditSink, Clock, Logger, Random } from "#kernel";
import type { Keys } from "#keys";
import type { Identity } from "#identity";
import type { Migration, Storage, Write } from "#storage";
import type { E2ee } from "./contract.ts";
import { createKeyServer } from "./create-key-server.ts";
import { keyMigrations } from "./key-migrations.ts";

export type * from "./contract.ts";
export { keyRemoval } from "./key-removal-store.ts";

export const e2eeMigrations: readonly Migration[] = [...keyMigrations];

export interface E2eeDeps {
  readonly storage: Storage;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly serverName: string;
  readonly audit: AuditSink<Write>;
  readonly identity: Identity;
}

export async function createE2ee(deps: E2eeDeps): Promise<E2ee> {
  const keyServer = await createKeyServer(deps);
  const parts = { ...keyServer, feed: { ...keyServer.feed } };
  // Proven by nothing yet: the other parts are being built.
  return parts as unknown as E2ee;
}
