import { createFakeClock, createSeededRandom, createSpecValidator, type FakeClock, type Json } from "@wardroom/testkit";
import type { AccountData, AccountDataRow } from "#account-data";
import { type Actor, MatrixError, silentLogger, type Timers } from "#kernel";
import { createPresence, type Presence } from "#presence";
import { createFeedModel, type FeedModel } from "./feed-model.test-support.ts";
import { createKeysModel, type KeysModel } from "./keys-model.test-support.ts";
import { createSync, type SyncModule, type SyncRequest } from "./index.ts";

export interface Harness extends FeedModel {
  readonly sync: SyncModule;
  /** Syncs, checks the answer against the specification, parses it. */
  ask(actor: Actor, request?: SyncRequest, signal?: AbortSignal): Promise<Json>;
  putAccountData(userId: string, roomId: string | undefined, type: string, content: object): void;
  putFilter(id: string, filter: object): void;
  readonly clock: FakeClock;
  readonly keys: KeysModel;
  /** Unread words in threads, for everybody. */
  readonly threads: Map<string, { readonly notifications: number; readonly highlights: number }>;
  /** Another process over the same store. */
  reboot(generation?: string): Harness;
  /** Lets all timers of the given length or shorter run out. */
  expire(milliseconds: number): void;
  /** Timers that have neither run out nor been cancelled. */
  pendingTimers(): number;
}

/** One turn of the event loop. */
export const turn = () => new Promise((resolve) => setImmediate(resolve));
/** As many turns as anything takes that waits for nothing outside. */
export const settle = async () => {
  for (let n = 0; n < 5; n += 1) await turn();
};

export const device = (userId: string, deviceId = "A"): Actor => ({ userId, deviceId, isAdmin: false });

const validator = createSpecValidator(process.env["MATRIX_SPEC_DIR"]);

interface HarnessOptions {
  readonly boot?: number;
  readonly generation?: string;
  readonly keys?: KeysModel;
  readonly presence?: (clock: FakeClock, timers: Timers) => Presence;
}

export function createHarness(model: FeedModel = createFeedModel(), options: HarnessOptions = {}): Harness {
  const { boot = 1, generation = "model", keys = createKeysModel(model), presence } = options;
  const clock = createFakeClock();
  const threads = new Map<string, { readonly notifications: number; readonly highlights: number }>();
  const rows: OwnRow[] = [];
  const filters = new Map<string, string>();
  const timers = createFakeTimers();
  const sync = createSync({
    feed: model.feed,
    accountData: fakeAccountData(rows, filters),
    e2ee: keys.feed,
    presence: presence?.(clock, timers) ?? createPresence({ isOn: false, clock, timers }),
    unread: async (...asked) => ({ ...(await model.unread(...asked)), threads }),
    storage: { ...model.storage, generation },
    clock,
    random: createSeededRandom(boot),
    log: silentLogger,
    timers,
  });
  return {
    ...model,
    sync,
    async ask(actor, request = {}, signal = new AbortController().signal) {
      const { text } = await sync.sync(actor, request, signal);
      // What JSON.parse gives is JSON.
      const body = JSON.parse(text) as Json;
      validator.check({ method: "GET", path: "/_matrix/client/v3/sync", status: 200, body });
      return body;
    },
    putAccountData(userId, roomId, type, content) {
      rows.push({ userId, roomId, type, contentJson: JSON.stringify(content), position: model.draw() });
      sync.notifyUser(userId);
    },
    putFilter: (id, filter) => void filters.set(id, JSON.stringify(filter)),
    clock,
    keys,
    threads,
    reboot: (next = generation) => createHarness(model, { ...options, keys, boot: boot + 1, generation: next }),
    expire: (milliseconds) => timers.expire(milliseconds),
    pendingTimers: () => timers.pending(),
  };
}

function createFakeTimers(): Timers & { expire(milliseconds: number): void; pending(): number } {
  const running = new Set<{ readonly milliseconds: number; readonly work: () => void }>();
  return {
    after(milliseconds, work) {
      const entry = { milliseconds, work };
      running.add(entry);
      return { cancel: () => void running.delete(entry) };
    },
    expire(milliseconds) {
      // Those that their work starts have their time before them.
      const due = [...running].filter((entry) => entry.milliseconds <= milliseconds);
      for (const entry of due) if (running.delete(entry)) entry.work();
    },
    pending: () => running.size,
  };
}

interface OwnRow extends AccountDataRow {
  readonly userId: string;
}

function fakeAccountData(rows: readonly OwnRow[], filters: ReadonlyMap<string, string>): AccountData {
  const unused = () => Promise.reject(new Error("sync does not call this"));
  return {
    put: unused,
    putInternal: unused,
    update: unused,
    get: unused,
    ignoredUsers(userId) {
      const row = rows.findLast((candidate) => candidate.userId === userId && candidate.type === "m.ignored_user_list");
      // Tests write it so.
      const { ignored_users: users = {} } = JSON.parse(row?.contentJson ?? "{}") as { readonly ignored_users?: object };
      return Promise.resolve(new Set(Object.keys(users)));
    },
    erasePerson: unused,
    pushRules: unused,
    pushRule: { get: unused, put: unused, remove: unused, setEnabled: unused, setActions: unused },
    putFilter: unused,
    listChanged: (userId, since, until) =>
      Promise.resolve(rows.filter((row) => row.userId === userId && row.position > since && row.position <= until)),
    getFilter: (_userId, id) => {
      const text = filters.get(id);
      return text === undefined ? Promise.reject(new MatrixError("M_NOT_FOUND", "no filter")) : Promise.resolve(text);
    },
  };
}
