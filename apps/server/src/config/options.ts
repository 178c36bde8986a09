/**
 * The one declaration of everything that can be configured. The reader, `docs/configuration.md` and
 * `wardroom.example.yaml` are made from it; a test fails when they differ.
 */
export interface Option {
  /** Dotted path in the YAML file. */
  readonly key: string;
  /** Variable that overrides the file. */
  readonly env: string;
  readonly kind: "text" | "listen" | "url" | "path" | "list" | "choice" | "size";
  readonly choices?: readonly string[];
  /** Shown in the documents; the value used when nothing is said. Undefined: unset. */
  readonly default?: string | readonly string[];
  readonly doc: string;
}

export const options = [
  {
    key: "server_name",
    env: "WARDROOM_SERVER_NAME",
    kind: "text",
    default: "localhost",
    doc: "The part after the colon of every user id. It is written into the store at first start and cannot change afterwards: every event is bound to it.",
  },
  {
    key: "listen",
    env: "WARDROOM_LISTEN",
    kind: "listen",
    default: "127.0.0.1:8008",
    doc: "Address and port. Off loopback the server wants `tls`, or a proxy named in `trusted_proxies` that terminates TLS: a clear listener would show every access token to the network.",
  },
  {
    key: "public_base_url",
    env: "WARDROOM_PUBLIC_BASE_URL",
    kind: "url",
    doc: "Address that clients are told to use. Unset: `http://localhost:PORT` (`https` with `tls`) on loopback, and `https://SERVER_NAME` elsewhere. Never taken from a request header, which an attacker could choose.",
  },
  {
    key: "data_dir",
    env: "WARDROOM_DATA_DIR",
    kind: "path",
    default: "./data",
    doc: "Folder of the encrypted store. One running server holds it exclusively.",
  },
  {
    key: "key_file",
    env: "WARDROOM_KEY_FILE",
    kind: "path",
    default: "./wardroom.key",
    doc: "The key-encryption key. Keep it on another disk than `data_dir`: together on one stolen disk they open everything. When unset and `$CREDENTIALS_DIRECTORY/wardroom.key` exists, that is used. Without it the store cannot be opened by anybody.",
  },
  {
    key: "store_cipher",
    env: "WARDROOM_STORE_CIPHER",
    kind: "choice",
    choices: ["aegis", "sqlcipher"],
    default: "aegis",
    doc: "Page cipher of the store, fixed at its creation. `aegis` is authenticated and costs no more than clear pages; `sqlcipher` is AES-256-CBC with HMAC, for those who need that format.",
  },
  {
    key: "audit.second_place",
    env: "WARDROOM_AUDIT_SECOND_PLACE",
    kind: "path",
    doc: "File that holds the last signed head of the audit log a second time, so that a log that was cut, rewritten or rolled back with the data folder is found. Put it on another disk, or on another machine's. Unset: `DATA_DIR.audit-head`, beside the data folder.",
  },
  {
    key: "audit.keep_days",
    env: "WARDROOM_AUDIT_KEEP_DAYS",
    kind: "text",
    default: "400",
    doc: "How many days the entries of an erased person stay readable after the quarter of the year in which they were made; then the keys to them are destroyed. Deeds in an administrative role stay readable. 1 to 36500.",
  },
  {
    key: "tls.cert",
    env: "WARDROOM_TLS_CERT",
    kind: "path",
    doc: "Certificate chain in PEM. TLS 1.3 only. Read again on SIGHUP.",
  },
  {
    key: "tls.key",
    env: "WARDROOM_TLS_KEY",
    kind: "path",
    doc: "Private key of the certificate in PEM. Read again on SIGHUP.",
  },
  {
    key: "trusted_proxies",
    env: "WARDROOM_TRUSTED_PROXIES",
    kind: "list",
    default: [],
    doc: "Addresses of reverse proxies whose `X-Forwarded-For` is believed. From everybody else it is ignored, so that nobody escapes a rate limit by inventing an address.",
  },
  {
    key: "media.max_upload_size",
    env: "WARDROOM_MEDIA_MAX_UPLOAD_SIZE",
    kind: "size",
    default: "100MiB",
    doc: "The largest file that may be uploaded: a number of bytes, or with KiB, MiB or GiB behind it.",
  },
  {
    key: "media.quota_per_person",
    env: "WARDROOM_MEDIA_QUOTA_PER_PERSON",
    kind: "size",
    default: "5GiB",
    doc: "What one person's files may take together. Each counts 4 KiB beside its bytes, and so do the small pictures made of them; the bytes of a file that the same person sent before count once.",
  },
  {
    key: "media.access",
    env: "WARDROOM_MEDIA_ACCESS",
    kind: "choice",
    choices: ["rooms", "accounts"],
    default: "rooms",
    doc: "Who may download a file whose address they know. `rooms`: who may see an event that names it; for files of encrypted messages, whose events the server cannot read, who is in a room with the person who uploaded it. `accounts`: everybody with an account.",
  },
  {
    key: "turn.uris",
    env: "WARDROOM_TURN_URIS",
    kind: "list",
    default: [],
    doc: "Addresses of a TURN relay for calls, such as `turns:turn.example.org?transport=tcp`. Goes with `turn.shared_secret_file`.",
  },
  {
    key: "turn.shared_secret_file",
    env: "WARDROOM_TURN_SHARED_SECRET_FILE",
    kind: "path",
    doc: "File with the secret that the relay shares with this server (coturn: `static-auth-secret`). Clients get credentials made with it, good for a day; never the secret.",
  },
  {
    key: "support.admin",
    env: "WARDROOM_SUPPORT_ADMIN",
    kind: "text",
    doc: "Whom people ask who have a question about this server: a user id or an e-mail address. Told to everybody, without sign-in.",
  },
  {
    key: "support.security",
    env: "WARDROOM_SUPPORT_SECURITY",
    kind: "text",
    doc: "Who is told of a weakness of this server: a user id or an e-mail address. Told to everybody, without sign-in.",
  },
  {
    key: "support.page",
    env: "WARDROOM_SUPPORT_PAGE",
    kind: "url",
    doc: "Address of a page with help for the people of this server. Told to everybody, without sign-in.",
  },
  {
    key: "push.allowed_gateways",
    env: "WARDROOM_PUSH_ALLOWED_GATEWAYS",
    kind: "list",
    default: [],
    doc: "Origins of push gateways, such as `https://push.example.org`. When set, nothing else is called. When unset, clients may name any gateway that is https and public: addresses of this machine or of a private network are refused, so that nobody has this server call what only it can reach. What is named here may be anywhere.",
  },
  {
    key: "push.content",
    env: "WARDROOM_PUSH_CONTENT",
    kind: "choice",
    choices: ["id_only", "full"],
    default: "id_only",
    doc: "What push gateways learn. `id_only`: that there is an event, whatever the client asked for; its phone fetches the rest from here. `full`: sender, room name and words of unencrypted events too, where the client does not ask for ids only; they pass through the gateway and the maker of the phone.",
  },
  {
    key: "profile",
    env: "WARDROOM_PROFILE",
    kind: "choice",
    choices: ["standard", "conformance"],
    default: "standard",
    doc: "`conformance` opens registration to everybody and lifts all rate limits, so that foreign test suites and benchmarks can run. It is refused off loopback.",
  },
  {
    key: "user_directory.search",
    env: "WARDROOM_USER_DIRECTORY_SEARCH",
    kind: "choice",
    choices: ["shared-rooms", "everyone"],
    default: "shared-rooms",
    doc: "Whom a search for people finds: those with whom one is in a room, or everybody who has an account. Whoever is not found is not found by the exact id either; profiles can still be read by who knows the id.",
  },
  {
    key: "presence",
    env: "WARDROOM_PRESENCE",
    kind: "choice",
    choices: ["on", "off"],
    default: "off",
    doc: "Whether people who share a room see who is online, idle or away. It tells everybody when a person works, and each change is work for all who share a room with them: off unless it is wanted. With `off` clients are told that everybody is offline.",
  },
] as const satisfies readonly Option[];

export type OptionKey = (typeof options)[number]["key"];
