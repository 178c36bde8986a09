import type { AccountData } from "#account-data";
import type { Identity } from "#identity";
import { type AuditSink, type Clock, type Logger, type OutboundHttp, type Random, systemTimers, type Timers } from "#kernel";
import type { Keys } from "#keys";
import type { RoomFeed } from "#rooms";
import type { Storage, Write } from "#storage";
import type { Push } from "./contract.ts";
import { createCountBadge } from "./count-badge.ts";
import { createCountUnread } from "./count-unread.ts";
import { createGatewayQueue, type GatewayQueue } from "./gateway-queue.ts";
import { createListNotifications } from "./list-notifications.ts";
import { createBuildRequest } from "./notification-body.ts";
import { createNotifyPeople } from "./notify-people.ts";
import { createPusherMemory } from "./pusher-memory.ts";
import { createPusherStore } from "./pusher-store.ts";
import { createRulesOf } from "./rules-of.ts";
import { createPushers } from "./set-pusher.ts";

export type * from "./contract.ts";
export { pushMigrations } from "./migrations.ts";
export { pusherRemoval } from "./pusher-store.ts";

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
  readonly identity: Pick<Identity, "onRevoked" | "expectDevice">;
  readonly outbound: OutboundHttp;
  readonly config: { readonly content: "id_only" | "full" };
}

export async function createPush(deps: PushDeps): Promise<Push> {
  const { accountData, feed, storage, identity, outbound, log, timers = systemTimers } = deps;
  const rulesOf = createRulesOf(accountData);
  const unread = createCountUnread({ feed, rulesOf });
  const store = createPusherStore(storage.statements);
  const memory = createPusherMemory(await store.listAll());
  let queue: GatewayQueue | undefined;
  const pushers = createPushers({
    ...deps,
    store,
    memory,
    onGone: (rows) => {
      for (const row of rows) queue?.drop(row);
    },
  });
  const build = createBuildRequest({ feed, pushers, countBadge: createCountBadge(feed, rulesOf, unread), content: deps.config.content });
  queue = createGatewayQueue({ build, outbound, timers, log, onRejected: (row) => pushers.dropRejected(row) });
  const notify = createNotifyPeople({ feed, memory, rulesOf, queue, log });
  identity.onRevoked((userId, isRevoked) => pushers.dropDevices(userId, isRevoked));
  return {
    unread,
    listPushers: pushers.listPushers,
    setPusher: pushers.setPusher,
    removePusher: pushers.removePusher,
    listNotifications: createListNotifications({ feed, rulesOf }),
    close() {
      queue.close();
      return notify.close();
    },
  };
}
