import { isJsonObject, parseJson } from "@wardroom/matrix-core";
import type { ValueStore } from "./value-store.ts";

export const IGNORED_USERS = "m.ignored_user_list";
const MOST_PEOPLE = 20_000;
/** Names in all lists together, some 100 bytes each. */
const MOST_NAMES = 200_000;
const nobody: ReadonlySet<string> = new Set();

/** Whom each person ignores, kept until they change it: asked for every event of which they may have to be told. */
export function createIgnoredUsers(values: Pick<ValueStore, "find">) {
  // Promises, so that a reading that began before a change is not what is kept after it.
  const known = new Map<string, { readonly list: Promise<ReadonlySet<string>>; size: number }>();
  let names = 0;
  const drop = (userId: string): void => {
    names -= known.get(userId)?.size ?? 0;
    known.delete(userId);
  };
  const load = async (userId: string): Promise<ReadonlySet<string>> => {
    const list = ignoredIn(userId, await values.find({ userId, roomId: undefined, type: IGNORED_USERS }));
    return list.size === 0 ? nobody : list;
  };
  const keep = (userId: string): Promise<ReadonlySet<string>> => {
    const entry = { list: load(userId), size: 0 };
    known.set(userId, entry);
    const settle = (size: number | undefined) => {
      if (known.get(userId) !== entry) return;
      if (size === undefined) drop(userId);
      else {
        entry.size = size;
        names += size;
      }
      for (const oldest of known.keys()) {
        if (known.size <= MOST_PEOPLE && names <= MOST_NAMES) break;
        drop(oldest);
      }
    };
    entry.list.then(
      ({ size }) => settle(size),
      () => settle(undefined),
    );
    return entry.list;
  };
  return { of: (userId: string) => known.get(userId)?.list ?? keep(userId), drop };
}

/** Names in `m.ignored_user_list` (Client-Server API, "Ignoring Users"); nobody where it has another shape. Nobody ignores themselves: their other devices would lose their own words. */
export function ignoredIn(userId: string, contentJson: string | undefined): ReadonlySet<string> {
  const content = contentJson === undefined ? undefined : parseJson(contentJson, { floats: true });
  const users = isJsonObject(content) && Object.hasOwn(content, "ignored_users") ? content["ignored_users"] : undefined;
  return new Set(isJsonObject(users) ? Object.keys(users).filter((id) => id !== userId) : []);
}
