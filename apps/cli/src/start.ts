import { once } from "node:events";
import { type Config, createLogger, endOnFault, startServer } from "@wardroom/server";

/** Runs the server until SIGINT or SIGTERM. */
export async function start(config: Config, print: (line: string) => void): Promise<number> {
  const log = createLogger();
  endOnFault(process, log);
  const server = await startServer(config, log);
  process.on("SIGHUP", () => server.reloadCertificate());
  print(`Wardroom runs. Give this address to a Matrix client: ${server.url}`);
  if (config.profile === "conformance") {
    print("CONFORMANCE PROFILE: anybody on this machine can register and nothing is rate-limited. For test suites only.");
  }
  if (server.house.isNew) {
    print(
      `New store in ${config.dataDir}; its key is ${config.keyFile}. Without that key nobody can open the store: keep a copy elsewhere.`,
    );
  }
  if (server.keySharesDisk) {
    print("Note: key and data are on one file system, so whoever takes the disk has both. Set key_file to another disk.");
  }
  if ((await server.house.identity.listAccounts()).length === 0) {
    print(
      `Create the first administrator in another terminal: npx wardroom user create NAME --admin${config.dataDir === "./data" ? "" : ` --data ${config.dataDir}`}`,
    );
  }
  await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
  print("Stopping.");
  await server.stop();
  return 0;
}
