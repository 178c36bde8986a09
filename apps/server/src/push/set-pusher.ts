import { createHmac } from "node:crypto";
import { type JsonObject, ownString } from "@wardroom/matrix-core";
import { actedBy, type Actor, type AuditRecord, type AuditSink, type Clock, createLanes, MatrixError, type OutboundHttp } from "#kernel";
import type { Identity } from "#identity";
import type { Keys } from "#keys";
import { Conflict, type Storage, type Write } from "#storage";
import type { Push, PusherInput } from "./contract.ts";
import { isSame, type PusherMemory } from "./pusher-memory.ts";
import type { PusherKey, PusherRow, PusherStore } from "./pusher-store.ts";
import { openPusher, sealPusher } from "./seal-pusher.ts";

export interface PusherDeps {
  readonly storage: Storage;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly audit: AuditSink<Write>;
  readonly identity: Pick<Identity, "expectDevice">;
  readonly outbound: OutboundHttp;
  readonly store: PusherStore;
  readonly memory: PusherMemory;
  /** Called with pushers that are there no longer. */
  readonly onGone: (rows: readonly PusherRow[]) => void;
}

export interface Pushers extends Pick<Push, "listPushers" | "setPusher" | "removePusher"> {
  /** What it says; undefined if its person was erased. */
  open(row: PusherRow): JsonObject | undefined;
  /** Takes out what the gateway knows no more. */
  dropRejected(row: PusherRow): Promise<void>;
  /** At the commit that ended tokens of these devices. */
  dropDevices(userId: string, isRevoked: (deviceId: string) => boolean): void;
}

/** A phone that is set up anew leaves dead pushers behind: the oldest makes way. */
const MOST_PUSHERS = 50;
const NOTIFY_PATH = "/_matrix/push/v1/notify";

export function createPushers(deps: PusherDeps): Pushers {
  const { storage, keys, store, memory, onGone } = deps;
  const lanes = createLanes();
  const hashKey = keys.derive("pushkey");
  const keyOf = (userId: string, appId: string, pushkey: string): PusherKey => ({
    user_id: userId,
    app_id: appId,
    pushkey_hash: createHmac("sha256", hashKey).update(pushkey).digest("hex"),
  });
  const remove = async (row: PusherKey, record: readonly Write[] = []): Promise<void> => {
    const writes = [store.remove(row), ...record];
    await storage.commit({ writes }, () => onGone(memory.remove(row.user_id, (other) => isSame(row, other))));
  };
  const settings = new Set<{ readonly actor: Actor; isVoid: boolean }>();
  const dropDevices: Pushers["dropDevices"] = (userId, isRevoked) => {
    for (const setting of settings) if (setting.actor.userId === userId && isRevoked(setting.actor.deviceId)) setting.isVoid = true;
    const gone = memory.remove(userId, ({ device_id }) => isRevoked(device_id));
    onGone(gone);
    // The commit that removes a device takes its rows along; one that signs a device in anew does not.
    if (gone.length > 0) storage.commit({ writes: gone.map((row) => store.remove(row)) }).catch(() => undefined);
  };
  return {
    dropDevices,
    open: (row) => openPusher(keys, row),
    listPushers: async ({ userId }) =>
      memory
        .of(userId)
        .map((row) => openPusher(keys, row))
        .filter((pusher) => pusher !== undefined),
    async setPusher(actor, input) {
      checkPusher(deps.outbound, input);
      const setting = { actor, isVoid: false };
      settings.add(setting);
      try {
        await lanes.run(actor.userId, () => put(deps, actor, input, keyOf(actor.userId, input.app_id, input.pushkey)));
      } catch (error) {
        throw error instanceof Conflict ? signedOut() : error;
      } finally {
        settings.delete(setting);
      }
      if (!setting.isVoid) return;
      // The device signed in anew while this was on its way: it is there, and this is none of its new session's.
      dropDevices(actor.userId, (deviceId) => deviceId === actor.deviceId);
      throw signedOut();
    },
    removePusher: (actor, { app_id, pushkey }) =>
      lanes.run(actor.userId, () => remove(keyOf(actor.userId, app_id, pushkey), auditAs(deps, "pusher.removed", actor))),
    async dropRejected(row) {
      // Only what was sent: by now the person may have set it anew.
      await lanes.run(row.user_id, () => (memory.has(row) ? remove(row) : undefined));
    },
  };
}

async function put(deps: PusherDeps, actor: Actor, input: PusherInput, key: PusherKey): Promise<void> {
  const { storage, keys, clock, store, memory, onGone } = deps;
  const row = { ...key, device_id: actor.deviceId, set_at: clock.now(), content: await sealPusher(keys, key, input) };
  const leaving = memory
    .of(actor.userId)
    .filter((other) => !isSame(row, other))
    .slice(0, -(MOST_PUSHERS - 1));
  const writes = [
    // A row for a device that went meanwhile would be pushed to for ever: nobody could see it in a session and take it away.
    deps.identity.expectDevice(actor.userId, actor.deviceId),
    store.put(row),
    ...leaving.map((other) => store.remove(other)),
    ...(input.append ? [] : [store.removeOthers(key)]),
    ...auditAs(deps, "pusher.set", actor),
  ];
  await storage.commit({ writes }, () => {
    onGone(memory.remove(actor.userId, (other) => leaving.includes(other) || isSame(row, other)));
    if (!input.append) onGone(memory.removeOthers(key));
    memory.put(row);
  });
}

const auditAs = ({ audit }: PusherDeps, event: AuditRecord["event"], actor: Actor): readonly Write[] =>
  audit.writes({ event, ...actedBy(actor), outcome: "done" });

const signedOut = (): MatrixError => new MatrixError("M_UNKNOWN_TOKEN", "This device has been signed out.");

/** @throws MatrixError M_INVALID_PARAM */
function checkPusher(outbound: OutboundHttp, { data }: PusherInput): void {
  const text = ownString(data, "url");
  const url = text !== undefined && URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.pathname !== NOTIFY_PATH || url.search !== "" || url.hash !== "")
    throw new MatrixError("M_INVALID_PARAM", `data.url: expected an address whose path is ${NOTIFY_PATH}.`);
  const reason = outbound.check(url);
  if (reason !== undefined) throw new MatrixError("M_INVALID_PARAM", `data.url: nothing is sent there: ${reason}.`);
}
