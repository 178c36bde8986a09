import { type Agent, request as plainRequest } from "node:http";
import { connect } from "node:net";
import { type FakeClock, createFakeClock } from "@wardroom/testkit";
import { policyActions } from "@wardroom/spec";
import { type Actor, type AuditRecord, type Logger, MatrixError, RawJson } from "#kernel";
import type { Identity } from "#identity";
import { createPolicy } from "#policy";
import { createHttpServer } from "./create-http-server.ts";
import type { HttpConfig, HttpDeps } from "./http-deps.ts";

/** What the stubs noted, in order. */
interface Seen {
  readonly calls: string[];
  readonly refused: AuditRecord[];
  readonly logged: string[];
}

const actor: Actor = { userId: "@alice:test", deviceId: "DEV", isAdmin: false };
const administrator: Actor = { userId: "@admin:test", deviceId: "DESK", isAdmin: true };
export const TOKEN = "good-token";
export const ADMIN_TOKEN = "admin-token";

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
  readonly json: Readonly<Record<string, unknown>>;
}

interface Ask {
  readonly token?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer | object;
  readonly signal?: AbortSignal;
  readonly agent?: Agent;
}

export interface TestServer {
  readonly port: number;
  readonly seen: Seen;
  readonly clock: FakeClock;
  ask(method: string, path: string, ask?: Ask): Promise<Answer>;
  /** Sends bytes as they are and resolves with all that came back until the connection ended or `until` was seen. */
  raw(bytes: string | Buffer, until?: RegExp): Promise<string>;
  close(): Promise<void>;
}

type Overrides = { readonly [Part in keyof HttpDeps]?: object } & { readonly config?: Partial<HttpConfig> };

/** The front over stub modules: only what a test overrides does more than note that it was called. */
export async function startTestServer(overrides: Overrides = {}): Promise<TestServer> {
  const { deps, seen, clock } = stubDeps(overrides);
  const server = createHttpServer(deps);
  await server.listen();
  const port = server.port();
  return { port, seen, clock, ask: (...input) => ask(port, ...input), raw: (...input) => raw(port, ...input), close: () => server.close() };
}

export function stubDeps(overrides: Overrides = {}): { readonly deps: HttpDeps; readonly seen: Seen; readonly clock: FakeClock } {
  const seen: Seen = { calls: [], refused: [], logged: [] };
  const clock = createFakeClock();
  const note =
    <T>(name: string, answer: T) =>
    (): T => {
      seen.calls.push(name);
      return answer;
    };
  // Proven by the tests alone: stubs implement what the handlers under test call.
  const deps = {
    identity: { ...stubIdentity(note), ...overrides.identity },
    rooms: { ...stubRooms(note), ...overrides.rooms },
    sync: {
      sync: note("sync", Promise.resolve(new RawJson(`{"next_batch":"s1"}`))),
      keyChanges: note("keyChanges", Promise.resolve({ changed: ["@bob:test"], left: [] })),
      ...tokens,
      ...overrides.sync,
    },
    accountData: { ...stubAccountData(note), ...overrides.accountData },
    media: { ...stubMedia(note), ...overrides.media },
    push: { ...stubPush(note), ...overrides.push },
    directory: { ...stubDirectory(note), ...overrides.directory },
    e2ee: { ...stubKeyServer(note), ...stubMessagesAndBackup(note), ...overrides.e2ee },
    presence: { isOn: false, set: () => {}, noteActivity: () => {}, ...overrides.presence },
    policy: { ...createPolicy(policyActions()), ...overrides.policy },
    audit: { refused: (record: AuditRecord) => seen.refused.push(record), ...stubAudit(note), ...overrides.audit },
    clock,
    log: logInto(seen.logged),
    ...(overrides.timers === undefined ? {} : { timers: overrides.timers }),
    config: {
      host: "127.0.0.1",
      port: 0,
      serverName: "test",
      publicBaseUrl: "https://chat.test",
      trustedProxies: [],
      profile: "standard",
      ...overrides.config,
    },
  } as unknown as HttpDeps;
  return { deps, seen, clock };
}

