import type { E2ee, E2eeFeed, ToDevice } from "./contract.ts";
import { createSendToDevice, type SendToDeviceDeps } from "./send-to-device.ts";
import { createToDeviceMarks } from "./to-device-marks.ts";
import { createToDeviceStore, type QueueLimits } from "./to-device-store.ts";

type ToDeviceDeps = Omit<SendToDeviceDeps, "store" | "marks" | "tell" | "limits"> & { readonly limits?: QueueLimits };
const DEVICES_AT_A_TIME = 100;
type Erases = Pick<E2ee, "erasePerson">;
type FeedPart = Pick<E2eeFeed, "mayHaveToDevice" | "toDevice" | "acknowledgeToDevice" | "onToDevice">;

/**
 * A device that nobody uses any more would collect messages for years. What it loses are the oldest room keys, which the other
 * devices and the key backup have too. The share of one sender is smaller, so that nobody can push out what others sent.
 */
const LIMITS: QueueLimits = {
  messages: 10_000,
  bytes: 32 * 1024 * 1024,
  messagesOfSender: 2000,
  bytesOfSender: 4 * 1024 * 1024,
};

export function createToDevice({ limits = LIMITS, ...deps }: ToDeviceDeps): ToDevice & Erases & { readonly feed: FeedPart } {
  const { storage, keys } = deps;
  const store = createToDeviceStore(storage.statements, keys);
  const marks = createToDeviceMarks((device) => store.newest(device));
  const listeners: Parameters<FeedPart["onToDevice"]>[0][] = [];
  const tell = (userId: string, deviceId: string) => {
    for (const listener of listeners) listener(userId, deviceId);
  };
  return {
    async erasePerson(userId) {
      const devices = await store.listAddressed(userId);
      for (let start = 0; start < devices.length; start += DEVICES_AT_A_TIME) {
        const writes = devices.slice(start, start + DEVICES_AT_A_TIME).map((device) => store.removeOfSender(device, userId));
        await storage.commit({ writes, erases: true });
      }
    },
    sendToDevice: createSendToDevice({ ...deps, store, marks, limits, tell }),
    feed: {
      onToDevice: (listener) => void listeners.push(listener),
      mayHaveToDevice: (actor, after) => marks.mayHave(actor, after),
      async toDevice(actor, after, until, limit) {
        if (!(await marks.mayHave(actor, after))) return { messages: [], until };
        // One more than is given tells whether there is a rest.
        const rows = await store.list(actor, after, until, limit + 1);
        const page = rows.slice(0, limit);
        const messages = page.flatMap(({ text }) => (text === undefined ? [] : [text]));
        return { messages, until: rows.length > limit ? (page.at(-1)?.position ?? after) : until };
      },
      async acknowledgeToDevice(actor, upTo) {
        if (!(await marks.mayHaveUpTo(actor, upTo))) return;
        await storage.commit({ writes: [store.deleteUpTo(actor, upTo)] }, () => marks.removed(actor, upTo));
      },
    },
  };
}
