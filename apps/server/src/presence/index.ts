import { type Clock, type Counter, createCounter, systemTimers, type Timers } from "#kernel";
import type { Presence } from "./contract.ts";
import { createTracker } from "./create-tracker.ts";

export type * from "./contract.ts";

export interface PresenceDeps {
  readonly isOn: boolean;
  readonly clock: Clock;
  readonly timers?: Timers;
  /** Shared with typing, so that one number in a token stands for both. */
  readonly ephemeral?: Counter;
}

export function createPresence({ isOn, clock, timers = systemTimers, ephemeral = createCounter() }: PresenceDeps): Presence {
  return isOn ? createTracker({ clock, timers, ephemeral }) : nobodyIsSeen;
}

const nothing = () => {};

const nobodyIsSeen: Presence = {
  isOn: false,
  set: nothing,
  connect: () => nothing,
  noteActivity: nothing,
  get: () => ({ presence: "offline" }),
  changedSince: () => [],
  listPresent: () => [],
  onChange: nothing,
  forget: nothing,
  close: nothing,
};
