import { type Actor, type AuditSink, type Lanes, MatrixError } from "#kernel";
import type { Keys } from "#keys";
import { retryConflicts, type Storage, type Write } from "#storage";
import type { BackupSessionStore, SessionName } from "./backup-session-store.ts";
import type { Backup, BackupStore } from "./backup-store.ts";
import type { BackupState } from "./contract.ts";

export interface BackupLimits {
  /** Clients delete the old backup when they make a new one. */
  readonly backups: number;
  /** Of all backups of a person together. */
  readonly sessions: number;
  readonly bytes: number;
  /** What one answer may hold. More is fetched room by room, as clients do for single keys anyway. */
  readonly answerBytes: number;
}

/** What the use cases of the key backup work with. */
export interface BackupParts {
  readonly storage: Storage;
  readonly keys: Keys;
  readonly audit: AuditSink<Write>;
  readonly backups: BackupStore;
  readonly sessions: BackupSessionStore;
  /** One per person, held until the commit: what changes their backups runs one after another. */
  readonly lanes: Lanes;
  readonly limits: BackupLimits;
}

export const noSuchBackup = (): MatrixError => new MatrixError("M_NOT_FOUND", "There is no such key backup.");
export const stateOf = ({ sessions, etag }: Pick<Backup, "sessions" | "etag">): BackupState => ({ count: sessions, etag: String(etag) });

/** Before every room and every session. */
export const START: SessionName = { roomId: "", sessionId: "" };

const VERSION = /^[1-9][0-9]{0,14}$/;
/** Undefined for what this server never gave out. */
export const toNumber = (version: string): number | undefined => (VERSION.test(version) ? Number(version) : undefined);

export const listAlive = async ({ backups }: BackupParts, userId: string): Promise<readonly Backup[]> =>
  (await backups.list(userId)).filter(({ isEnding }) => !isEnding);

/** @throws MatrixError M_NOT_FOUND, also for a backup that was deleted. */
export async function findBackup(parts: BackupParts, { userId }: Actor, version: string): Promise<Backup> {
  const number = toNumber(version);
  const found = number === undefined ? undefined : (await listAlive(parts, userId)).find((backup) => backup.version === number);
  if (found === undefined) throw noSuchBackup();
  return found;
}

/** In the lane of the person, decided again when what was read has changed before the commit. */
export function decide<T>({ lanes }: BackupParts, { userId }: Actor, work: () => Promise<T>): Promise<T> {
  return lanes.run(userId, () => retryConflicts(work));
}
