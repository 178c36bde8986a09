import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { policyActions } from "@wardroom/spec";
import { createAccountData, accountDataMigrations } from "#account-data";
import { type AuditLog, auditMigrations, createAudit } from "#audit";
import { type Config, ConfigError, isLoopback } from "#config";
import { createDirectory } from "#directory";
import { createE2ee, type E2ee, e2eeMigrations, keyRemoval, keyRename, toDeviceRemoval } from "#e2ee";
import { createHttpServer, type HttpConfig, type HttpServer } from "#http";
import { createIdentity, identityMigrations, type Identity } from "#identity";
import {
  type Clock,
  createCounter,
  createOutboundHttp,
  createSystemRandom,
  type Logger,
  MatrixError,
  type Random,
  systemClock,
  systemTimers,
} from "#kernel";
import { createKeyFile, createKeys, fileKeyProvider, type Keys } from "#keys";
import { createMedia, createMediaReferences, type MediaPorts, mediaMigrations } from "#media";
import { createPolicy, type Policy } from "#policy";
import { createPresence } from "#presence";
import { pusherRemoval, createPush, pushMigrations } from "#push";
import { createRooms, roomMigrations, type Rooms, shareRoom } from "#rooms";
import { openStorage, type Storage } from "#storage";
import { createSync } from "#sync";
import { createForgetPeople } from "./forget-people.ts";
import { closeAfter, type Closing, createClosing } from "./closing.ts";
import { checkServerName, type DataFolder, fixServerName, lockDataFolder, openDataFolder } from "./data-folder.ts";

/** The running house: modules built rung by rung, and the way to take them down in reverse. */
export interface House {
  readonly folder: DataFolder;
  readonly audit: AuditLog;
  readonly identity: Identity;
  readonly rooms: Rooms;
  readonly e2ee: E2ee;
  readonly storage: Storage;
  readonly http: HttpServer;
  /** True when this start made the store. */
  readonly isNew: boolean;
  close(): Promise<void>;
}

export interface ComposeInput {
  readonly config: Config;
  readonly log: Logger;
  readonly clock?: Clock;
  readonly tls?: { readonly cert: Uint8Array; readonly key: Uint8Array };
}