type Note = <T>(name: string, answer: T) => () => T;

function stubIdentity(note: Note): Partial<Identity> {
  return {
    onRevoked: () => {},
    authenticate(token) {
      note("authenticate", undefined)();
      if (token === TOKEN) return { kind: "valid", actor };
      if (token === ADMIN_TOKEN) return { kind: "valid", actor: administrator };
      if (token === "slow-token") return Promise.resolve({ kind: "valid", actor });
      return { kind: token === "old-token" ? "expired" : "unknown" };
    },
    loginWithPassword: note("login", Promise.resolve({ userId: actor.userId, accessToken: "t", deviceId: "D" })),
    createAccount: note("createAccount", Promise.resolve({ userId: "@new:test" })),
    createSession: note("createSession", Promise.resolve({ userId: "@new:test", accessToken: "t", deviceId: "D" })),
    isAvailable: note("isAvailable", Promise.resolve(true)),
    logout: note("logout", Promise.resolve()),
    logoutAll: note("logoutAll", Promise.resolve()),
    setPassword: note("setPassword", Promise.resolve()),
    lookUpAccount: note("lookUpAccount", Promise.resolve(["DEV"])),
    listDevices: note("listDevices", Promise.resolve([{ deviceId: "DEV", displayName: "Phone" }])),
    getDevice: note("getDevice", Promise.resolve({ deviceId: "DEV" })),
    renameDevice: note("renameDevice", Promise.resolve()),
    removeDevices: note("removeDevices", Promise.resolve()),
    uia: { require: note("uia", Promise.resolve()) },
  };
}

function stubRooms(note: Note) {
  const sent = Promise.resolve({ eventId: "$event" });
  const room = Promise.resolve({ roomId: "!room:test" });
  const page = Promise.resolve({ chunk: [`{"type":"m.a"}`, `{"type":"m.b"}`], start: 5, end: 3, state: [] });
  return {
    createRoom: note("createRoom", room),
    sendMessage: note("sendMessage", sent),
    sendState: note("sendState", sent),
    redactEvent: note("redactEvent", sent),
    join: note("join", room),
    knock: note("knock", room),
    upgradeRoom: note("upgradeRoom", Promise.resolve({ replacementRoom: "!next:test" })),
    predecessorOf: note("predecessorOf", Promise.resolve(undefined)),
    reportContent: note("reportContent", Promise.resolve()),
    searchEvents: note("searchEvents", Promise.resolve({ results: [], words: ["x"], next: undefined, state: new Map() })),
    leaveForGood: note("leaveForGood", Promise.resolve()),
    leave: note("leave", Promise.resolve()),
    forget: note("forget", Promise.resolve()),
    changeMembership: note("changeMembership", Promise.resolve()),
    getEvent: note("getEvent", Promise.resolve(new RawJson(`{"type":"m.a"}`))),
    listState: note("listState", Promise.resolve(new RawJson("[]"))),
    getState: note("getState", Promise.resolve(new RawJson(`{"name":"x"}`))),
    listMembers: note("listMembers", Promise.resolve(new RawJson("[]"))),
    joinedMembers: note("joinedMembers", Promise.resolve(new RawJson("{}"))),
    joinedRooms: note("joinedRooms", Promise.resolve(["!room:test"])),
    listMessages: note("listMessages", page),
    listRelations: note("listRelations", { chunk: [], next: undefined, depth: 1 }),
    listThreads: note("listThreads", { chunk: [], next: undefined }),
    getContext: note("getContext", { before: [], event: "{}", after: [], state: [], start: 1, end: 2 }),
    findByTime: note("findByTime", { eventId: "$event", originServerTs: 1 }),
    setTyping: note("setTyping", Promise.resolve()),
    sendReceipt: note("sendReceipt", Promise.resolve()),
    getProfile: note("getProfile", Promise.resolve({ displayname: "Alice" })),
    setProfileField: note("setProfileField", Promise.resolve()),
    setAlias: note("setAlias", Promise.resolve()),
    deleteAlias: note("deleteAlias", Promise.resolve()),
    listAliases: note("listAliases", Promise.resolve(["#room:test"])),
    getDirectoryVisibility: note("getDirectoryVisibility", Promise.resolve("public")),
    setDirectoryVisibility: note("setDirectoryVisibility", Promise.resolve()),
    resolveAlias: note("resolveAlias", Promise.resolve("!room:test")),
    feed: { membershipsOf: note("membershipsOf", Promise.resolve(new Map([["!room:test", { membership: "join" }]]))) },
  };
}

