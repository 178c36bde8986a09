import { isRoomId, type JsonObject } from "@wardroom/matrix-core";
import { MatrixError } from "#kernel";
import type { Keys } from "#keys";
import type { Storage } from "#storage";
import { MAX_VALUE_BYTES, tooLarge, tooMany } from "./errors.ts";
import type { LatestChanges } from "./latest-changes.ts";
import { sealForPerson } from "./seal-for-person.ts";
import type { ValueKey, ValueStore } from "./value-store.ts";

export interface PutValueDeps {
  readonly storage: Storage;
  readonly keys: Keys;
  readonly values: ValueStore;
  readonly changes: LatestChanges;
  readonly onChanged: (userId: string) => void;
  readonly maxValuesPerUser: number;
}

const MAX_TYPE_BYTES = 255;

/** @throws MatrixError M_INVALID_PARAM, M_TOO_LARGE. */
export function createPutValue({ storage, keys, values, changes, onChanged, maxValuesPerUser }: PutValueDeps) {
  return async (key: ValueKey, content: JsonObject): Promise<void> => {
    checkKey(key);
    const contentJson = JSON.stringify(content);
    if (Buffer.byteLength(contentJson) > MAX_VALUE_BYTES) throw tooLarge("A value of account data");
    // Puts that are in flight together may pass the limit by their number; it bounds the store, nothing depends on it.
    if (!(await values.exists(key)) && (await values.count(key.userId)) >= maxValuesPerUser) {
      throw tooMany("values of account data", maxValuesPerUser);
    }
    const write = await sealForPerson(keys, key.userId, () => values.put(key, contentJson));
    await storage.commit({ writes: [write], positions: 1 }, ({ first }) => changes.note(key.userId, first));
    // After the promise, not in the commit's callback: only now does the durable position show the row to who wakes up.
    onChanged(key.userId);
  };
}

/** Types are opaque, but no engine has to take half a character or a NUL. */
export const isType = (type: string): boolean =>
  type !== "" && !type.includes("\u0000") && type.isWellFormed() && Buffer.byteLength(type) <= MAX_TYPE_BYTES;

function checkKey({ roomId, type }: ValueKey): void {
  if (roomId !== undefined && !isRoomId(roomId)) throw new MatrixError("M_INVALID_PARAM", "roomId is not a room id.");
  if (!isType(type)) {
    throw new MatrixError("M_INVALID_PARAM", `A type of account data has 1 to ${MAX_TYPE_BYTES} bytes.`);
  }
}
