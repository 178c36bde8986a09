import type { Identity } from "./contract.ts";

type Listener = Parameters<Identity["onDeviceChange"]>[0];

/** Who wants to hear of devices that were removed or renamed. */
export interface DeviceChanges {
  listen(listener: Listener): void;
  /** At the commit that drew this position. */
  tell(userId: string, position: number): void;
}

export function createDeviceChanges(): DeviceChanges {
  const listeners: Listener[] = [];
  return {
    listen: (listener) => void listeners.push(listener),
    tell(userId, position) {
      for (const listener of listeners) listener(userId, position);
    },
  };
}
