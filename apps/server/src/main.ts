import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { type Config, ConfigError } from "#config";
import type { Logger } from "#kernel";
import { closeAfter, createClosing } from "./closing.ts";
import { compose, type House, publicAddress } from "./compose.ts";
import { serveControl } from "./control.ts";
import { keySharesDisk } from "./data-folder.ts";
import { type OperatorCommands, operatorCommands } from "./operator-commands.ts";

export {
  type AuditLog,
  type AuditQuery,
  type AuditState,
  type Continuation,
  countFiles,
  describeExport,
  type EntryPlace,
  type ExportReport,
  filesOf,
  type Finding,
  type FindingName,
  type LogReport,
  type OpenedEntry,
  type ProofReport,
  type VerifyExport,
  verifyExport,
  type VerifyProof,
  verifyProof,
} from "#audit";
export { type Config, ConfigError, type ConfigInput, configurationPage, exampleFile, type OptionKey, readConfig } from "#config";
export { auditEventsPage, coveragePage, endpointTable } from "#http";
export { type AuditRecord, MatrixError } from "#kernel";
export { compose } from "./compose.ts";
export { createLogger } from "./create-logger.ts";
export { reachServer, serveControl } from "./control.ts";
export { DataFolderInUse, hasStore, openDataFolder } from "./data-folder.ts";
export { endOnFault } from "./last-resort.ts";
export { type OperatorCommands, operatorCommands } from "./operator-commands.ts";

/** What the operator's commands act on: the modules of this house. */
export function commandsOf(house: House, { serverName }: Config): OperatorCommands {
  return operatorCommands({ identity: house.identity, audit: house.audit, serverName });
}

export interface RunningServer {
  /** The address to give a Matrix client. */
  readonly url: string;
  readonly house: House;
  /** True when key and data lie on one disk. */
  readonly keySharesDisk: boolean;
  /** Reads certificate and key again (SIGHUP). A pair that cannot be used is logged, and the old one serves on. */
  reloadCertificate(): void;
  stop(): Promise<void>;
}

/** @throws ConfigError if the files cannot be read or do not belong together */
function readCertificate(config: Config): { cert: Uint8Array; key: Uint8Array } | undefined {
  if (config.tls === undefined) return undefined;
  try {
    const pair = { cert: readFileSync(config.tls.cert), key: readFileSync(config.tls.key) };
    createSecureContext(pair);
    return pair;
  } catch (error) {
    throw new ConfigError(`tls.cert, tls.key: ${error instanceof Error ? error.message : "cannot be read"}`);
  }
}

async function listen(house: House, config: Config): Promise<void> {
  try {
    await house.http.listen();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    const where = `listen: ${config.listen.host}:${config.listen.port}`;
    if (code === "EADDRINUSE") throw new ConfigError(`${where} is taken by another program. Choose another with --listen HOST:PORT.`);
    if (code === "EACCES") throw new ConfigError(`${where} may not be opened by this account. Use a port above 1023.`);
    if (code === "EADDRNOTAVAIL") throw new ConfigError(`${where} is no address of this machine.`);
    throw error;
  }
}

/** Builds the house, opens the control socket and listens. @throws what `compose` throws. */
export async function startServer(config: Config, log: Logger): Promise<RunningServer> {
  const tls = readCertificate(config);
  const closing = createClosing();
  try {
    const house = await compose({ config, log, ...(tls === undefined ? {} : { tls }) });
    closing.add(() => house.close());
    const control = await serveControl(house.folder.controlSocket, commandsOf(house, config));
    closing.add(() => control.close());
    await listen(house, config);
    return {
      url: publicAddress(config, house.http.port()),
      house,
      keySharesDisk: keySharesDisk(house.folder, config.keyFile),
      reloadCertificate: () => reloadCertificate(house, config, log),
      stop: () => closing.close(),
    };
  } catch (error) {
    return closeAfter(closing, error);
  }
}

function reloadCertificate(house: House, config: Config, log: Logger): void {
  try {
    const fresh = readCertificate(config);
    if (fresh === undefined) return;
    house.http.reloadCertificate(fresh);
    log.info({}, "certificate read again");
  } catch (error) {
    log.error({ reason: error instanceof Error ? error.message : "?" }, "the new certificate cannot be used; the old one serves on");
  }
}
