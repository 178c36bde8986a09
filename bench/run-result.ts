import type { Fault } from "./gates.ts";
import type { WindowCost } from "./measured-window.ts";
import type { Latency } from "./percentiles.ts";
import type { Payload } from "./payload.ts";
import type { Target } from "./target.ts";

/** Where a run happens: a server, its processes (none: CPU is not measured), and members with their access tokens. */
export type Stage = { target: Target; pids: readonly number[]; tokens: readonly string[] };

export type Timing = { warmUpSeconds: number; seconds: number; payload: Payload };

/** What one run measured, before anybody has decided whether it may be shown. Latencies in ms. */
export type Measurement = {
  /** Sends acknowledged (W1b) or due (W3a, W3c), or joins (W8), in the measured window. */
  sends: number;
  /** Messages delivered to syncers; 0 in W1b and W8. */
  deliveries: number;
  latency: Latency;
  /** How late the client's own clock was, p99; undefined in a closed loop. */
  clockLatenessMs: number | undefined;
  cost: WindowCost;
  faults: Fault[];
  /** Figures that one workload alone has, by the name under which the report reads them. */
  extra?: Readonly<Record<string, number>>;
};

/** Bounds that hold whatever the server does. */
export const MAX_SENDS = 1_000_000;
export const SEND_TIMEOUT_MS = 30_000;
export const HISTORY_DEADLINE_MS = 180_000;
