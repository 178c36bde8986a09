import type { AuditSink, Clock, Logger, Random } from "#kernel";
import type { Keys } from "#keys";
import type { Identity } from "#identity";
import type { Migration, Storage, Write } from "#storage";
import { backupMigrations } from "./backup-migrations.ts";
import type { E2ee } from "./contract.ts";
import { createKeyBackup } from "./create-key-backup.ts";
import { createKeyServer } from "./create-key-server.ts";
import { createToDevice } from "./create-to-device.ts";
import { keyMigrations } from "./key-migrations.ts";
import { toDeviceMigrations } from "./to-device-migrations.ts";

export type * from "./contract.ts";
export { keyRemoval, keyRename } from "./key-removal-store.ts";
export { toDeviceRemoval } from "./to-device-store.ts";

export const e2eeMigrations: readonly Migration[] = [...keyMigrations, ...toDeviceMigrations, ...backupMigrations];

export interface E2eeDeps {
  readonly storage: Storage;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly serverName: string;
  readonly audit: AuditSink<Write>;
  readonly identity: Identity;
  /** Whether both are in the same room now. */
  readonly shareRoom: (userId: string, otherId: string) => Promise<boolean>;
}

export async function createE2ee(deps: E2eeDeps): Promise<E2ee> {
  const keyServer = await createKeyServer(deps);
  const toDevice = createToDevice(deps);
  const backup = createKeyBackup(deps);
  const erasePerson = async (userId: string): Promise<void> => {
    await toDevice.erasePerson(userId);
    await backup.erasePerson(userId);
  };
  return { ...keyServer, ...toDevice, ...backup, erasePerson, feed: { ...keyServer.feed, ...toDevice.feed } };
}
