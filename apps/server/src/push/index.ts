import type { AccountData } from "#account-data";
import type { AuditSink, Clock, Logger, Random, Timers } from "#kernel";
import type { Keys } from "#keys";
import type { RoomFeed } from "#rooms";
import type { Migration, Storage, Write } from "#storage";
import type { Push } from "./contract.ts";

export type * from "./contract.ts";

export const pushMigrations: readonly Migration[] = [];

export interface PushDeps {
  readonly storage: Storage;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly random: Random;
  readonly timers?: Timers;
  readonly log: Logger;
  readonly audit: AuditSink<Write>;
  readonly accountData: AccountData;
  readonly feed: RoomFeed;
}

export function createPush({ feed }: PushDeps): Push {
  return {
    async unread(actor, roomId, until) {
      return { main: await feed.unreadCounts(actor, roomId, until), threads: new Map() };
    },
    close: () => Promise.resolve(),
  };
}
