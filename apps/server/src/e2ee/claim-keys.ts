import { parseUserId } from "@wardroom/matrix-core";
import { actedBy, type Actor, RawJson, randomToken } from "#kernel";
import type { KeyServer } from "./contract.ts";
import type { ClaimedKey } from "./one-time-key-store.ts";
import { tooMany } from "./key-errors.ts";
import type { KeyParts } from "./key-parts.ts";
import { member, unreachable } from "./query-keys.ts";

const MAX_DEVICES = 10_000;
/** In one batch. */
const DEVICES_AT_ONCE = 200;
const TICKET_BYTES = 16;
/** No stored name is longer. */
const MAX_NAME = 255;

interface Claim {
  readonly userId: string;
  readonly deviceId: string;
  readonly algorithm: string;
}

export function createClaimKeys(parts: KeyParts): KeyServer["claimKeys"] {
  return async (actor, asked) => {
    const { claims: named, foreign } = readClaims(parts.serverName, asked);
    const claims = await existing(parts, named);
    const byUser = new Map<string, string[]>();
    for (let start = 0; start < claims.length; start += DEVICES_AT_ONCE) {
      for (const key of await claimSome(parts, actor, claims.slice(start, start + DEVICES_AT_ONCE))) {
        const devices = byUser.get(key.user_id) ?? [];
        devices.push(member(key.device_id, `{${member(key.name, key.content)}}`));
        byUser.set(key.user_id, devices);
      }
    }
    const users = [...byUser].map(([userId, devices]) => member(userId, `{${devices.join()}}`));
    return new RawJson(`{"one_time_keys":{${users.join()}},"failures":{${[...foreign].map(unreachable).join()}}}`);
  };
}

function readClaims(serverName: string, asked: Parameters<KeyServer["claimKeys"]>[1]) {
  const claims: Claim[] = [];
  const foreign = new Set<string>();
  for (const [userId, devices] of Object.entries(asked)) {
    const server = parseUserId(userId)?.serverName;
    if (server === undefined) continue;
    if (server !== serverName) {
      foreign.add(server);
      continue;
    }
    for (const [deviceId, algorithm] of Object.entries(devices)) {
      if (isStorable(deviceId) && isStorable(algorithm)) claims.push({ userId, deviceId, algorithm });
    }
    if (claims.length > MAX_DEVICES) throw tooMany(`one_time_keys: at most ${MAX_DEVICES} keys are claimed at once.`);
  }
  return { claims, foreign };
}

/**
 * Claims of devices that there are. Each is work for the one writer: with ten thousand invented names in a request somebody could keep
 * it busy with nothing.
 */
async function existing({ identity }: KeyParts, claims: readonly Claim[]): Promise<readonly Claim[]> {
  const found: Claim[] = [];
  let [userId, devices] = ["", new Set<string>()];
  for (const claim of claims) {
    // They come user by user.
    if (claim.userId !== userId) [userId, devices] = [claim.userId, new Set(await identity.listDeviceIds(claim.userId))];
    if (devices.has(claim.deviceId)) found.push(claim);
  }
  return found;
}

// What cannot be stored has no key.
const isStorable = (name: string): boolean => name.length <= MAX_NAME && !name.includes("\0");

/**
 * The writer chooses the keys, and marks them with a ticket by which they are found: a choice made here could be another's by the time
 * it is committed. If the answer does not arrive, the keys are gone: never given twice is the rule, not always given.
 */
async function claimSome(parts: KeyParts, actor: Actor, claims: readonly Claim[]): Promise<readonly ClaimedKey[]> {
  const ticket = randomToken(parts.random, TICKET_BYTES);
  const writes = claims.map(({ userId, deviceId, algorithm }) => parts.oneTimeKeys.claim(userId, deviceId, algorithm, ticket));
  // That somebody takes keys away is recorded, by number alone: whose they are would say who writes to whom.
  const record = parts.audit.writes({ event: "keys.claimed", ...actedBy(actor), count: claims.length, outcome: "done" });
  await parts.storage.commit({ writes: [...writes, ...record] }, () => {
    for (const { userId, deviceId } of claims) parts.counts.forget(userId, deviceId);
  });
  const taken = await parts.oneTimeKeys.listTaken(ticket);
  const served = new Set(taken.map((key) => nameOf(key.user_id, key.device_id)));
  const rest = claims.filter(({ userId, deviceId }) => !served.has(nameOf(userId, deviceId)));
  return rest.length === 0 ? taken : [...taken, ...(await takeFallbackKeys(parts, rest))];
}

const nameOf = (userId: string, deviceId: string): string => `${userId}\0${deviceId}`;

async function takeFallbackKeys(parts: KeyParts, claims: readonly Claim[]): Promise<readonly ClaimedKey[]> {
  const taken: ClaimedKey[] = [];
  const fresh: ClaimedKey[] = [];
  for (const { userId, deviceId, algorithm } of claims) {
    const row = (await parts.fallbackKeys.list(userId, deviceId)).find((key) => key.algorithm === algorithm);
    if (row === undefined) continue;
    const key = { user_id: userId, device_id: deviceId, name: row.name, content: row.content };
    taken.push(key);
    if (row.used === 0) fresh.push(key);
  }
  if (fresh.length > 0) {
    // Before the key leaves: the device has to learn that it is not fresh any more, whatever happens to this answer.
    await parts.storage.commit({ writes: fresh.map((key) => parts.fallbackKeys.use(key.user_id, key.device_id, key.name)) }, () => {
      for (const key of fresh) parts.counts.forget(key.user_id, key.device_id);
    });
  }
  return taken;
}
