import { createFakeClock, createSeededRandom, createSpecValidator, type Json } from "@wardroom/testkit";
import type { AccountData, AccountDataRow } from "#account-data";
import type { E2eeFeed } from "#e2ee";
import { type Actor, MatrixError, silentLogger, type Timers } from "#kernel";
import { createFeedModel, type FeedModel } from "./feed-model.test-support.ts";
import { createSync, type SyncModule, type SyncRequest } from "./index.ts";

export interface Harness extends FeedModel {
  readonly sync: SyncModule;
  /** Syncs, checks the answer against the specification, parses it. */
  ask(actor: Actor, request?: SyncRequest, signal?: AbortSignal): Promise<Json>;
  putAccountData(userId: string, roomId: string | undefined, type: string, content: object): void;
  putFilter(id: string, filter: object): void;
  /** Another process over the same store. */
  reboot(generation?: string): Harness;
  /** Lets all timers of the given length or shorter run out. */
  expire(milliseconds: number): void;
  /** Timers that have neither run out nor been cancelled. */
  pendingTimers(): number;
}

export const device = (userId: string, deviceId = "A"): Actor => ({ userId, deviceId, isAdmin: false });

const validator = createSpecValidator(process.env["MATRIX_SPEC_DIR"]);

export function createHarness(model: FeedModel = createFeedModel(), boot = 1, generation = "model"): Harness {
  const rows: AccountDataRow[] = [];
  const filters = new Map<string, string>();
  const timers = createFakeTimers();
  const sync = createSync({
    feed: model.feed,
    accountData: fakeAccountData(rows, filters),
    e2ee: noKeys,
    presence: { isOn: false },
    unread: model.unread,
    storage: { ...model.storage, generation },
    clock: createFakeClock(),
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
      rows.push({ roomId, type, contentJson: JSON.stringify(content), position: model.draw() });
      sync.notifyUser(userId);
    },
    putFilter: (id, filter) => void filters.set(id, JSON.stringify(filter)),
    reboot: (next = generation) => createHarness(model, boot + 1, next),
    expire: (milliseconds) => timers.expire(milliseconds),
    pendingTimers: () => timers.pending(),
  };
}

const noKeys: E2eeFeed = {
  lastDeviceListChange: () => 0,
  deviceListsChanged: () => Promise.resolve([]),
  mayHaveToDevice: () => false,
  toDevice: (_actor, _after, until) => Promise.resolve({ messages: [], until }),
  acknowledgeToDevice: () => Promise.resolve(),
  oneTimeKeyCounts: () => ({ signed_curve25519: 0 }),
  unusedFallbackKeyTypes: () => [],
  onToDevice: () => {},
  onDeviceListChange: () => {},
};

function createFakeTimers(): Timers & { expire(milliseconds: number): void; pending(): number } {
  const running = new Set<{ readonly milliseconds: number; readonly work: () => void }>();
  return {
    after(milliseconds, work) {
      const entry = { milliseconds, work };
      running.add(entry);
      return { cancel: () => void running.delete(entry) };
    },
    expire(milliseconds) {
      for (const entry of running) if (entry.milliseconds <= milliseconds && running.delete(entry)) entry.work();
    },
    pending: () => running.size,
  };
}

function fakeAccountData(rows: readonly AccountDataRow[], filters: ReadonlyMap<string, string>): AccountData {
  const unused = () => Promise.reject(new Error("sync does not call this"));
  return {
    put: unused,
    putInternal: unused,
    update: unused,
    get: unused,
    ignoredUsers: () => Promise.resolve(new Set()),
    pushRules: unused,
    pushRule: { get: unused, put: unused, remove: unused, setEnabled: unused, setActions: unused },
    putFilter: unused,
    listChanged: (_userId, since, until) => Promise.resolve(rows.filter(({ position }) => position > since && position <= until)),
    getFilter: (_userId, id) => {
      const text = filters.get(id);
      return text === undefined ? Promise.reject(new MatrixError("M_NOT_FOUND", "no filter")) : Promise.resolve(text);
    },
  };
}
