import { type Actor, dropOldest } from "#kernel";
import type { KeyCounts } from "./contract.ts";
import type { FallbackKeyStore } from "./fallback-key-store.ts";
import type { OneTimeKeyStore } from "./one-time-key-store.ts";

/** What sync says at every answer, so it is asked of the store once and after each change only. */
export interface KeyCountCache {
  counts(actor: Actor): KeyCounts | Promise<KeyCounts>;
  unusedFallbackTypes(actor: Actor): readonly string[] | Promise<readonly string[]>;
  /** Called at the commit of a change; without `deviceId`, for all devices of the person. */
  forget(userId: string, deviceId?: string): void;
}

interface DeviceSummary {
  readonly counts: KeyCounts;
  readonly unusedFallbackTypes: readonly string[];
}

interface Deps {
  readonly oneTimeKeys: Pick<OneTimeKeyStore, "count">;
  readonly fallbackKeys: Pick<FallbackKeyStore, "list">;
  /** People. */
  readonly capacity?: number;
}

/** Clients took silence for "no change" and then made no more sessions: it is named even when there is none. */
const ALWAYS_NAMED = "signed_curve25519";

type Known = DeviceSummary | Promise<DeviceSummary>;

/** Bounded by people, each with as many devices as identity lets them have; who was asked for longest ago is forgotten. */
export function createKeyCounts({ oneTimeKeys, fallbackKeys, capacity = 10_000 }: Deps): KeyCountCache {
  const people = new Map<string, Map<string, Known>>();
  const devicesOf = (userId: string): Map<string, Known> => {
    const devices = people.get(userId) ?? new Map<string, Known>();
    people.delete(userId);
    people.set(userId, devices);
    dropOldest(people, capacity);
    return devices;
  };
  const read = async (userId: string, deviceId: string): Promise<DeviceSummary> => {
    const [counted, fallback] = await Promise.all([oneTimeKeys.count(userId, deviceId), fallbackKeys.list(userId, deviceId)]);
    return {
      counts: Object.freeze(Object.fromEntries([[ALWAYS_NAMED, 0], ...counted])),
      unusedFallbackTypes: Object.freeze(fallback.filter(({ used }) => used === 0).map(({ algorithm }) => algorithm)),
    };
  };
  const load = (devices: Map<string, Known>, userId: string, deviceId: string): Promise<DeviceSummary> => {
    const loading: Promise<DeviceSummary> = read(userId, deviceId).then(
      (summary) => {
        // Forgotten meanwhile, the answer may be from before the change.
        if (devices.get(deviceId) === loading) devices.set(deviceId, summary);
        return summary;
      },
      (error: unknown) => {
        if (devices.get(deviceId) === loading) devices.delete(deviceId);
        throw error;
      },
    );
    devices.set(deviceId, loading);
    return loading;
  };
  const summary = ({ userId, deviceId }: Actor): Known => {
    const devices = devicesOf(userId);
    return devices.get(deviceId) ?? load(devices, userId, deviceId);
  };
  return {
    counts(actor) {
      const known = summary(actor);
      return known instanceof Promise ? known.then(({ counts }) => counts) : known.counts;
    },
    unusedFallbackTypes(actor) {
      const known = summary(actor);
      return known instanceof Promise ? known.then(({ unusedFallbackTypes }) => unusedFallbackTypes) : known.unusedFallbackTypes;
    },
    forget(userId, deviceId) {
      if (deviceId === undefined) people.delete(userId);
      else people.get(userId)?.delete(deviceId);
    },
  };
}