function stubKeyServer(note: Note) {
  return {
    uploadKeys: note("uploadKeys", Promise.resolve({ signed_curve25519: 0 })),
    queryKeys: note("queryKeys", Promise.resolve(new RawJson(`{"device_keys":{}}`))),
    claimKeys: note("claimKeys", Promise.resolve(new RawJson(`{"one_time_keys":{}}`))),
    judgeCrossSigningKeys: note("judgeCrossSigningKeys", Promise.resolve("replacement")),
    uploadCrossSigningKeys: note("uploadCrossSigningKeys", Promise.resolve()),
    uploadSignatures: note("uploadSignatures", Promise.resolve({})),
  };
}

function stubPush(note: Note) {
  return {
    listPushers: note("listPushers", Promise.resolve([])),
    setPusher: note("setPusher", Promise.resolve()),
    removePusher: note("removePusher", Promise.resolve()),
    listNotifications: note("listNotifications", Promise.resolve({ notifications: [], next: undefined })),
  };
}

function stubDirectory(note: Note) {
  const facts = {
    roomId: "!room:test",
    version: "12",
    name: "Room",
    joinRule: "public",
    allowedRooms: [],
    guestCanJoin: false,
    isWorldReadable: false,
    joined: 2,
  };
  const child = { roomId: "!child:test", via: ["test"], order: "a", isSuggested: true, sender: "@alice:test", originServerTs: 1 };
  return {
    listPublicRooms: note("listPublicRooms", Promise.resolve({ chunk: [facts], nextBatch: "n", total: 1 })),
    getSummary: note("getSummary", Promise.resolve({ facts, membership: "join" })),
    getHierarchy: note("getHierarchy", Promise.resolve({ rooms: [{ facts, children: [child] }] })),
    searchPeople: note("searchPeople", Promise.resolve({ results: [{ userId: "@bob:test", displayName: "Bob" }], limited: false })),
    listMutualRooms: note("listMutualRooms", Promise.resolve({ joined: ["!room:test"], count: 1 })),
  };
}

function stubMessagesAndBackup(note: Note) {
  const state = Promise.resolve({ count: 1, etag: "1" });
  return {
    sendToDevice: note("sendToDevice", Promise.resolve()),
    createBackup: note("createBackup", Promise.resolve("1")),
    getBackup: note("getBackup", Promise.resolve(new RawJson(`{"version":"1"}`))),
    updateBackup: note("updateBackup", Promise.resolve()),
    deleteBackup: note("deleteBackup", Promise.resolve()),
    putRoomKeys: note("putRoomKeys", state),
    getRoomKeys: note("getRoomKeys", Promise.resolve(new RawJson(`{"rooms":{}}`))),
    deleteRoomKeys: note("deleteRoomKeys", state),
  };
}

