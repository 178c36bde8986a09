import type { Clock, Logger } from "#kernel";
import type { Identity } from "#identity";
import type { Storage } from "#storage";
import type { E2eeFeed } from "./contract.ts";
import type { ListChange, ListChangeStore } from "./list-change-store.ts";

type Listener = Parameters<E2eeFeed["onDeviceListChange"]>[0];

/** Whose devices and keys changed, and when: the part of it that is in memory. */
export interface DeviceLists {
  /** Called at the commit, in its order. `userId`: whose list it is, if others see the change; who calls this announces it as well. */
  note(position: number, userId?: string): void;
  /** Called once the durable position shows the change. `onlyFor`: nobody else sees it. */
  announce(userId: string, onlyFor?: string): void;
  readonly feed: Pick<E2eeFeed, "lastDeviceListChange" | "deviceListsChanged" | "onDeviceListChange">;
}

interface Deps {
  readonly storage: Storage;
  readonly identity: Pick<Identity, "onRevoked">;
  readonly changes: ListChangeStore;
  readonly clock: Clock;
  readonly log: Logger;
  /** A device was signed out or signed in anew. */
  readonly onRevoked: (userId: string) => void;
}

/** Devices are removed in several commits, the first of which ends their tokens; the rest follows at once. */
const REMOVING_MS = 30_000;

export async function createDeviceLists({ storage, identity, changes, clock, log, onRevoked }: Deps): Promise<DeviceLists> {
  const listeners: Listener[] = [];
  let last = await changes.last();
  const announce: DeviceLists["announce"] = (userId, onlyFor) => {
    for (const listener of listeners) listener(userId, onlyFor);
  };
  const noted = createNoted();
  const follow = followRemovals({ storage, changes, clock, log }, last, (change) => {
    if (!noted.has(change)) announce(change.user_id);
  });
  const note: DeviceLists["note"] = (position, userId) => {
    last = Math.max(last, position);
    if (userId !== undefined) noted.add(userId, position);
  };
  identity.onRevoked((userId) => {
    onRevoked(userId);
    follow.begin();
  });
  return {
    note,
    announce,
    feed: {
      lastDeviceListChange: () => Math.max(last, follow.atMost()),
      async deviceListsChanged(after, until, asker) {
        const changed = (await changes.list({ after, until })).map((row) => row.user_id);
        if (asker === undefined) return changed;
        return [...new Set([...changed, ...(await changes.listSigned(asker, { after, until }))])];
      },
      onDeviceListChange: (listener) => void listeners.push(listener),
    },
  };
}

/** Changes that were made here, so that nobody is woken a second time for one. */
function createNoted(capacity = 1000) {
  const latest = new Map<string, number>();
  return {
    add(userId: string, position: number): void {
      if (latest.size >= capacity) latest.clear();
      latest.set(userId, position);
    },
    has: ({ user_id, position }: ListChange): boolean => latest.get(user_id) === position,
  };
}

interface Removals {
  begin(): void;
  /** No removal is later than this. */
  atMost(): number;
}

/**
 * Identity commits the removal of devices, and with it the change of the list (`keyRemoval`); here that is learnt from the rows. From a
 * commit until they are read, every position counts as changed: a sync that passes meanwhile looks into the store, and misses nothing.
 */
function followRemovals(
  deps: Pick<Deps, "storage" | "changes" | "clock" | "log">,
  start: number,
  announce: (change: ListChange) => void,
): Removals {
  const { storage, changes, clock, log } = deps;
  let watchUntil = 0;
  let committed = start;
  let looked = start;
  let found = start;
  let isLooking = false;

  const look = async (): Promise<void> => {
    isLooking = true;
    try {
      while (looked < committed) {
        const until = committed;
        const changed = await changes.list({ after: looked, until });
        if (changed.length > 0) found = until;
        looked = until;
        for (const change of changed) announce(change);
      }
    } catch (error) {
      // What was not looked at still counts as changed; the next commit looks again.
      log.warn({ error: error instanceof Error ? error.name : "unknown" }, "changes of device lists could not be read");
    } finally {
      isLooking = false;
    }
  };
  storage.onCommitted((position) => {
    if (clock.now() >= watchUntil) return;
    committed = position;
    if (!isLooking) void look();
  });
  return {
    begin() {
      // What was committed before needs no second look.
      if (clock.now() >= watchUntil) looked = Math.max(looked, storage.durablePosition());
      watchUntil = clock.now() + REMOVING_MS;
    },
    atMost: () => (looked < committed ? committed : found),
  };
}
