import { existsSync } from "node:fs";
import { join } from "node:path";
import { policyActions } from "@wardroom/spec";
import { createAccountData, accountDataMigrations } from "#account-data";
import { auditMigrations, createAudit } from "#audit";
import { type Config, ConfigError } from "#config";
import { createHttpServer, type HttpServer } from "#http";
import { createIdentity, identityMigrations, type Identity } from "#identity";
import { type Clock, createSystemRandom, type Logger, systemClock } from "#kernel";
import { createKeyFile, createKeys, fileKeyProvider } from "#keys";
import { createPolicy } from "#policy";
import { createRooms, roomMigrations, type Rooms } from "#rooms";
import { openStorage, type Storage } from "#storage";
import { createSync } from "#sync";
import { type DataFolder, fixServerName, lockDataFolder, openDataFolder } from "./data-folder.ts";

/** The running house: modules built rung by rung, and the way to take them down in reverse. */
export interface House {
  readonly folder: DataFolder;
  readonly identity: Identity;
  readonly rooms: Rooms;
  readonly storage: Storage;
  readonly http: HttpServer;
  /** True when this start made keys and store. */
  readonly isNew: boolean;
  close(): Promise<void>;
}

export interface ComposeInput {
  readonly config: Config;
  readonly log: Logger;
  readonly clock?: Clock;
  readonly tls?: { readonly cert: Uint8Array; readonly key: Uint8Array };
}

/**
 * Builds everything; the HTTP server is made but does not listen yet.
 * @throws ConfigError, DataFolderInUse, or what keys and storage refuse to start with.
 */
export async function compose(input: ComposeInput): Promise<House> {
  const { config, log } = input;
  const clock = input.clock ?? systemClock;
  const random = createSystemRandom();
  const folder = openDataFolder(config.dataDir);
  const lock = lockDataFolder(folder);
  const opened: (() => Promise<void> | void)[] = [() => lock.release()];
  const close = async () => {
    for (const step of opened.splice(0).toReversed()) await step();
  };
  try {
    ensureKeyFile(config, folder);
    const keys = await createKeys({
      dataDir: folder.path,
      kek: fileKeyProvider(config.keyFile),
      serverName: config.serverName,
      random,
      clock,
      log,
    });
    opened.push(() => keys.close());
    fixServerName(folder, config.serverName);
    const storage = await openStorage({
      path: folder.store,
      pageKey: keys.storePageKey(),
      cipher: config.storeCipher,
      migrations: [...auditMigrations, ...identityMigrations, ...accountDataMigrations, ...roomMigrations],
      random,
      log,
    });
    opened.push(() => storage.close());
    const audit = createAudit({ storage, clock, random, log });
    opened.push(() => audit.flush());
    const policy = createPolicy(policyActions());
    const identity = createIdentity({ storage, keys, clock, random, serverName: config.serverName, audit, log });
    let notifyUser: (userId: string) => void = () => {};
    const accountData = createAccountData({ storage, keys, clock, onChanged: (userId) => notifyUser(userId) });
    const rooms = await createRooms({
      storage,
      keys,
      clock,
      random,
      serverName: config.serverName,
      audit,
      accountExists: identity.accountExists,
      log,
    });
    const sync = createSync({ feed: rooms.feed, accountData, storage, clock, random, log });
    notifyUser = sync.notifyUser;
    const http = createHttpServer({
      identity,
      rooms,
      sync,
      accountData,
      policy,
      audit,
      clock,
      log,
      config: {
        host: config.listen.host,
        port: config.listen.port,
        serverName: config.serverName,
        publicBaseUrl: config.publicBaseUrl ?? `http://localhost:${config.listen.port}`,
        trustedProxies: config.trustedProxies,
        profile: config.profile,
        ...(input.tls === undefined ? {} : { tls: input.tls }),
      },
    });
    opened.push(() => http.close());
    return { folder, identity, rooms, storage, http, isNew: folder.isNew, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A new key is made for a new store only: over an existing one it would hide that the right key is missing. */
function ensureKeyFile(config: Config, folder: DataFolder): void {
  if (existsSync(config.keyFile)) return;
  if (existsSync(join(folder.path, "keyring.json")) || !folder.isNew) {
    throw new ConfigError(
      `key_file: ${config.keyFile} is missing, and ${folder.path} was made with it. Put the key back; without it nobody can open this store.`,
    );
  }
  createKeyFile(config.keyFile);
}
