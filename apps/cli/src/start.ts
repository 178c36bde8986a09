import { once } from "node:events";
import { createLogger, endOnFault, startServer } from "@wardroom/server";
import type { Arguments } from "./arguments.ts";
import type { Surroundings } from "./surroundings.ts";

/** Runs the server until SIGINT or SIGTERM. */
export async function start(args: Arguments, { t: { start: t }, out, err }: Surroundings): Promise<number> {
  const config = args.config();
  const log = createLogger(err.isTerminal ? "warn" : "info");
  endOnFault(process, log);
  const server = await startServer(config, log);
  process.on("SIGHUP", () => server.reloadCertificate());
  await out.line(t.runs(server.url));
  if (config.profile === "conformance") await out.line(t.conformance);
  if (server.house.isNew) await out.line(t.newStore(config.dataDir, config.keyFile));
  if (server.keySharesDisk) await out.line(t.keySharesDisk);
  if ((await server.house.identity.listAccounts()).length === 0)
    await out.line(t.firstAdministrator(config.dataDir === "./data" ? "" : ` --data ${config.dataDir}`));
  await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
  await out.line(t.stopping);
  await server.stop();
  return 0;
}
