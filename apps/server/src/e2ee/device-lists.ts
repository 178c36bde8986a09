import type { Identity } from "#identity";
import type { E2eeFeed } from "./contract.ts";
import type { ListChangeStore } from "./list-change-store.ts";

type Listener = Parameters<E2eeFeed["onDeviceListChange"]>[0];

/** When the last change of anybody's devices and keys was, in memory, and who is to be told. */
export interface DeviceLists {
  /** Called at the commit, in its order; who calls this announces it as well. */
  note(position: number): void;
  /** Called once the durable position shows the change. `onlyFor`: nobody else sees it. */
  announce(userId: string, onlyFor?: string): void;
  readonly feed: Pick<E2eeFeed, "lastDeviceListChange" | "deviceListsChanged" | "signedBetween" | "onDeviceListChange">;
}

interface Deps {
  readonly identity: Pick<Identity, "onDeviceChange">;
  readonly changes: ListChangeStore;
}

export async function createDeviceLists({ identity, changes }: Deps): Promise<DeviceLists> {
  const listeners: Listener[] = [];
  let last = await changes.last();
  const note: DeviceLists["note"] = (position) => {
    last = Math.max(last, position);
  };
  const announce: DeviceLists["announce"] = (userId, onlyFor) => {
    for (const listener of listeners) listener(userId, onlyFor);
  };
  // Identity commits that devices go or get another name, and with it the change of the list (`keyRemoval`, `keyRename`).
  identity.onDeviceChange((userId, position) => {
    note(position);
    // In this turn, but when the durable position shows it.
    queueMicrotask(() => announce(userId));
  });
  return {
    note,
    announce,
    feed: {
      lastDeviceListChange: () => last,
      deviceListsChanged: async (after, until) => (await changes.list({ after, until })).map((row) => row.user_id),
      signedBetween: (userId, after, until) => changes.listSigned(userId, { after, until }),
      onDeviceListChange: (listener) => void listeners.push(listener),
    },
  };
}
