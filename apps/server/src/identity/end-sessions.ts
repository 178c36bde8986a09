import { Conflict, type Write } from "#storage";
import type { Identity } from "./contract.ts";
import type { IdentityParts } from "./identity-parts.ts";
import { retryConflicts } from "./retry-conflicts.ts";

/** No device has this id. */
const NO_DEVICE = "";

export function createLogout(parts: IdentityParts): Identity["logout"] {
  return async ({ userId, deviceId }) => {
    try {
      await parts.storage.commit({ writes: removal(parts, userId, deviceId) }, () =>
        parts.cache.revoke(userId, (candidate) => candidate === deviceId),
      );
    } catch (error) {
      // The device is gone already: another request signed it out.
      if (!(error instanceof Conflict)) throw error;
    }
  };
}

export function createLogoutAll(parts: IdentityParts): Identity["logoutAll"] {
  return async (userId, options = {}) => {
    const kept = options.exceptDeviceId ?? NO_DEVICE;
    await retryConflicts(async () => {
      const ending = (await parts.sessions.listDeviceIds(userId)).filter((deviceId) => deviceId !== kept);
      // A device that signs in between the list and the commit fails the last expectation; it does not slip through.
      const writes = [...ending.flatMap((deviceId) => removal(parts, userId, deviceId)), ...parts.sessions.expectOnly(userId, kept)];
      await parts.storage.commit({ writes }, () => parts.cache.revoke(userId, (deviceId) => deviceId !== kept));
    });
  };
}

/** The device, its tokens and what other modules keep about it, in one commit. */
function removal(parts: IdentityParts, userId: string, deviceId: string): readonly Write[] {
  return [
    ...parts.sessions.removeDevice(userId, deviceId),
    ...parts.onDeviceRemoved.flatMap((contribute) => contribute(userId, deviceId)),
    ...parts.audit.writes({ event: "session.ended", actor: userId, deviceId, outcome: "done" }),
  ];
}
