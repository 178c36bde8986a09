import { isJsonObject, type JsonObject, parseJson } from "@wardroom/matrix-core";
import { type Keys, personScope, withPersonKey } from "#keys";
import type { PusherInput } from "./contract.ts";
import type { PusherKey, PusherRow } from "./pusher-store.ts";

/** Pushkey, address and names: who has them can send to the phone. Sealed as clients get them back. */
export function sealPusher(keys: Keys, key: PusherKey, input: PusherInput): Promise<Uint8Array> {
  const { append: _append, ...pusher } = { ...input, kind: "http" };
  const { user_id: userId } = key;
  return withPersonKey(keys, userId, () => keys.seal(personScope(userId), associated(key), JSON.stringify(pusher)));
}

/** Undefined if the person was erased. */
export function openPusher(keys: Keys, row: PusherRow): JsonObject | undefined {
  const content = keys.open(personScope(row.user_id), associated(row), row.content);
  const pusher = content === undefined ? undefined : parseJson(Buffer.from(content).toString(), { floats: true });
  return isJsonObject(pusher) ? pusher : undefined;
}

const associated = ({ user_id, app_id, pushkey_hash }: PusherKey): string =>
  ["pushers", user_id, app_id, pushkey_hash, "content"].join("\u0000");
