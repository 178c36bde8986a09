import { actedBy, type Actor } from "#kernel";
import type { Write } from "#storage";
import { type BackupParts, decide, findBackup, START, stateOf } from "./backup-parts.ts";
import type { Backup } from "./backup-store.ts";
import type { BackupScope, BackupState, KeyBackup } from "./contract.ts";

/** Keys that go in one commit; more go in several, with a right count and etag after each. */
const REMOVED_AT_A_TIME = 1000;

export function createDeleteRoomKeys(parts: BackupParts): KeyBackup["deleteRoomKeys"] {
  return async (actor, version, scope) => {
    for (;;) {
      const { state, isDone } = await decide(parts, actor, () => removeSome(parts, actor, version, scope));
      if (isDone) return state;
    }
  };
}

async function removeSome(parts: BackupParts, actor: Actor, version: string, scope: BackupScope) {
  const backup = await findBackup(parts, actor, version);
  const { write, count, bytes } = await choose(parts, backup, scope);
  if (write === undefined) return { state: stateOf(backup), isDone: true };
  const now = { sessions: backup.sessions - count, bytes: backup.bytes - bytes };
  await parts.storage.commit({
    writes: [
      parts.backups.change(backup, now),
      write,
      ...parts.audit.writes({
        event: "key-backup.keys.deleted",
        ...actedBy(actor),
        target: version,
        count,
        outcome: "done",
      }),
    ],
  });
  const state: BackupState = stateOf({ sessions: now.sessions, etag: backup.etag + 1 });
  return { state, isDone: count < REMOVED_AT_A_TIME };
}

interface Chosen {
  /** Absent if nothing is to be removed. */
  readonly write?: Write;
  readonly count: number;
  readonly bytes: number;
}

async function choose({ sessions }: BackupParts, { userId, version }: Backup, { roomId, sessionId }: BackupScope): Promise<Chosen> {
  const backup = { userId, version };
  if (roomId !== undefined && sessionId !== undefined) {
    const found = await sessions.quality(backup, { roomId, sessionId });
    if (found === undefined) return { count: 0, bytes: 0 };
    return { write: sessions.removeOne(backup, { roomId, sessionId }), count: 1, bytes: found.size };
  }
  const after = roomId === undefined ? START : { roomId, sessionId: "" };
  const page = await sessions.sizes(backup, after, REMOVED_AT_A_TIME);
  const found = roomId === undefined ? page : page.filter((session) => session.roomId === roomId);
  const last = found.at(-1);
  const bytes = found.reduce((sum, { size }) => sum + size, 0);
  return { count: found.length, bytes, ...(last === undefined ? {} : { write: sessions.remove(backup, after, last, found.length) }) };
}
