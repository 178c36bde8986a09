import type { AccountData } from "#account-data";
import type { FeedEvent } from "#rooms";
import { createTextCache } from "./text-cache.ts";

export const IGNORED_USER_LIST = "m.ignored_user_list";

/** Whom each person ignores (Client-Server API, "Ignoring Users"); read once and kept until they change it. */
export interface IgnoredUsers {
  of(userId: string): ReadonlySet<string> | Promise<ReadonlySet<string>>;
  /** Called after each durable change of the list. */
  forget(userId: string): void;
}

const MOST_PEOPLE = 20_000;
/** Characters of all lists together. */
const MOST_TEXT = 8 * 1024 * 1024;

export function createIgnoredUsers(accountData: Pick<AccountData, "ignoredUsers">): IgnoredUsers {
  const known = createTextCache<ReadonlySet<string>>(MOST_PEOPLE, MOST_TEXT);
  const loading = new Map<string, Promise<ReadonlySet<string>>>();

  const load = (userId: string): Promise<ReadonlySet<string>> => {
    const started = accountData
      .ignoredUsers(userId)
      .then((ignored) => {
        // A change meanwhile has forgotten this reading: it may be the old list.
        if (loading.get(userId) === started) known.keep(userId, ignored, 64 * (1 + ignored.size));
        return ignored;
      })
      .finally(() => {
        if (loading.get(userId) === started) loading.delete(userId);
      });
    loading.set(userId, started);
    return started;
  };
  return {
    of: (userId) => known.get(userId) ?? loading.get(userId) ?? load(userId),
    forget(userId) {
      known.drop(userId);
      loading.delete(userId);
    },
  };
}

/** State events of ignored people are still sent, so that a room looks the same to everybody. */
export const isIgnored = (ignored: ReadonlySet<string>, event: Pick<FeedEvent, "sender" | "stateKey">): boolean =>
  event.stateKey === undefined && ignored.has(event.sender);
