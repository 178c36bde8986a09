import { actedBy } from "#kernel";
import { Conflict, position, type Write } from "#storage";
import { doneBy } from "./acts-for.ts";
import type { EndSessions, Identity } from "./contract.ts";
import type { IdentityParts } from "./identity-parts.ts";

/** No device has this id. */
const NO_DEVICE = "";
/** Devices whose rows in other modules go in one commit. A device id may have 255 bytes, and a batch is bounded. */
export const DEVICES_PER_BATCH = 100;

export function createLogout(parts: IdentityParts): Identity["logout"] {
  return (actor) => {
    const { userId, deviceId } = actor;
    return parts.lanes.run(userId, async () => {
      const writes = [
        ...removeDevice(parts, userId, deviceId, 1),
        ...parts.audit.writes({ event: "session.ended", ...actedBy(actor), outcome: "done" }),
      ];
      try {
        await parts.storage.commit({ writes, positions: 1 }, ({ first }) => {
          parts.cache.revoke(userId, (candidate) => candidate === deviceId);
          parts.deviceChanges.tell(userId, first);
        });
      } catch (error) {
        // The device is gone already: another request signed it out.
        if (!(error instanceof Conflict)) throw error;
      }
    });
  };
}

export function createLogoutAll(parts: IdentityParts): Identity["logoutAll"] {
  return (userId, options = {}) => parts.lanes.run(userId, () => endSessions(parts, userId, options));
}

/**
 * To be run in the lane of the account. Whoever holds a stolen password decides how many devices there are, so what ends them does
 * not grow with their number: the first commit ends all tokens with one statement, and no later one can bring them back. The
 * first hundred devices go in it too, with what other modules keep about them; more than that only where somebody made them.
 * @param act what must be done in the same commit, or nothing is
 */
export async function endSessions(
  parts: IdentityParts,
  userId: string,
  { exceptDeviceId: kept = NO_DEVICE, ...doer }: EndSessions,
  act: readonly Write[] = [],
): Promise<void> {
  const { sessions, storage, audit, cache } = parts;
  const ending = (await parts.devices.listIds(userId)).filter((deviceId) => deviceId !== kept);
  const isAlone = parts.onDeviceRemoved.length === 0;
  const removeFrom = (start: number) =>
    ending.slice(start, start + DEVICES_PER_BATCH).flatMap((deviceId) => removeDevice(parts, userId, deviceId));
  const record = { event: "session.ended", ...doneBy(userId, doer), target: userId, count: ending.length, outcome: "done" } as const;
  const writes = [
    ...act,
    sessions.endOtherTokens(userId, kept),
    ...(isAlone ? [sessions.removeOtherDevices(userId, kept)] : removeFrom(0)),
    ...(ending.length === 0 ? [] : audit.writes(record)),
  ];
  const tell = ({ first }: { readonly first: number }) => parts.deviceChanges.tell(userId, first);
  await storage.commit({ writes, positions: 1 }, (committed) => {
    cache.revoke(userId, (deviceId) => deviceId !== kept);
    tell(committed);
  });
  if (isAlone) return;
  // A crash in between leaves devices that nobody can use; the next time takes them along.
  for (let start = DEVICES_PER_BATCH; start < ending.length; start += DEVICES_PER_BATCH) {
    await storage.commit({ writes: removeFrom(start), positions: 1 }, tell);
  }
}

/** The device, its tokens and what other modules keep about it, for one commit that draws a position. */
export function removeDevice(parts: IdentityParts, userId: string, deviceId: string, expect?: number): readonly Write[] {
  return [
    ...parts.sessions.removeDevice(userId, deviceId, expect),
    ...parts.onDeviceRemoved.flatMap((contribute) => contribute(userId, deviceId, position())),
  ];
}
