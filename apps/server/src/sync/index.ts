import type { AccountData } from "#account-data";
import { type Clock, type Logger, type Random, systemTimers, type Timers } from "#kernel";
import type { E2eeFeed } from "#e2ee";
import type { Presence } from "#presence";
import type { RoomFeed } from "#rooms";
import type { Storage } from "#storage";
import { createAnswerSync } from "./answer-sync.ts";
import { createChangeBell } from "./change-bell.ts";
import type { Sync, UnreadOf } from "./contract.ts";
import { createStreamTokens } from "./stream-token.ts";

export type { StreamToken, Sync, SyncRequest } from "./contract.ts";

export interface SyncDependencies {
  readonly feed: RoomFeed;
  readonly accountData: AccountData;
  readonly e2ee: E2eeFeed;
  readonly presence: Presence;
  /** Filled by `push`, which stands on the same rung. */
  readonly unread: UnreadOf;
  readonly storage: Pick<Storage, "generation" | "durablePosition" | "onCommitted">;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly timers?: Timers;
}

export interface SyncModule extends Sync {
  /** Something of this user alone changed (account data): wakes their waiting requests. */
  notifyUser(userId: string): void;
}

export function createSync({ feed, accountData, unread, storage, clock, random, timers = systemTimers }: SyncDependencies): SyncModule {
  const tokens = createStreamTokens(storage.generation, random);
  const bell = createChangeBell(feed, timers);
  return {
    sync: createAnswerSync({ feed, accountData, storage, clock, timers, bell, tokens, unread }),
    parseToken: (token) => tokens.parse(token),
    // No counter: whoever syncs from a token of /messages is told who types at that moment.
    formatToken: (position) => tokens.format(position, undefined),
    notifyUser: (userId) => bell.notifyUser(userId),
  };
}
