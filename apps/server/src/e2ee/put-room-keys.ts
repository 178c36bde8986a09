import { actedBy, type Actor, MatrixError } from "#kernel";
import { withPersonKey } from "#keys";
import type { Write } from "#storage";
import { isBetter, readRoomKeys } from "./backup-keys.ts";
import { type BackupParts, decide, listAlive, noSuchBackup, stateOf, toNumber } from "./backup-parts.ts";
import type { SessionKey } from "./backup-session-store.ts";
import type { Backup } from "./backup-store.ts";
import type { BackupState, KeyBackup } from "./contract.ts";

export function createPutRoomKeys(parts: BackupParts): KeyBackup["putRoomKeys"] {
  return async (actor, version, rooms) => {
    const keys = readRoomKeys(rooms);
    return decide(parts, actor, () => withPersonKey(parts.keys, actor.userId, () => put(parts, actor, version, keys)));
  };
}

async function put(parts: BackupParts, actor: Actor, version: string, keys: readonly SessionKey[]): Promise<BackupState> {
  const alive = await listAlive(parts, actor.userId);
  const current = requireCurrent(alive, version);
  const { writes, sessions, bytes } = await chooseBetter(parts, current, keys);
  // Clients fetch everything again when the etag changes: it stays where nothing does.
  if (writes.length === 0) return stateOf(current);
  const now = { sessions: current.sessions + sessions, bytes: current.bytes + bytes };
  checkQuota(parts, alive, { sessions, bytes });
  await parts.storage.commit({
    writes: [
      // Two requests that chose at the same time would each overwrite what the other found better, and count wrong.
      parts.backups.change(current, now),
      ...writes,
      ...parts.audit.writes({
        event: "key-backup.keys.put",
        ...actedBy(actor),
        target: version,
        count: writes.length,
        outcome: "done",
      }),
    ],
  });
  return stateOf({ sessions: now.sessions, etag: current.etag + 1 });
}

/** @throws MatrixError M_NOT_FOUND without any backup, M_WRONG_ROOM_KEYS_VERSION for another than the newest. */
function requireCurrent(alive: readonly Backup[], version: string): Backup {
  const current = alive.at(-1);
  if (current === undefined) throw noSuchBackup();
  if (current.version === toNumber(version)) return current;
  throw new MatrixError("M_WRONG_ROOM_KEYS_VERSION", "Keys are put into the newest backup only.", {
    fields: { current_version: String(current.version) },
  });
}

/** The writes for those keys that are better than what is stored, and by how much they make it more. */
async function chooseBetter(parts: BackupParts, backup: Backup, keys: readonly SessionKey[]) {
  const { userId, version } = backup;
  const writes: Write[] = [];
  let [sessions, bytes] = [0, 0];
  for (const key of keys) {
    const stored = await parts.sessions.quality({ userId, version }, key);
    if (stored !== undefined && !isBetter(key, stored)) continue;
    const { write, size } = parts.sessions.put({ userId, version }, key);
    writes.push(write);
    sessions += stored === undefined ? 1 : 0;
    bytes += size - (stored?.size ?? 0);
  }
  return { writes, sessions, bytes };
}

/** What makes it no more is let through. */
function checkQuota({ limits }: BackupParts, alive: readonly Backup[], more: { readonly sessions: number; readonly bytes: number }): void {
  const sessions = alive.reduce((sum, backup) => sum + backup.sessions, more.sessions);
  const bytes = alive.reduce((sum, backup) => sum + backup.bytes, more.bytes);
  if ((more.sessions > 0 && sessions > limits.sessions) || (more.bytes > 0 && bytes > limits.bytes))
    throw new MatrixError("M_TOO_LARGE", `The key backups of a person have at most ${limits.sessions} keys and ${limits.bytes} bytes.`);
}
