import { existsSync } from "node:fs";
import { isIP } from "node:net";
import { isAbsolute, relative, resolve } from "node:path";
import { ConfigError } from "./config-error.ts";
import { type OptionKey, options } from "./options.ts";
import { type Found, type FoundOptions, readConfigFile, readEnvironment } from "./sources.ts";

/** Everything that was configured, checked. Paths are as given, relative to the working directory. */
export interface Config {
  readonly serverName: string;
  readonly listen: { readonly host: string; readonly port: number };
  readonly publicBaseUrl: string | undefined;
  readonly dataDir: string;
  readonly keyFile: string;
  readonly storeCipher: "aegis" | "sqlcipher";
  readonly audit: { readonly secondPlace: string; readonly keepDays: number };
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  readonly trustedProxies: readonly string[];
  readonly media: {
    readonly access: "rooms" | "accounts";
    /** Bytes, as the next. */
    readonly maxUploadSize: number;
    readonly quotaPerPerson: number;
  };
  readonly turn: { readonly uris: readonly string[]; readonly sharedSecretFile: string } | undefined;
  /** Contacts are user ids or e-mail addresses. */
  readonly support: { readonly admin?: string; readonly security?: string; readonly page?: string };
  readonly push: { readonly allowedGateways: readonly string[]; readonly content: "id_only" | "full" };
  readonly profile: "standard" | "conformance";
  readonly userDirectorySearch: "shared-rooms" | "everyone";
  readonly presence: "on" | "off";
}

export interface ConfigInput {
  readonly file?: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Command-line values: they win over the environment, which wins over the file. */
  readonly flags: Partial<Record<OptionKey, string>>;
}

/**
 * Reads file, environment and flags into a checked configuration.
 * @throws ConfigError naming the line, variable or flag and the mend.
 */
export function readConfig(input: ConfigInput): Config {
  const file: FoundOptions = input.file === undefined ? new Map() : readConfigFile(input.file);
  const environment = readEnvironment(input.environment);
  const found = (key: OptionKey): Found | undefined => {
    const flag = input.flags[key];
    if (flag !== undefined) return { value: flag, where: `--${key.replace("_dir", "").replaceAll("_", "-")}` };
    const fallback = options.find((option) => option.key === key);
    const declared = fallback !== undefined && "default" in fallback ? fallback.default : undefined;
    return environment.get(key) ?? file.get(key) ?? (declared === undefined ? undefined : { value: declared, where: `default of ${key}` });
  };
  const config: Config = {
    serverName: readServerName(found("server_name")),
    listen: readListen(found("listen")),
    publicBaseUrl: readUrl(found("public_base_url")),
    dataDir: text(found("data_dir")),
    keyFile: readKeyFile(found("key_file"), input.environment["CREDENTIALS_DIRECTORY"]),
    storeCipher: choice(found("store_cipher"), ["aegis", "sqlcipher"]),
    audit: {
      secondPlace: readSecondPlace(found("audit.second_place"), text(found("data_dir"))),
      keepDays: readDays(found("audit.keep_days")),
    },
    tls: readTls(found("tls.cert"), found("tls.key")),
    trustedProxies: readProxies(found("trusted_proxies")),
    media: {
      access: choice(found("media.access"), ["rooms", "accounts"]),
      maxUploadSize: readSize(found("media.max_upload_size")),
      quotaPerPerson: readSize(found("media.quota_per_person")),
    },
    turn: readTurn(found("turn.uris"), found("turn.shared_secret_file")),
    support: {
      ...named("admin", readContact(found("support.admin"))),
      ...named("security", readContact(found("support.security"))),
      ...named("page", readUrl(found("support.page"))),
    },
    push: { allowedGateways: readOrigins(found("push.allowed_gateways")), content: choice(found("push.content"), ["id_only", "full"]) },
    profile: choice(found("profile"), ["standard", "conformance"]),
    userDirectorySearch: choice(found("user_directory.search"), ["shared-rooms", "everyone"]),
    presence: choice(found("presence"), ["on", "off"]),
  };
  checkExposure(config);
  return config;
}

function text(found: Found | undefined): string {
  const value = found?.value;
  if (typeof value !== "string" || value === "") throw new ConfigError(`${found?.where ?? "configuration"}: a value is missing.`);
  return value;
}

function choice<const T extends string>(found: Found | undefined, allowed: readonly T[]): T {
  const value = text(found);
  const match = allowed.find((item) => item === value);
  if (match === undefined) throw new ConfigError(`${found?.where}: "${value}" is none of ${allowed.join(", ")}.`);
  return match;
}

/** Beside the data folder unless set: inside it the one would be rolled back with the other. */
function readSecondPlace(found: Found | undefined, dataDir: string): string {
  const path = found === undefined ? `${dataDir.replace(/\/+$/, "")}.audit-head` : text(found);
  const inside = relative(resolve(dataDir), resolve(path));
  if (!inside.startsWith("..") && !isAbsolute(inside))
    throw new ConfigError(`${found?.where ?? "audit.second_place"}: "${path}" lies in the data folder, and would be rolled back with it.`);
  return path;
}

function readDays(found: Found | undefined): number {
  const value = text(found);
  const days = /^\d{1,5}$/.test(value) ? Number(value) : 0;
  if (days < 1 || days > 36_500) throw new ConfigError(`${found?.where}: "${value}" is no number of days from 1 to 36500.`);
  return days;
}

