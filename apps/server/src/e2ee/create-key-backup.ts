import { type AuditSink, createLanes } from "#kernel";
import type { Keys } from "#keys";
import type { Storage, Write } from "#storage";
import type { BackupLimits, BackupParts } from "./backup-parts.ts";
import { createBackupSessionStore } from "./backup-session-store.ts";
import { createBackupStore } from "./backup-store.ts";
import type { E2ee, KeyBackup } from "./contract.ts";
import { createDeleteRoomKeys } from "./delete-room-keys.ts";
import { createGetRoomKeys } from "./get-room-keys.ts";
import { createKeepBackups } from "./keep-backups.ts";
import { createPutRoomKeys } from "./put-room-keys.ts";

interface KeyBackupDeps {
  readonly storage: Storage;
  readonly keys: Keys;
  readonly audit: AuditSink<Write>;
  readonly limits?: BackupLimits;
}

/** A key takes about a kilobyte: somebody in fifty busy rooms meets some 50,000 a year. */
const LIMITS: BackupLimits = { backups: 20, sessions: 500_000, bytes: 512 * 1024 * 1024, answerBytes: 64 * 1024 * 1024 };

export function createKeyBackup({ storage, keys, audit, limits = LIMITS }: KeyBackupDeps): KeyBackup & Pick<E2ee, "erasePerson"> {
  const parts: BackupParts = {
    storage,
    keys,
    audit,
    backups: createBackupStore(storage.statements, keys),
    sessions: createBackupSessionStore(storage.statements, keys),
    lanes: createLanes(),
    limits,
  };
  const kept = createKeepBackups(parts);
  return {
    ...kept,
    async erasePerson(userId) {
      const actor = { userId, deviceId: "", isAdmin: false };
      for (const { version } of await parts.backups.list(userId)) await kept.deleteBackup(actor, String(version));
    },
    putRoomKeys: createPutRoomKeys(parts),
    getRoomKeys: createGetRoomKeys(parts),
    deleteRoomKeys: createDeleteRoomKeys(parts),
  };
}
