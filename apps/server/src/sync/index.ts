import type { AccountData } from "#account-data";
import { type Clock, type Logger, type Random, systemTimers, type Timers } from "#kernel";
import type { E2eeFeed } from "#e2ee";
import type { Presence } from "#presence";
import type { RoomFeed } from "#rooms";
import type { Storage } from "#storage";
import { createAnswerSync } from "./answer-sync.ts";
import { type ChangeBell, createChangeBell } from "./change-bell.ts";
import type { Sync, UnreadOf } from "./contract.ts";
import { createDeviceListChanges, findMoves, readDeviceLists } from "./device-lists.ts";
import { createWakeSharers } from "./share-rooms.ts";
import { createStreamTokens, type StreamTokens } from "./stream-token.ts";

export type { DeviceLists, RoomUnread, Sync, SyncRequest, UnreadOf } from "./contract.ts";

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
  /** Something of this user alone changed: wakes their waiting requests. */
  notifyUser(userId: string): void;
}

export function createSync(given: SyncDependencies): SyncModule {
  const dependencies = { ...given, timers: given.timers ?? systemTimers };
  const { feed, storage, random, timers } = dependencies;
  const tokens = createStreamTokens(storage.generation, random);
  const bell = createChangeBell(feed, timers);
  listen(dependencies, bell);
  return {
    sync: createAnswerSync({ ...dependencies, bell, tokens }),
    parseToken: (token) => tokens.parse(token),
    // No counter: whoever syncs from a token of /messages is told who types at that moment, and gets what waits for their device.
    formatToken: (position) => tokens.format({ position, ephemeral: undefined, toDevice: 0 }),
    keyChanges: createKeyChanges(dependencies, tokens),
    notifyUser: (userId) => bell.notifyUser(userId),
  };
}

/** Wakes those whom changes outside the rooms concern. */
function listen({ feed, e2ee, presence, log }: SyncDependencies, bell: ChangeBell): void {
  const wakeSharers = createWakeSharers(feed, bell);
  const wake = (userId: string) => {
    // Who is not woken hears of it with the next answer.
    wakeSharers(userId).catch((error: unknown) =>
      log.warn({ reason: error instanceof Error ? error.name : "unknown" }, "people who share a room were not woken"),
    );
  };
  e2ee.onToDevice((userId, deviceId) => bell.notifyDevice(userId, deviceId));
  e2ee.onDeviceListChange((userId, onlyFor) => (onlyFor === undefined ? wake(userId) : bell.notifyUser(onlyFor)));
  presence.onChange((userIds) => userIds.forEach(wake));
}

function createKeyChanges({ feed, e2ee, storage }: SyncDependencies, tokens: StreamTokens): Sync["keyChanges"] {
  const changes = createDeviceListChanges(e2ee);
  return async ({ userId }, from, to) => {
    const [start, end] = [tokens.parse(from), tokens.parse(to)];
    const durable = storage.durablePosition();
    // A token of another store, or of a future that is none here, says nothing of what the client has: then everybody may have changed.
    const since = start.sameGeneration && start.position <= durable ? start.position : 0;
    // `to` is a hint by which caches can be checked; going further than that tells more, never less.
    const until = end.sameGeneration && end.position >= since ? Math.min(end.position, durable) : durable;
    const query = { feed, userId, since, until };
    return readDeviceLists(query, await findMoves(query), changes);
  };
}