const units: Readonly<Record<string, number>> = { "": 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

/** Bytes. Up to 1 PiB: what is larger is a slip of the finger. */
function readSize(found: Found | undefined): number {
  const value = text(found);
  const [, digits, unit = ""] = /^(\d{1,16}) ?([KMG]iB)?$/.exec(value) ?? [];
  const size = Number(digits) * (units[unit] ?? Number.NaN);
  if (digits === undefined || size < 1 || size > 1024 ** 5) {
    throw new ConfigError(`${found?.where}: "${value}" is no size. Use a number of bytes, or one such as 100MiB or 5GiB.`);
  }
  return size;
}

function readServerName(found: Found | undefined): string {
  const value = text(found);
  // Server name grammar of the specification's appendices: host or IP literal, optional port.
  if (value.length > 230 || !/^(?:[A-Za-z0-9.-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$/.test(value)) {
    throw new ConfigError(`${found?.where}: "${value}" is no server name. Use a host name such as chat.example.org.`);
  }
  return value;
}

function readListen(found: Found | undefined): Config["listen"] {
  const value = text(found);
  const match = /^(\[[0-9A-Fa-f:.]+\]|[^:]+):(\d{1,5})$/.exec(value);
  const port = Number(match?.[2]);
  if (match?.[1] === undefined || port > 65535) {
    throw new ConfigError(`${found?.where}: "${value}" is not HOST:PORT, for example 127.0.0.1:8008.`);
  }
  return { host: match[1].replace(/^\[|\]$/g, ""), port };
}

function readUrl(found: Found | undefined): string | undefined {
  if (found === undefined) return undefined;
  const value = text(found);
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.search !== "" || url.hash !== "" || url.username !== "") {
    throw new ConfigError(`${found.where}: "${value}" is no address such as https://chat.example.org.`);
  }
  return value.replace(/\/+$/, "");
}

function readKeyFile(found: Found | undefined, credentials: string | undefined): string {
  // systemd hands secrets over in a folder of its own; an explicit setting still wins. Never made there: that folder goes with the unit.
  const unset = found === undefined || found.where.startsWith("default");
  const handed = credentials === undefined ? undefined : `${credentials}/wardroom.key`;
  return unset && handed !== undefined && existsSync(handed) ? handed : text(found);
}

function readTls(cert: Found | undefined, key: Found | undefined): Config["tls"] {
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined || key === undefined) {
    throw new ConfigError(`${(cert ?? key)?.where}: tls.cert and tls.key go together. Give both.`);
  }
  return { cert: text(cert), key: text(key) };
}

function readTurn(uris: Found | undefined, secret: Found | undefined): Config["turn"] {
  const list = Array.isArray(uris?.value) ? uris.value.map(String) : [];
  if (list.length === 0 && secret === undefined) return undefined;
  if (list.length === 0 || secret === undefined)
    throw new ConfigError(`${(secret ?? uris)?.where}: turn.uris and turn.shared_secret_file go together. Give both.`);
  for (const uri of list)
    if (!/^turns?:\S+$/.test(uri))
      throw new ConfigError(`${uris?.where}: "${uri}" is no address of a relay such as turn:turn.example.org.`);
  return { uris: list, sharedSecretFile: text(secret) };
}

function readProxies(found: Found | undefined): readonly string[] {
  const list = Array.isArray(found?.value) ? found.value.map(String) : [];
  for (const address of list) {
    if (isIP(address) === 0) throw new ConfigError(`${found?.where}: "${address}" is no IP address.`);
  }
  return list;
}

function named<Name extends string>(name: Name, value: string | undefined): { readonly [Key in Name]?: string } {
  // Proven: the only member is the one that `Name` names.
  return (value === undefined ? {} : { [name]: value }) as { readonly [Key in Name]?: string };
}

function readContact(found: Found | undefined): string | undefined {
  if (found === undefined) return undefined;
  const value = text(found);
  if (!/^@[^\s:@]+:\S+$/.test(value) && !/^[^\s@]+@[^\s@]+$/.test(value))
    throw new ConfigError(`${found.where}: "${value}" is neither a user id nor an e-mail address.`);
  return value;
}

function readOrigins(found: Found | undefined): readonly string[] {
  const list = Array.isArray(found?.value) ? found.value.map(String) : [];
  for (const text of list) {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    const isOrigin = url !== undefined && text.replace(/\/$/, "") === url.origin;
    if (!isOrigin || !(url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname))))
      throw new ConfigError(`${found?.where}: "${text}" is no origin such as https://push.example.org. Plain http is for loopback only.`);
  }
  return list;
}

/** True for addresses that never leave this machine. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(?:\.\d{1,3}){3}$/.test(host);
}

function checkExposure(config: Config): void {
  if (isLoopback(config.listen.host)) return;
  if (config.profile === "conformance") {
    throw new ConfigError(
      "profile: conformance opens registration to everybody and runs on loopback only. Listen on 127.0.0.1, or use the standard profile.",
    );
  }
  if (config.tls === undefined && config.trustedProxies.length === 0) {
    throw new ConfigError(
      `listen: ${config.listen.host} is not loopback and the listener would be clear. Set tls.cert and tls.key, or name the proxy that terminates TLS in trusted_proxies.`,
    );
  }
}