/** What everything else is built on. */
interface Foundation {
  readonly folder: DataFolder;
  readonly keys: Keys;
  readonly storage: Storage;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Builds everything; the HTTP server is made but does not listen yet.
 * @throws ConfigError, DataFolderInUse, or what keys and storage refuse to start with.
 */
export async function compose(input: ComposeInput): Promise<House> {
  const closing = createClosing();
  try {
    const foundation = await layFoundation(input, closing);
    const { folder, storage } = foundation;
    const modules = await buildModules(input, foundation, closing);
    return { folder, storage, isNew: folder.isNew, close: () => closing.close(), ...modules };
  } catch (error) {
    return closeAfter(closing, error);
  }
}

async function layFoundation({ config, log, clock = systemClock }: ComposeInput, closing: Closing): Promise<Foundation> {
  const random = createSystemRandom();
  const folder = openDataFolder(config.dataDir);
  const lock = lockDataFolder(folder);
  closing.add(() => lock.release());
  checkServerName(folder, config.serverName);
  ensureKeyFile(config, folder);
  const keys = await createKeys({
    dataDir: folder.path,
    kek: fileKeyProvider(config.keyFile),
    serverName: config.serverName,
    random,
    clock,
    log,
  });
  closing.add(() => keys.close());
  const pageKey = keys.storePageKey();
  const storage = await openStorage({
    path: folder.store,
    mustExist: !folder.isNew,
    pageKey,
    cipher: config.storeCipher,
    migrations: [
      ...auditMigrations,
      ...identityMigrations,
      ...accountDataMigrations,
      ...roomMigrations,
      ...e2eeMigrations,
      ...mediaMigrations,
      ...pushMigrations,
    ],
    random,
    log,
  });
  pageKey.fill(0);
  closing.add(() => storage.close());
  fixServerName(folder, config.serverName);
  return { folder, keys, storage, clock, random };
}

async function buildModules(
  input: ComposeInput,
  foundation: Foundation,
  closing: Closing,
): Promise<Pick<House, "audit" | "identity" | "rooms" | "e2ee" | "http">> {
  const { config, log } = input;
  const { serverName } = config;
  const base = { ...foundation, log, serverName };
  const policy = createPolicy(policyActions());
  const audit = await openAudit(input, foundation, policy);
  closing.add(() => closeAudit(audit, foundation));
  const { statements } = foundation.storage;
  const onDeviceRemoved = [keyRemoval(statements), toDeviceRemoval(statements), pusherRemoval(statements)];
  const identity = createIdentity({ ...base, audit, onDeviceRemoved, onDeviceChanged: [keyRename(statements)] });
  // Sync is built above account data and is what its changes wake.
  let wake: (userId: string) => void = () => {};
  const accountData = createAccountData({ ...base, onChanged: (userId) => wake(userId) });
  // What is not stored has one counter, and one place in a token.
  const ephemeral = createCounter();
  const people = createForgetPeople();
  const mediaReferences = createMediaReferences(statements, serverName);
  const rooms = await createRooms({
    ...base,
    ephemeral,
    audit,
    accountExists: (userId) => identity.accountExists(userId),
    isActive: (userId) => identity.isActive(userId),
    onEventAppended: [mediaReferences.onEventAppended],
    onEventRedacted: [mediaReferences.onEventRedacted],
    isDeactivated: (userId) => identity.isDeactivated(userId),
    onPersonErased: people.forget,
    ignoredBy: (userId) => accountData.ignoredUsers(userId),
  });
  const { feed } = rooms;
  const e2ee = await createE2ee({ ...base, audit, identity, shareRoom: (userId, otherId) => shareRoom(feed, userId, otherId) });
  const media = await createMedia({
    ...base,
    audit,
    folder: join(foundation.folder.path, "media"),
    settings: config.media,
    ports: mediaPorts(rooms),
  });
  closing.add(() => media.close());
  const presence = createPresence({ ...base, ephemeral, isOn: config.presence === "on" });
  closing.add(() => presence.close());
  const outbound = createOutboundHttp({ allowed: config.push.allowedGateways });
  const push = await createPush({ ...base, audit, accountData, feed, identity, outbound, config: config.push });
  closing.add(() => push.close());
  const sync = createSync({ ...base, feed, accountData, e2ee: e2ee.feed, presence, unread: (...asked) => push.unread(...asked) });
  wake = (userId) => sync.notifyUser(userId);
  const directory = createDirectory({ rooms, identity, log, serverName, searches: config.userDirectorySearch });
  closing.add(() => directory.close());
  people.addMemory((userId) => presence.forget(userId));
  people.addMemory((userId) => directory.forgetPerson(userId));
  people.add(accountData, e2ee, media);
  await rooms.resumeDepartures();
  const modules = { identity, rooms, sync, accountData, policy, audit, e2ee, media, presence, push, directory };
  const http = createHttpServer({ ...base, ...modules, config: httpConfig(input) });
  closing.add(() => http.close());
  return { audit, identity, rooms, e2ee, http };
}

async function closeAudit(audit: AuditLog, { storage }: Foundation): Promise<void> {
  try {
    await storage.commit({ writes: audit.writes({ event: "server.stopped", actor: "server", outcome: "done" }) });
  } finally {
    await audit.close();
  }
}

/** @throws ConfigError if the second place cannot be written: a log without one could be rolled back unseen. */
async function openAudit({ config, log }: ComposeInput, foundation: Foundation, policy: Policy): Promise<AuditLog> {
  const { storage } = foundation;
  const { secondPlace, keepDays } = config.audit;
  try {
    const audit = await createAudit({
      ...foundation,
      log,
      serverName: config.serverName,
      policySet: policy.setId,
      secondPlace,
      keepDays,
      timers: systemTimers,
    });
    await storage.commit({ writes: audit.writes({ event: "server.started", actor: "server", outcome: "done" }) });
    return audit;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (!["EACCES", "EPERM", "EROFS", "ENOENT", "EISDIR", "ENOTDIR", "ENOSPC"].includes(String(code))) throw error;
    throw new ConfigError(
      `audit.second_place: ${secondPlace} cannot be written (${String(code)}). Set it to a file that this account may write, best on another disk.`,
    );
  }
}

/** What media asks of the module beside it. */
function mediaPorts(rooms: Rooms): MediaPorts {
  const roomsOf = (userId: string) => rooms.feed.membershipsOf(userId);
  return {
    maySee: (userId, roomId, eventId) => rooms.maySee(userId, roomId, eventId),
    roomsOf,
    noteRead: (actor, roomId) => rooms.feed.noteRead(actor, roomId, "media"),
    shareRoom: (userId, otherId) => shareRoom(rooms.feed, userId, otherId),
    async avatarOf(userId) {
      try {
        const { avatar_url: avatar } = await rooms.getProfile(userId);
        return typeof avatar === "string" ? avatar : undefined;
      } catch (error) {
        // Of an account that is no more: the question is about a file, and has one answer for all that may not be seen.
        if (error instanceof MatrixError) return undefined;
        throw error;
      }
    },
  };
}

function httpConfig({ config, tls }: ComposeInput): HttpConfig {
  const { listen, serverName, trustedProxies, profile } = config;
  const publicBaseUrl = publicAddress(config, listen.port);
  return {
    host: listen.host,
    port: listen.port,
    serverName,
    publicBaseUrl,
    trustedProxies,
    profile,
    ...(tls === undefined ? {} : { tls }),
    support: config.support,
    ...(config.turn === undefined ? {} : { turn: readTurn(config.turn) }),
  };
}

/** @throws ConfigError */
function readTurn({ uris, sharedSecretFile }: NonNullable<Config["turn"]>): NonNullable<HttpConfig["turn"]> {
  const refuse = (why: string) => new ConfigError(`turn.shared_secret_file: ${sharedSecretFile} ${why}`);
  let secret = "";
  try {
    secret = readFileSync(sharedSecretFile, "utf8").trim();
  } catch {
    throw refuse("cannot be read.");
  }
  if (secret === "") throw refuse("is empty.");
  return { uris, secret };
}

/** What clients are told. Off loopback `localhost` would send them to their own machine. */
export function publicAddress({ publicBaseUrl, listen, serverName, tls }: Config, port: number): string {
  if (publicBaseUrl !== undefined) return publicBaseUrl;
  return isLoopback(listen.host) ? `${tls === undefined ? "http" : "https"}://localhost:${port}` : `https://${serverName}`;
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
