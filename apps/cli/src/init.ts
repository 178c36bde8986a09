import { compose, createLogger } from "@wardroom/server";
import type { Arguments } from "./arguments.ts";
import type { Surroundings } from "./surroundings.ts";

/** `wardroom init`: makes key and store, then stops. */
export async function init(args: Arguments, { t: { init: t }, out, err }: Surroundings): Promise<number> {
  const config = args.config();
  const house = await compose({ config, log: createLogger(err.isTerminal ? "warn" : "info") });
  await house.close();
  await out.line(house.isNew ? t.made(config.dataDir, config.keyFile) : t.already(config.dataDir));
  return 0;
}
