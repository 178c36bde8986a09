import { MatrixError, randomLetters } from "#kernel";
import { personScope } from "#keys";
import { Conflict, type Write } from "#storage";
import { checkDevice } from "./check-input.ts";
import type { Identity, LoginResult, NewDevice } from "./contract.ts";
import type { IdentityParts } from "./identity-parts.ts";

const DEVICE_ID_LETTERS = 10;

export function createCreateSession(parts: IdentityParts): Identity["createSession"] {
  return async (userId, device) => {
    checkDevice(device);
    try {
      return await openSession(parts, userId, device, parts.accounts.expectActive(userId));
    } catch (error) {
      throw error instanceof Conflict ? new MatrixError("M_USER_DEACTIVATED", "This account is not active.") : error;
    }
  };
}

/**
 * A new access token. The tokens that the device had before end; the device and its name stay.
 * @param fence states what must still hold when the session is committed
 * @throws Conflict when it does not.
 */
export async function openSession(parts: IdentityParts, userId: string, device: NewDevice, fence: Write): Promise<LoginResult> {
  const { tokens, cache, storage } = parts;
  if (device.displayName !== undefined) await parts.keys.ensure([personScope(userId)]);
  const accessToken = tokens.make();
  const tokenHash = tokens.hashOf(accessToken);
  if (tokenHash === undefined) throw new TypeError("an access token is made in another form than it is read in");
  const deviceId = device.deviceId ?? randomLetters(parts.random, DEVICE_ID_LETTERS);
  const session = { tokenHash, userId, deviceId, displayName: device.displayName, createdAt: parts.clock.now() };
  const writes = [
    fence,
    ...parts.sessions.open(session),
    ...parts.audit.writes({ event: "session.created", actor: userId, deviceId, outcome: "done" }),
  ];
  // The new token comes into the cache at its first use: whether the account is an administrator's is read then.
  await storage.commit({ writes }, () => cache.revoke(userId, (candidate) => candidate === deviceId));
  return { userId, accessToken, deviceId };
}
