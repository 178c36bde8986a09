import { actedBy, type Actor, MatrixError, randomLetters } from "#kernel";
import { personScope } from "#keys";
import { Conflict, type Write } from "#storage";
import { from } from "./acts-for.ts";
import { checkDevice } from "./check-input.ts";
import type { From, Identity, LoginResult, NewDevice } from "./contract.ts";
import { removeDevice } from "./end-sessions.ts";
import type { IdentityParts } from "./identity-parts.ts";

const DEVICE_ID_LETTERS = 10;
/** Leave at one sign-in: one makes room; more only where a store has more than this version allows. */
const MOST_LEAVING = 20;

export function createCreateSession(parts: IdentityParts): Identity["createSession"] {
  return async (userId, device, { address } = {}) => {
    checkDevice(device);
    try {
      return await openSession(parts, userId, device, { fence: parts.accounts.expectActive(userId), address });
    } catch (error) {
      throw error instanceof Conflict ? new MatrixError("M_USER_DEACTIVATED", "This account is not active.") : error;
    }
  };
}

interface Opening extends From {
  /** States what must still hold when the session is committed. */
  readonly fence: Write;
}

/**
 * A new access token. The tokens that the device had before end; the device and its name stay.
 * @throws Conflict when the fence does not hold.
 */
export async function openSession(
  parts: IdentityParts,
  userId: string,
  device: NewDevice,
  { fence, address }: Opening,
): Promise<LoginResult> {
  const { tokens } = parts;
  if (device.displayName !== undefined) await parts.keys.ensure([personScope(userId)]);
  const accessToken = tokens.make();
  const tokenHash = tokens.hashOf(accessToken);
  if (tokenHash === undefined) throw new TypeError("an access token is made in another form than it is read in");
  const deviceId = device.deviceId ?? randomLetters(parts.random, DEVICE_ID_LETTERS);
  const session = { tokenHash, userId, deviceId, displayName: device.displayName, createdAt: parts.clock.now() };
  const by = { userId, deviceId, ...from({ address }) };
  const record = parts.audit.writes({ event: "session.created", ...actedBy(by), outcome: "done" });
  await parts.lanes.run(userId, () => commitSession(parts, by, [fence, ...parts.sessions.open(session), ...record]));
  return { userId, accessToken, deviceId };
}

// The oldest makes room instead of the new one being refused: with a stolen password anybody could fill the account and so keep its
// owner out. That he can sign the owner's devices out is nothing new: "log out everywhere" is his as well.
async function commitSession(parts: IdentityParts, by: Omit<Actor, "isAdmin">, writes: readonly Write[]): Promise<void> {
  const { userId, deviceId } = by;
  const record = { event: "session.ended", ...actedBy(by), outcome: "done", reason: "too-many-devices" } as const;
  const leaving = await parts.sessions.listBeyond(userId, deviceId, parts.devicesPerUser - 1, MOST_LEAVING);
  const making = leaving.flatMap((oldest) => [
    ...removeDevice(parts, userId, oldest),
    ...parts.audit.writes({ ...record, target: oldest }),
  ]);
  const ended = new Set([deviceId, ...leaving]);
  // The new token comes into the cache at its first use: whether the account is an administrator's is read then.
  await parts.storage.commit({ writes: [...writes, ...making], positions: leaving.length === 0 ? 0 : 1 }, ({ first }) => {
    parts.cache.revoke(userId, (candidate) => ended.has(candidate));
    if (leaving.length > 0) parts.deviceChanges.tell(userId, first);
  });
}
