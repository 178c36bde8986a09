import type { E2eeFeed } from "#e2ee";
import type { Actor } from "#kernel";
import { eventList } from "./section-text.ts";
import type { Pass } from "./pass.ts";
import { type DeviceListChanges, type Moves, readDeviceLists } from "./device-lists.ts";

/** What an answer says to the device itself: messages to it, and whose devices changed. */
export interface DeviceSection {
  readonly isEmpty: boolean;
  readonly parts: readonly string[];
  /** Messages up to here are in this answer or were in earlier ones. */
  readonly toDevice: number;
}

/** 100 is what the specification recommends. */
const MOST_MESSAGES = 100;

export async function deviceSection(pass: Pass, e2ee: E2eeFeed, moves: Moves, changes: DeviceListChanges): Promise<DeviceSection> {
  const { feed, actor, since, until } = pass;
  const toDevice = await readMessages(pass, e2ee);
  const lists = pass.initial ? undefined : await readDeviceLists({ feed, userId: actor.userId, since, until }, moves, changes);
  return {
    isEmpty: toDevice.messages.length === 0 && (lists === undefined || (lists.changed.length === 0 && lists.left.length === 0)),
    parts: [
      ...(toDevice.messages.length === 0 ? [] : [`"to_device":${eventList(toDevice.messages.join(","))}`]),
      ...(lists === undefined ? [] : [`"device_lists":${JSON.stringify({ changed: lists.changed, left: lists.left })}`]),
    ],
    toDevice: toDevice.until,
  };
}

async function readMessages({ actor, toDeviceSince, until }: Pass, e2ee: E2eeFeed) {
  const nothing = { messages: [], until };
  if (!(await e2ee.mayHaveToDevice(actor, toDeviceSince))) return nothing;
  const page = await e2ee.toDevice(actor, toDeviceSince, until, MOST_MESSAGES);
  // A token may lag behind its answer's position, never run ahead of it.
  return page.messages.length === 0 ? nothing : { messages: page.messages, until: Math.min(page.until, until) };
}

/** What is left of the device's keys, none included: clients take silence for "as before" and stop making keys. */
export async function keyCounts(actor: Actor, e2ee: E2eeFeed): Promise<string> {
  const [counts, unused] = [await e2ee.oneTimeKeyCounts(actor), await e2ee.unusedFallbackKeyTypes(actor)];
  return `"device_one_time_keys_count":${JSON.stringify(counts)},"device_unused_fallback_key_types":${JSON.stringify(unused)}`;
}
