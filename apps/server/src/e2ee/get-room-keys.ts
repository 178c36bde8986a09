import { type Actor, MatrixError, nextTurn, RawJson } from "#kernel";
import { keyText } from "./backup-keys.ts";
import { type BackupParts, findBackup, START } from "./backup-parts.ts";
import type { SessionKey } from "./backup-session-store.ts";
import type { Backup } from "./backup-store.ts";
import type { BackupScope, KeyBackup } from "./contract.ts";

const KEYS_PER_READ = 200;

export function createGetRoomKeys(parts: BackupParts): KeyBackup["getRoomKeys"] {
  return async (actor, version, scope) => {
    const backup = await findBackup(parts, actor, version);
    const { roomId, sessionId } = scope;
    if (roomId === undefined) return new RawJson(`{"rooms":${await roomsText(parts, backup)}}`);
    if (sessionId === undefined) return new RawJson((await readRooms(parts, backup, roomId)).get(roomId)?.close() ?? `{"sessions":{}}`);
    return new RawJson(await oneText(parts, actor, backup, { roomId, sessionId }));
  };
}

async function oneText({ sessions }: BackupParts, { userId }: Actor, { version }: Backup, name: Required<BackupScope>): Promise<string> {
  const key = await sessions.get({ userId, version }, name);
  if (key === undefined) throw new MatrixError("M_NOT_FOUND", "There is no such key in this backup.");
  return keyText(key);
}

async function roomsText(parts: BackupParts, backup: Backup): Promise<string> {
  const rooms = await readRooms(parts, backup);
  return `{${[...rooms].map(([roomId, room]) => `${JSON.stringify(roomId)}:${room.close()}`).join(",")}}`;
}

/** All rooms, or one. @throws MatrixError M_TOO_LARGE for more than an answer may hold. */
async function readRooms({ sessions, limits }: BackupParts, { userId, version }: Backup, only?: string): Promise<Map<string, RoomText>> {
  const rooms = new Map<string, RoomText>();
  let after = only === undefined ? START : { roomId: only, sessionId: "" };
  let size = 0;
  for (;;) {
    const { keys, last } = await sessions.list({ userId, version }, after, KEYS_PER_READ);
    for (const key of keys) {
      if (only !== undefined && key.roomId !== only) return rooms;
      const room = rooms.get(key.roomId) ?? createRoomText();
      size += room.add(key);
      rooms.set(key.roomId, room);
    }
    if (size > limits.answerBytes)
      throw new MatrixError("M_TOO_LARGE", "The backup is too large to be read at once. Ask room by room, or key by key.");
    if (last === undefined) return rooms;
    after = last;
    // Others have their turn between two pages: opening thousands of seals takes a second.
    await nextTurn();
  }
}

interface RoomText {
  /** Returns how many characters it added. */
  add(key: SessionKey): number;
  close(): string;
}

function createRoomText(): RoomText {
  const parts: string[] = [];
  return {
    add(key) {
      const text = `${JSON.stringify(key.sessionId)}:${keyText(key)}`;
      parts.push(text);
      return text.length;
    },
    close: () => `{"sessions":{${parts.join(",")}}}`,
  };
}
