import { Resolver } from "node:dns/promises";

/** Where a name leads. @throws what the name server said, or that it did not answer */
export type Resolve = (host: string, signal?: AbortSignal) => Promise<readonly string[]>;

const TIMEOUT_MS = 2500;

/**
 * Asks name servers itself. The system's own way, `lookup`, holds one of the four threads that files and passwords wait for as well,
 * until a name server answers that whoever chose the name runs: four such names would stop the house.
 * @param servers for tests; else those that the system names
 */
export function createResolve(servers?: readonly string[]): Resolve {
  return async (host, signal) => {
    signal?.throwIfAborted();
    // One for each question, so that to give one up gives up no other.
    const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: 2 });
    if (servers !== undefined) resolver.setServers([...servers]);
    const stop = () => resolver.cancel();
    signal?.addEventListener("abort", stop, { once: true });
    try {
      const found = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
      return found.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
    } finally {
      signal?.removeEventListener("abort", stop);
    }
  };
}
