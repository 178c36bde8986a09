import { actedBy, type Actor, type AuditRecord, MatrixError, RawJson } from "#kernel";
import { withPersonKey } from "#keys";
import { Conflict } from "#storage";
import { type BackupParts, decide, findBackup, listAlive, noSuchBackup, START, toNumber } from "./backup-parts.ts";
import type { BackupKey } from "./backup-session-store.ts";
import type { KeyBackup } from "./contract.ts";

type Doors = Pick<KeyBackup, "createBackup" | "getBackup" | "updateBackup" | "deleteBackup">;

/** Of the JSON text: a public key and a signature of each device. */
const MOST_AUTH_DATA_BYTES = 65_536;
const REMOVED_AT_A_TIME = 1000;

const record = ({ audit }: BackupParts, event: AuditRecord["event"], actor: Actor, version: number) =>
  audit.writes({ event, ...actedBy(actor), target: String(version), outcome: "done" });

function createCreateBackup(parts: BackupParts): Doors["createBackup"] {
  const { storage, backups, keys } = parts;
  return async (actor, { algorithm, authData }) => {
    const { userId } = actor;
    const text = toText(authData);
    const version = await decide(parts, actor, async () => {
      await finishEnding(parts, userId);
      if ((await listAlive(parts, userId)).length >= parts.limits.backups)
        throw new MatrixError("M_TOO_LARGE", `A person has at most ${parts.limits.backups} key backups. Delete one first.`);
      const newest = await backups.newestNumber(userId);
      await withPersonKey(keys, userId, () =>
        storage.commit({
          writes: [
            backups.takeNumber(userId, newest),
            backups.insert(userId, newest + 1, algorithm, text),
            ...record(parts, "key-backup.created", actor, newest + 1),
          ],
        }),
      );
      return newest + 1;
    });
    return String(version);
  };
}

export function createKeepBackups(parts: BackupParts): Doors {
  const { storage, backups, keys } = parts;
  return {
    createBackup: createCreateBackup(parts),
    async getBackup(actor, version) {
      const found = version === undefined ? (await listAlive(parts, actor.userId)).at(-1) : await findBackup(parts, actor, version);
      const authData = found === undefined ? undefined : await backups.authData(actor.userId, found.version);
      if (found === undefined || authData === undefined) throw noSuchBackup();
      const { algorithm, sessions, etag } = found;
      return new RawJson(
        `{"algorithm":${JSON.stringify(algorithm)},"auth_data":${authData},"count":${sessions},"etag":"${etag}","version":"${found.version}"}`,
      );
    },
    async updateBackup(actor, version, input) {
      const text = toText(input.authData);
      const { version: number, algorithm } = await findBackup(parts, actor, version);
      if (input.algorithm !== algorithm) throw new MatrixError("M_INVALID_PARAM", "algorithm: a backup keeps the one it has.");
      if (input.version !== undefined && input.version !== version)
        throw new MatrixError("M_INVALID_PARAM", "version: another than in the path.");
      try {
        await withPersonKey(keys, actor.userId, () =>
          storage.commit({
            writes: [backups.replaceAuthData(actor.userId, number, text), ...record(parts, "key-backup.updated", actor, number)],
          }),
        );
      } catch (error) {
        throw error instanceof Conflict ? noSuchBackup() : error;
      }
    },
    async deleteBackup(actor, version) {
      const { userId } = actor;
      const number = toNumber(version);
      if (number === undefined) throw noSuchBackup();
      await decide(parts, actor, async () => {
        const isThere = (await listAlive(parts, userId)).some((backup) => backup.version === number);
        // A number that was given out and names no backup is a backup deleted before: that succeeds.
        if (!isThere && number > (await backups.newestNumber(userId))) throw noSuchBackup();
        if (isThere) await storage.commit({ writes: [backups.end(userId, number), ...record(parts, "key-backup.deleted", actor, number)] });
        await finishEnding(parts, userId);
      });
    },
  };
}

function toText(authData: object): string {
  const text = JSON.stringify(authData);
  if (Buffer.byteLength(text) > MOST_AUTH_DATA_BYTES)
    throw new MatrixError("M_TOO_LARGE", `auth_data has at most ${MOST_AUTH_DATA_BYTES} bytes.`);
  return text;
}

/**
 * Takes the keys of ended backups away, some at a time: hundreds of thousands at once would hold up everybody's writes. What a
 * crash leaves nobody can read any more, and the next change of the person's backups takes it along.
 */
async function finishEnding(parts: BackupParts, userId: string): Promise<void> {
  for (const { version, isEnding } of await parts.backups.list(userId)) {
    if (!isEnding) continue;
    while (await removeSome(parts, { userId, version }));
    await parts.storage.commit({ writes: [parts.backups.remove(userId, version)] });
  }
}

async function removeSome({ storage, sessions }: BackupParts, backup: BackupKey): Promise<boolean> {
  const page = await sessions.sizes(backup, START, REMOVED_AT_A_TIME);
  const last = page.at(-1);
  if (last === undefined) return false;
  await storage.commit({ writes: [sessions.remove(backup, START, last, page.length)] });
  return page.length === REMOVED_AT_A_TIME;
}
