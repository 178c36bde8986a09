import { isJsonObject, ownObject, parseJson } from "@wardroom/matrix-core";
import { createMemo, type Memo } from "#kernel";
import type { ValueKey, ValueStore } from "./value-store.ts";

const MOST_PEOPLE = 20_000;
/** Of all kept lists together. */
const MOST_NAMES = 200_000;

const listKey = (userId: string): ValueKey => ({ userId, roomId: undefined, type: "m.ignored_user_list" });

export const isIgnoredUserList = ({ roomId, type }: Pick<ValueKey, "roomId" | "type">): boolean =>
  roomId === undefined && type === "m.ignored_user_list";

/** Whom each person ignores, asked at every sync: read once and kept until they change it. */
export function createIgnoredUsers(values: Pick<ValueStore, "find">): Memo<ReadonlySet<string>> {
  return createMemo(async (userId) => ignoredIn(userId, await values.find(listKey(userId))), {
    entries: MOST_PEOPLE,
    weight: MOST_NAMES,
    weigh: ({ size }) => size,
  });
}

/** Names in `m.ignored_user_list` (Client-Server API, "Ignoring Users"); nobody where it has another shape. Nobody ignores themselves: their other devices would lose their own words. */
export function ignoredIn(userId: string, contentJson: string | undefined): ReadonlySet<string> {
  const content = contentJson === undefined ? undefined : parseJson(contentJson, { floats: true });
  const users = isJsonObject(content) ? ownObject(content, "ignored_users") : undefined;
  return new Set(Object.keys(users ?? {}).filter((id) => id !== userId));
}
