import type { E2eeFeed } from "#e2ee";
import type { Actor } from "#kernel";
import type { FeedModel } from "./feed-model.test-support.ts";

/** Keys and messages of devices as plain lists: what sync is told of them. */
export interface KeysModel {
  readonly feed: E2eeFeed;
  readonly counts: Record<string, number>;
  readonly unusedFallback: string[];
  sendToDevice(to: Actor, content: object): number;
  /** Messages that are still kept for the device. */
  kept(of: Actor): number;
  changeDevices(userId: string): number;
  /** Names of the methods that a store would have to read or write for. */
  readonly calls: string[];
}

interface Message {
  readonly userId: string;
  readonly deviceId: string;
  readonly position: number;
  readonly text: string;
}

export function createKeysModel(model: Pick<FeedModel, "draw">): KeysModel {
  let messages: Message[] = [];
  const changes: { readonly userId: string; readonly position: number }[] = [];
  const counts: Record<string, number> = { signed_curve25519: 0 };
  const unusedFallback: string[] = [];
  const calls: string[] = [];
  const onToDevice: Parameters<E2eeFeed["onToDevice"]>[0][] = [];
  const onDeviceListChange: Parameters<E2eeFeed["onDeviceListChange"]>[0][] = [];
  const isFor = ({ userId, deviceId }: Actor) => {
    return (message: Message) => message.userId === userId && message.deviceId === deviceId;
  };
  return {
    counts,
    unusedFallback,
    calls,
    sendToDevice(to, content) {
      const position = model.draw();
      messages.push({ ...to, position, text: JSON.stringify({ type: "m.test", sender: "@sender:x", content }) });
      for (const listener of onToDevice) listener(to.userId, to.deviceId);
      return position;
    },
    kept: (of) => messages.filter(isFor(of)).length,
    changeDevices(userId) {
      const position = model.draw();
      changes.push({ userId, position });
      for (const listener of onDeviceListChange) listener(userId);
      return position;
    },
    feed: {
      lastDeviceListChange: () => changes.at(-1)?.position ?? 0,
      signedBetween: () => Promise.resolve([]),
      async deviceListsChanged(after, until) {
        calls.push("deviceListsChanged");
        const users = changes.filter(({ position }) => position > after && position <= until).map(({ userId }) => userId);
        return [...new Set(users)];
      },
      mayHaveToDevice: (actor, after) => messages.some((message) => isFor(actor)(message) && message.position > after),
      async toDevice(actor, after, until, limit) {
        calls.push("toDevice");
        const own = messages.filter((message) => isFor(actor)(message) && message.position > after && message.position <= until);
        const page = own.slice(0, limit);
        return { messages: page.map(({ text }) => text), until: page.length < own.length ? (page.at(-1)?.position ?? after) : until };
      },
      async acknowledgeToDevice(actor, upTo) {
        calls.push("acknowledgeToDevice");
        messages = messages.filter((message) => !(isFor(actor)(message) && message.position <= upTo));
      },
      oneTimeKeyCounts: () => counts,
      unusedFallbackKeyTypes: () => unusedFallback,
      onToDevice: (listener) => void onToDevice.push(listener),
      onDeviceListChange: (listener) => void onDeviceListChange.push(listener),
    },
  };
}
