import { isRoomId, type JsonObject } from "@wardroom/matrix-core";
import { type Lanes, MatrixError } from "#kernel";
import { type Keys, withPersonKey } from "#keys";
import { retryConflicts, type Storage, type Write } from "#storage";
import { createAccountUsage } from "./account-usage.ts";
import { quotaExceeded, tooLarge, tooMany } from "./errors.ts";
import type { Replaces, Usage, ValueKey, ValueStore } from "./value-store.ts";

export interface PutValueDeps {
  readonly storage: Storage;
  readonly keys: Keys;
  readonly lanes: Lanes;
  readonly values: ValueStore;
  /** In the order of commits, before the durable position shows the change. */
  readonly onCommitted: (key: ValueKey, position: number) => void;
  readonly onChanged: (userId: string) => void;
  readonly limits: ValueLimits;
}

export interface ValueLimits {
  readonly valuesPerUser: number;
  /** Of all values together, as they are stored: sealed. */
  readonly bytesPerUser: number;
}

const MAX_TYPE_BYTES = 255;
/** Of JSON text. */
const MAX_VALUE_BYTES = 65_536;

/** @throws MatrixError M_INVALID_PARAM, M_TOO_LARGE. */
export function createPutValue({ storage, keys, lanes, values, onCommitted, onChanged, limits }: PutValueDeps) {
  const usage = createAccountUsage(values);

  // The lane of the account is held until the commit: what the next put may still add depends on what this one did.
  const put = async (key: ValueKey, contentJson: string, replaces?: Replaces): Promise<void> => {
    const { userId } = key;
    const { write, bytes } = await withPersonKey(keys, userId, () => values.put(key, contentJson, replaces));
    const [before, replaced] = [await usage.of(userId), await values.sizeOf(key)];
    const after = sumUp(before, replaced, bytes);
    checkQuota(before, after, limits);
    try {
      await storage.commit({ writes: [write], positions: 1 }, ({ first }) => onCommitted(key, first));
    } catch (error) {
      usage.forget(userId);
      throw error;
    }
    usage.note(userId, after);
  };
  const check = (key: ValueKey, content: JsonObject): string => {
    checkKey(key);
    const contentJson = JSON.stringify(content);
    if (Buffer.byteLength(contentJson) > MAX_VALUE_BYTES) throw tooLarge("A value of account data", MAX_VALUE_BYTES);
    return contentJson;
  };
  /** True if there was something to do. */
  const change = async (key: ValueKey, decide: Change): Promise<boolean> => {
    const before = await values.findVersion(key);
    const content = decide(before?.contentJson);
    if (content === undefined) return false;
    await put(key, check(key, content), { position: before?.position });
    return true;
  };
  return {
    /** The lane is that of puts: one that is under way is over before, and a later one finds no key. */
    async removeAll(userId: string, besides: readonly Write[], onRemoved: () => void): Promise<void> {
      await lanes.run(userId, () => storage.commit({ writes: [values.removeAll(userId), ...besides], erases: true }, onRemoved));
      usage.forget(userId);
    },
    async put(key: ValueKey, content: JsonObject): Promise<void> {
      const contentJson = check(key, content);
      await lanes.run(key.userId, () => put(key, contentJson));
      // After the promise, not in the commit's callback: only now does the durable position show the row to who wakes up.
      onChanged(key.userId);
    },
    async update(key: ValueKey, decide: Change): Promise<void> {
      checkKey(key);
      // Another process may write the value in between.
      const isChanged = await retryConflicts(() => lanes.run(key.userId, () => change(key, decide)));
      if (isChanged) onChanged(key.userId);
    },
  };
}

/** Decides from what is stored, again where that changed meanwhile. */
export type UpdateValue = (key: ValueKey, decide: Change) => Promise<void>;

/** Gets the stored text, undefined if there is none. */
type Change = (contentJson: string | undefined) => JsonObject | undefined;

function sumUp(before: Usage, replaced: number | undefined, bytes: number): Usage {
  return { values: before.values + (replaced === undefined ? 1 : 0), bytes: before.bytes - (replaced ?? 0) + bytes };
}

/** What makes it no more is let through, also where an account has more than a later version allows. */
function checkQuota(before: Usage, after: Usage, { valuesPerUser, bytesPerUser }: ValueLimits): void {
  if (after.values > before.values && after.values > valuesPerUser) throw tooMany("values of account data", valuesPerUser);
  if (after.bytes > before.bytes && after.bytes > bytesPerUser) throw quotaExceeded(bytesPerUser);
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
