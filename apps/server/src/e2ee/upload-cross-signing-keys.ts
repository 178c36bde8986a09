import type { JsonObject } from "@wardroom/matrix-core";
import { actedBy, type Actor } from "#kernel";
import { Conflict, type Write } from "#storage";
import { type CheckedCrossSigningKey, type CheckedCrossSigningKeys, checkCrossSigningKeys, isStored } from "./check-cross-signing-keys.ts";
import { signingKeyOf } from "./check-device-keys.ts";
import type { KeyServer } from "./contract.ts";
import type { CrossSigningRow } from "./cross-signing-store.ts";
import { changedMeanwhile, keyIdInUse, signedOut } from "./key-errors.ts";
import type { KeyParts } from "./key-parts.ts";
import type { MadeSignature } from "./signature-store.ts";
import { ED25519, isSignedBy, readObject, signatureBy } from "./signed-json.ts";

type Judged = "first" | "same" | "replacement";

interface Judgement {
  readonly judged: Judged;
  readonly checked: CheckedCrossSigningKeys;
  readonly stored: readonly CrossSigningRow[];
}

export function createUploadCrossSigningKeys(parts: KeyParts): Pick<KeyServer, "judgeCrossSigningKeys" | "uploadCrossSigningKeys"> {
  return {
    judgeCrossSigningKeys: async (actor, keys) => (await judge(parts, actor, keys)).judged,
    async uploadCrossSigningKeys(actor, keys, judged) {
      const changed = await parts.lanes.run(actor.userId, () => store(parts, actor, keys, judged));
      if (changed) parts.lists.announce(actor.userId);
    },
  };
}

async function judge(parts: KeyParts, actor: Actor, keys: JsonObject): Promise<Judgement> {
  const stored = await parts.crossSigning.list(actor.userId);
  const checked = checkCrossSigningKeys(actor.userId, keys, stored);
  const devices = new Set(await parts.identity.listDeviceIds(actor.userId));
  for (const { publicKey } of checked.values()) if (devices.has(publicKey)) throw keyIdInUse();
  if (!stored.some(({ usage }) => usage === "master")) return { judged: "first", checked, stored };
  const isSame = [...checked.values()].every((key) => isStored(stored, key));
  return { judged: isSame ? "same" : "replacement", checked, stored };
}

/** In the lane of the person. @returns whether anything changed. */
async function store(parts: KeyParts, actor: Actor, keys: JsonObject, expected: Judged): Promise<boolean> {
  const { judged, checked, stored } = await judge(parts, actor, keys);
  // Judged without need of a proof, and not so any more: whoever asks has to prove now.
  if (judged !== expected) throw changedMeanwhile();
  if (judged === "same") return false;
  const { userId, deviceId } = actor;
  const fresh = [...checked.values()].filter((key) => !isStored(stored, key));
  const isMasterNew = fresh.some(({ usage }) => usage === "master");
  // What the old master key signed is signed by nobody under the new one.
  const leaving = stored.filter(({ usage }) => isMasterNew || fresh.some((key) => key.usage === usage));
  const writes = [
    parts.identity.expectDevice(actor.userId, actor.deviceId),
    ...leaving.flatMap((row) => removeKey(parts, userId, row)),
    ...(await insertKeys(parts, userId, isMasterNew ? [...checked.values()] : fresh, masterOf(checked, stored))),
    parts.changes.put(userId),
    ...parts.audit.writes({ event: "keys.cross-signing.uploaded", ...actedBy(actor), outcome: "done", reason: judged }),
  ];
  try {
    await parts.storage.commit({ writes, positions: 1 }, ({ first }) => parts.lists.note(first));
  } catch (error) {
    if (!(error instanceof Conflict)) throw error;
    throw (await parts.identity.listDeviceIds(userId)).includes(deviceId) ? changedMeanwhile() : signedOut();
  }
  return true;
}

const masterOf = (checked: CheckedCrossSigningKeys, stored: readonly CrossSigningRow[]): string =>
  checked.get("master")?.publicKey ?? stored.find(({ usage }) => usage === "master")?.public_key ?? "";

/** With all that was signed of it and by it: nobody may find it under a key that is no longer there. */
function removeKey(parts: KeyParts, userId: string, row: CrossSigningRow): readonly Write[] {
  return [
    parts.crossSigning.remove(userId, row),
    parts.signatures.removeOf(userId, row.public_key),
    parts.signatures.removeBy(userId, ED25519 + row.public_key),
  ];
}

async function insertKeys(
  parts: KeyParts,
  userId: string,
  keys: readonly CheckedCrossSigningKey[],
  master: string,
): Promise<readonly Write[]> {
  const devices = keys.some(({ usage }) => usage === "master") ? await parts.deviceKeys.list(userId) : [];
  const signers = new Map(devices.map((row) => [ED25519 + row.device_id, signingKeyOf(readObject(row.content), row.device_id)] as const));
  signers.set(ED25519 + master, master);
  const bySigner = (key: CheckedCrossSigningKey, signer: string, publicKey: string | undefined): MadeSignature[] => {
    const signature = signatureBy(key.signed, userId, signer);
    if (signature === undefined || publicKey === undefined || !isSignedBy(key.signed, userId, signer, publicKey)) return [];
    return [{ target_key: key.publicKey, signer_key: signer, signature }];
  };
  const madeOn = (key: CheckedCrossSigningKey) =>
    key.usage === "master"
      ? [...signers].flatMap(([signer, publicKey]) => bySigner(key, signer, publicKey))
      : bySigner(key, ED25519 + master, master);
  return keys.flatMap((key) => [
    parts.crossSigning.insert(userId, { usage: key.usage, public_key: key.publicKey, content: key.signed.content }),
    ...madeOn(key).map((made) => parts.signatures.put({ ...made, target_user_id: userId, signer_user_id: userId })),
  ]);
}
