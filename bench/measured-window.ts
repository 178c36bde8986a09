import { loadavg } from "node:os";
import { readSteal, stealBetween } from "./machine.ts";
import { readTreeTime } from "./process-cost.ts";

/** What the measured seconds cost; times in µs of CPU, shares of one core (client) or of all (steal). */
export type WindowCost = {
  seconds: number;
  clientMicros: number;
  clientShare: number;
  serverMicros: number | undefined;
  steal: number;
  load: number;
};

/** Reads the clocks now; the function returned reads them again and gives the difference. */
export function openWindow(serverPids: readonly number[]): () => WindowCost {
  const readServer = (): number | undefined => (serverPids.length === 0 ? undefined : readTreeTime(serverPids));
  const server = readServer();
  const steal = readSteal();
  const client = process.cpuUsage();
  const began = performance.now();
  return () => {
    const seconds = (performance.now() - began) / 1000;
    // All threads of this process, garbage collection included.
    const { user, system } = process.cpuUsage(client);
    const serverNow = readServer();
    return {
      seconds,
      clientMicros: user + system,
      clientShare: (user + system) / 1e6 / seconds,
      serverMicros: server === undefined || serverNow === undefined ? undefined : serverNow - server,
      steal: stealBetween(steal, readSteal()),
      load: loadavg()[0] ?? Number.NaN,
    };
  };
}
