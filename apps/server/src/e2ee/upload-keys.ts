import { JsonError } from "@wardroom/matrix-core";
import { actedBy, type Actor, MatrixError } from "#kernel";
import { Conflict, retryConflicts, type Write } from "#storage";
import { type CheckedDeviceKeys, checkDeviceKeys, hasSameKeys } from "./check-device-keys.ts";
import { type CheckedKey, checkFallbackKeys, checkOneTimeKeys, MAX_ONE_TIME_KEYS } from "./check-one-time-keys.ts";
import type { KeyServer } from "./contract.ts";
import { invalid, keyIdInUse, signedOut, tooMany } from "./key-errors.ts";
import type { KeyParts } from "./key-parts.ts";
import { ED25519, isSignedBy, readObject, signatureBy } from "./signed-json.ts";

/** How many of the keys uploaded last are remembered after they were claimed. */
const REMEMBERED = 200;

interface Checked {
  readonly deviceKeys: CheckedDeviceKeys | undefined;
  readonly oneTimeKeys: readonly CheckedKey[];
  readonly fallbackKeys: readonly CheckedKey[];
}

interface Plan {
  readonly writes: readonly Write[];
  readonly isListChanged: boolean;
}

export function createUploadKeys(parts: KeyParts): KeyServer["uploadKeys"] {
  return async (actor, upload) => {
    const checked = check(actor, upload);
    // The lane of the person is held until the commit: what a device may be called depends on the cross-signing keys, and back.
    const changed = await parts.lanes.run(actor.userId, () => store(parts, actor, checked));
    if (changed) parts.lists.announce(actor.userId);
    return parts.counts.counts(actor);
  };
}

function check(actor: Actor, upload: Parameters<KeyServer["uploadKeys"]>[1]): Checked {
  try {
    return {
      deviceKeys: upload.deviceKeys === undefined ? undefined : checkDeviceKeys(actor, upload.deviceKeys),
      oneTimeKeys: checkOneTimeKeys(actor, upload.oneTimeKeys),
      fallbackKeys: checkFallbackKeys(actor, upload.fallbackKeys),
    };
  } catch (error) {
    throw error instanceof JsonError ? new MatrixError("M_BAD_JSON", "The keys have no canonical JSON form.") : error;
  }
}

/** @returns whether others see another device list now. */
function store(parts: KeyParts, actor: Actor, checked: Checked): Promise<boolean> {
  return retryConflicts(async () => {
    const identity = await planDeviceKeys(parts, actor, checked.deviceKeys);
    const writes = [
      ...identity.writes,
      ...(await planOneTimeKeys(parts, actor, checked.oneTimeKeys)),
      ...(await planFallbackKeys(parts, actor, checked.fallbackKeys)),
    ];
    if (writes.length === 0) return false;
    const fence = parts.identity.expectDevice(actor.userId, actor.deviceId);
    try {
      await parts.storage.commit({ writes: [fence, ...writes], positions: identity.isListChanged ? 1 : 0 }, ({ first }) => {
        parts.counts.forget(actor.userId, actor.deviceId);
        if (identity.isListChanged) parts.lists.note(first);
      });
      return identity.isListChanged;
    } catch (error) {
      if (error instanceof Conflict && !(await parts.identity.listDeviceIds(actor.userId)).includes(actor.deviceId)) throw signedOut();
      throw error;
    }
  });
}

async function planDeviceKeys(parts: KeyParts, actor: Actor, checked: CheckedDeviceKeys | undefined): Promise<Plan> {
  if (checked === undefined) return { writes: [], isListChanged: false };
  const { userId, deviceId } = actor;
  const { content } = checked.signed;
  const stored = await parts.deviceKeys.find(userId, deviceId);
  if (stored === content) return { writes: [], isListChanged: false };
  // A device that changes its identity keys is another device. Who has a stolen token could otherwise put keys of their own in their
  // place, under a name that people know, and receive what is sent to it from then on.
  if (stored !== undefined && !hasSameKeys(readObject(stored), checked)) {
    throw invalid("device_keys.keys: the identity keys of a device never change. Sign out, and in again as a new device.");
  }
  const cross = await parts.crossSigning.list(userId);
  if (cross.some((row) => row.public_key === deviceId)) throw keyIdInUse();
  const selfSigning = cross.find((row) => row.usage === "self_signing")?.public_key;
  return {
    isListChanged: true,
    writes: [
      ...(stored === undefined
        ? [parts.deviceKeys.insert(userId, deviceId, content)]
        : [parts.deviceKeys.update(userId, deviceId, content, stored)]),
      // They were over what stood there before.
      parts.signatures.removeOf(userId, deviceId),
      ...signaturesOn(checked, actor, selfSigning).map((row) =>
        parts.signatures.put({ ...row, target_user_id: userId, signer_user_id: userId, target_key: deviceId }),
      ),
      parts.changes.put(userId),
      ...parts.audit.writes({ event: "keys.device.uploaded", ...actedBy(actor), outcome: "done" }),
    ],
  };
}

/** The device's own, and that of the self-signing key if it came along and is right; others are left out. */
function signaturesOn({ signed, ownSignature }: CheckedDeviceKeys, { userId, deviceId }: Actor, selfSigning: string | undefined) {
  const own = { signer_key: ED25519 + deviceId, signature: ownSignature };
  const signer = ED25519 + (selfSigning ?? "");
  const signature = signatureBy(signed, userId, signer);
  if (selfSigning === undefined || signature === undefined || !isSignedBy(signed, userId, signer, selfSigning)) return [own];
  return [own, { signer_key: signer, signature }];
}

async function planOneTimeKeys(parts: KeyParts, { userId, deviceId }: Actor, keys: readonly CheckedKey[]): Promise<readonly Write[]> {
  if (keys.length === 0) return [];
  const rows = await parts.oneTimeKeys.list(userId, deviceId);
  const stored = new Map(rows.map((row) => [row.name, row] as const));
  const fresh = keys.filter(({ name, content }) => {
    const row = stored.get(name);
    if (row !== undefined && row.content !== content) throw invalid(`one_time_keys: another key is stored under a name of this upload.`);
    // One that was claimed meanwhile is known as well: an upload repeated after a lost answer must not give it out a second time.
    return row === undefined;
  });
  if (fresh.length === 0) return [];
  const waiting = rows.filter(({ ticket }) => ticket === null).length;
  if (waiting + fresh.length > MAX_ONE_TIME_KEYS) throw tooMany(`one_time_keys: a device has at most ${MAX_ONE_TIME_KEYS} unclaimed keys.`);
  const last = rows.reduce((place, row) => Math.max(place, row.place), 0);
  return [
    ...fresh.map((key, index) => parts.oneTimeKeys.insert(userId, deviceId, { ...key, place: last + 1 + index })),
    parts.oneTimeKeys.prune(userId, deviceId, last + fresh.length - REMEMBERED),
  ];
}

async function planFallbackKeys(parts: KeyParts, { userId, deviceId }: Actor, keys: readonly CheckedKey[]): Promise<readonly Write[]> {
  if (keys.length === 0) return [];
  const stored = await parts.fallbackKeys.list(userId, deviceId);
  // The same key again stays used, if it was: the device still has to make another.
  const isStored = (key: CheckedKey) => stored.some((row) => row.name === key.name && row.content === key.content);
  return keys.filter((key) => !isStored(key)).map((key) => parts.fallbackKeys.put(userId, deviceId, key));
}
