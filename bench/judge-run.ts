import { describeFault } from "./gates.ts";
import type { Measurement } from "./run-result.ts";

/** The figures of a run that may be shown. Times of CPU in µs, latencies in ms, rates per second, shares 0 to 1. */
export type Figures = {
  perSecond: number;
  p50: number;
  p95: number;
  p99: number;
  p999: number;
  max: number;
  /** undefined without --pid */
  serverMicrosPerSend: number | undefined;
  clientMicrosPerOperation: number;
  clientShare: number;
  clockLatenessMs: number | undefined;
  steal: number;
  load: number;
  sends: number;
  deliveries: number;
  extra: Readonly<Record<string, number>>;
};

export type Verdict = { figures: Figures } | { refused: string[] };

/** Above this share of a core, the client itself is part of what is measured. */
const CLIENT_LIMIT = 0.8;

/** Lets a run pass, or says why none of its figures may be shown: a fast server that loses messages is not fast. */
export function judgeRun({ sends, deliveries, latency, clockLatenessMs, cost, faults, extra = {} }: Measurement): Verdict {
  const refused = faults.map(describeFault);
  if (latency.count === 0) refused.push("nothing was measured");
  if (cost.clientShare > CLIENT_LIMIT) refused.push(`void: the client used ${Math.round(cost.clientShare * 100)} % of a core`);
  if (refused.length > 0) return { refused };
  const { p50, p95, p99, p999, max } = latency;
  return {
    figures: {
      perSecond: sends / cost.seconds,
      p50,
      p95,
      p99,
      p999,
      max,
      serverMicrosPerSend: cost.serverMicros === undefined ? undefined : cost.serverMicros / sends,
      clientMicrosPerOperation: cost.clientMicros / (sends + deliveries),
      clientShare: cost.clientShare,
      clockLatenessMs,
      steal: cost.steal,
      load: cost.load,
      sends,
      deliveries,
      extra,
    },
  };
}