function stubAccountData(note: Note) {
  return {
    put: note("put", Promise.resolve()),
    update: note("update", Promise.resolve()),
    putInternal: note("putInternal", Promise.resolve()),
    get: note("get", Promise.resolve(`{"a":1.5}`)),
    pushRule: {
      get: note("pushRule.get", Promise.resolve({ rule_id: "mine", default: false, enabled: true, actions: [] })),
      put: note("pushRule.put", Promise.resolve()),
      remove: note("pushRule.remove", Promise.resolve()),
      setEnabled: note("pushRule.setEnabled", Promise.resolve()),
      setActions: note("pushRule.setActions", Promise.resolve()),
    },
    pushRules: note("pushRules", Promise.resolve({ global: { override: [] } })),
    putFilter: note("putFilter", Promise.resolve("7")),
    getFilter: note("getFilter", Promise.resolve(`{"room":{}}`)),
  };
}

/** Its files are JSON, so that every answer of these tests is. */
function stubAudit(note: Note) {
  const place = { log: 1, index: 0 };
  const entry = { ...place, id: "id", time: 5, code: "room.created", class: 3004, activity: 1, outcome: "done", count: 1 };
  const opened = { ...entry, actor: "@alice:test", erased: [], unsigned: false };
  const log = { log: 1, origin: "test/audit", vkey: "test/audit+00000000+AA==", size: 1, checkpoint: "" };
  return {
    search: note("search", Promise.resolve({ entries: [opened], next: "n1" })),
    show: note("show", Promise.resolve(opened)),
    prove: note("prove", Promise.resolve({ proof: "c2sp.org/tlog-proof@v1\n", entry: Buffer.from("{}") })),
    state: note("state", Promise.resolve({ logs: [log], unsigned: 0 })),
    readFile: note("readFile", Promise.resolve(Buffer.from("{}"))),
    verify: note("verify", Promise.resolve({ logs: [], faults: [], warnings: [] })),
  };
}

/** Its one file is JSON, so that every answer of these tests is. */
function stubMedia(note: Note) {
  const read = async function* () {
    yield Buffer.from("{}");
  };
  const file = { type: "application/json", name: "a.json", tag: "tag", size: 2, read };
  return {
    maxUploadSize: 1000,
    upload: note("upload", Promise.resolve("media")),
    reserve: note("reserve", Promise.resolve({ mediaId: "media", expiresAt: 5 })),
    download: note("download", Promise.resolve(file)),
    thumbnail: note("thumbnail", Promise.resolve(file)),
  };
}

const tokens = {
  formatToken: (position: number) => `s${position}`,
  parseToken(token: string) {
    const position = Number(token.slice(1));
    if (!token.startsWith("s") || !Number.isSafeInteger(position)) throw new MatrixError("M_INVALID_PARAM", "This token is broken.");
    return { position, ephemeral: 0, sameBoot: true, sameGeneration: position < 1000 };
  },
};

function logInto(lines: string[]): Logger {
  const write = (fields: object, message: string) => void lines.push(JSON.stringify({ ...fields, message }));
  return { info: write, warn: write, error: write };
}

function ask(port: number, method: string, path: string, { token = TOKEN, headers = {}, body, signal, agent }: Ask = {}): Promise<Answer> {
  const bytes = body === undefined || typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const request = plainRequest(
      {
        host: "127.0.0.1",
        port,
        method,
        path,
        agent: agent ?? false,
        headers: {
          ...(token === "" ? {} : { authorization: `Bearer ${token}` }),
          ...(bytes === undefined ? {} : { "content-length": String(Buffer.byteLength(bytes)) }),
          ...headers,
        },
        ...(signal === undefined ? {} : { signal }),
      },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          text += chunk;
        });
        response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: parse(text) }));
      },
    );
    request.on("error", reject);
    request.end(bytes);
  });
}

function parse(text: string): Readonly<Record<string, unknown>> {
  const value: unknown = text === "" ? {} : JSON.parse(text);
  // Proven by the tests that read it.
  return value as Readonly<Record<string, unknown>>;
}

function raw(port: number, bytes: string | Buffer, until?: RegExp): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      if (until?.test(text) === true) socket.destroy();
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve(text));
  });
}
