import {
  commandsOf,
  compose,
  type Config,
  createLogger,
  hasStore,
  openDataFolder,
  type OperatorCommands,
  reachServer,
} from "@wardroom/server";
import { Refused } from "./refused.ts";
import type { Surroundings } from "./surroundings.ts";

/** Acts through the running server, or on the store itself if none runs: a store in use is never opened a second time. */
export async function withOperator<T>(
  config: Config,
  { t, err }: Surroundings,
  act: (commands: OperatorCommands) => Promise<T>,
): Promise<T> {
  requireStore(config, t);
  const running = await reachServer(openDataFolder(config.dataDir).controlSocket);
  if (running !== undefined) return act(running);
  const house = await compose({ config, log: createLogger(err.isTerminal ? "warn" : "info") });
  try {
    return await act(commandsOf(house, config));
  } finally {
    await house.close();
  }
}

/** A mistyped folder must not become a new, empty store. @throws Refused */
export function requireStore({ dataDir }: Config, t: Surroundings["t"]): void {
  if (!hasStore(dataDir)) throw new Refused(t.errors.noStore(dataDir));
}
