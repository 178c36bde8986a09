import type { Clock, Timers } from "#kernel";
import type { Presence } from "./contract.ts";

export type * from "./contract.ts";

export function createPresence(deps: { readonly isOn: boolean; readonly clock: Clock; readonly timers?: Timers }): Presence {
  return { isOn: deps.isOn };
}
