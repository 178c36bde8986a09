import { isJsonObject, JsonError, type JsonObject, own, ownObject, ownString } from "@wardroom/matrix-core";
import { MatrixError } from "#kernel";
import { type CrossSigningRow, type Usage, usages } from "./cross-signing-store.ts";
import { badSignature, invalid, noMasterKey, tooMany } from "./key-errors.ts";
import { ED25519, isPublicKey, isSignedBy, ownStrings, type SignedJson, takeApart } from "./signed-json.ts";

export interface CheckedCrossSigningKey {
  readonly usage: Usage;
  readonly publicKey: string;
  readonly signed: SignedJson;
}

/** By usage, what was sent. */
export type CheckedCrossSigningKeys = ReadonlyMap<Usage, CheckedCrossSigningKey>;

const MAX_CONTENT = 4096;

/**
 * The keys of an upload, each of its own shape, and the self-signing and user-signing keys signed by the master key that comes along
 * or is stored (specification, "Publishes cross-signing keys").
 * @throws MatrixError M_INVALID_PARAM, M_INVALID_SIGNATURE, M_MISSING_PARAM, M_TOO_LARGE.
 */
export function checkCrossSigningKeys(userId: string, uploaded: JsonObject, stored: readonly CrossSigningRow[]): CheckedCrossSigningKeys {
  const checked = new Map<Usage, CheckedCrossSigningKey>();
  for (const usage of usages) {
    const name = `${usage}_key`;
    const key = own(uploaded, name);
    if (key === undefined) continue;
    if (!isJsonObject(key)) throw invalid(`${name}: is not an object.`);
    checked.set(usage, checkKey(userId, usage, key));
  }
  const master = checked.get("master")?.publicKey ?? stored.find((row) => row.usage === "master")?.public_key;
  if (master === undefined) throw noMasterKey();
  for (const { usage, signed } of checked.values()) {
    if (usage === "master" || isSignedBy(signed, userId, ED25519 + master, master)) continue;
    throw badSignature(`${usage}_key: is not signed by the master key.`);
  }
  checkDistinct(checked, stored);
  return checked;
}

function checkKey(userId: string, usage: Usage, key: JsonObject): CheckedCrossSigningKey {
  const where = `${usage}_key`;
  if (ownString(key, "user_id") !== userId) throw invalid(`${where}.user_id: is not the user of this session.`);
  // One key for one use: a self-signing key that is a user-signing key as well would be shown to others as both.
  const said = ownStrings(key, "usage");
  if (said?.length !== 1 || said[0] !== usage) throw invalid(`${where}.usage: must be ["${usage}"].`);
  const [entry, ...more] = Object.entries(ownObject(key, "keys") ?? {});
  const [name, publicKey] = entry ?? [];
  if (more.length > 0 || typeof publicKey !== "string" || !isPublicKey(publicKey) || name !== ED25519 + publicKey) {
    throw invalid(`${where}.keys: holds one key of 32 bytes in base64, named ed25519: and the same.`);
  }
  const signed = apart(key, where);
  if (signed.content.length > MAX_CONTENT) throw tooMany(`${where}: has at most ${MAX_CONTENT} characters.`);
  return { usage, publicKey, signed };
}

function apart(key: JsonObject, where: string): SignedJson {
  try {
    return takeApart(key);
  } catch (error) {
    throw error instanceof JsonError ? new MatrixError("M_BAD_JSON", `${where}: has no canonical JSON form.`) : error;
  }
}

/** A key for two uses would let a signature made for the one count for the other. */
function checkDistinct(checked: CheckedCrossSigningKeys, stored: readonly CrossSigningRow[]): void {
  // A new master key takes the others of before away.
  const isMasterKept = checked.get("master")?.publicKey === undefined || isStored(stored, checked.get("master"));
  const kept = isMasterKept ? stored.filter(({ usage }) => ![...checked.keys()].some((sent) => sent === usage)) : [];
  const all = [...kept.map(({ public_key }) => public_key), ...[...checked.values()].map(({ publicKey }) => publicKey)];
  if (new Set(all).size < all.length) throw invalid("The keys for signing must be three different ones.");
}

/** Whether this very key is stored for its use. */
export const isStored = (stored: readonly CrossSigningRow[], key: CheckedCrossSigningKey | undefined): boolean =>
  stored.some((row) => row.usage === key?.usage && row.content === key.signed.content);
