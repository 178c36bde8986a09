import { emptyObject, isJsonObject, JsonError, type JsonObject, type JsonValue, ownObject } from "@wardroom/matrix-core";
import { actedBy, type Actor, MatrixError, nextTurn } from "#kernel";
import { Conflict, type Write } from "#storage";
import { signingKeyOf } from "./check-device-keys.ts";
import type { KeyServer } from "./contract.ts";
import { badSignature, invalid, signedOut, tooMany } from "./key-errors.ts";
import type { KeyParts } from "./key-parts.ts";
import { ED25519, isSignedBy, readObject, type SignedJson, takeApart } from "./signed-json.ts";

/** Objects in one upload; each costs one or more verifications of about 140 µs. */
const MAX_OBJECTS = 200;
const OBJECTS_PER_TURN = 20;
const MAX_SIGNATURES = 20;

/** The keys whose signatures this person may publish, by name. */
interface Signers {
  /** Over own devices. */
  readonly selfSigning: ReadonlyMap<string, string>;
  /** Over the own master key. */
  readonly devices: ReadonlyMap<string, string>;
  /** Over others' master keys. */
  readonly userSigning: ReadonlyMap<string, string>;
}

interface Accepted {
  readonly writes: readonly Write[];
  readonly signed: ReadonlySet<string>;
  readonly failures: JsonObject;
}

export function createUploadSignatures(parts: KeyParts): KeyServer["uploadSignatures"] {
  return async (actor, uploaded) => {
    let objects = 0;
    for (const ofUser of Object.values(uploaded)) objects += Object.keys(isJsonObject(ofUser) ? ofUser : {}).length;
    if (objects > MAX_OBJECTS) throw tooMany(`At most ${MAX_OBJECTS} signed objects are taken at once.`);
    const { signed, failures } = await parts.lanes.run(actor.userId, () => store(parts, actor, uploaded));
    for (const target of signed) parts.lists.announce(target, target === actor.userId ? undefined : actor.userId);
    return failures;
  };
}

async function store(parts: KeyParts, actor: Actor, uploaded: JsonObject): Promise<Accepted> {
  const accepted = await judgeAll(parts, actor, uploaded);
  if (accepted.writes.length === 0) return accepted;
  const { userId } = actor;
  const changes = [...accepted.signed].map((target) =>
    target === userId ? parts.changes.put(userId) : parts.changes.putSigned(userId, target),
  );
  const record = { event: "keys.signatures.uploaded", ...actedBy(actor), count: accepted.writes.length, outcome: "done" } as const;
  const writes = [parts.identity.expectDevice(actor.userId, actor.deviceId), ...accepted.writes, ...changes, ...parts.audit.writes(record)];
  try {
    await parts.storage.commit({ writes, positions: 1 }, ({ first }) => parts.lists.note(first));
  } catch (error) {
    throw error instanceof Conflict ? signedOut() : error;
  }
  return accepted;
}

async function judgeAll(parts: KeyParts, actor: Actor, uploaded: JsonObject): Promise<Accepted> {
  const signers = await readSigners(parts, actor.userId);
  const writes: Write[] = [];
  const signed = new Set<string>();
  const failures = emptyObject();
  let judged = 0;
  for (const [userId, ofUser] of Object.entries(uploaded)) {
    const failed = emptyObject();
    for (const [keyId, object] of Object.entries(isJsonObject(ofUser) ? ofUser : {})) {
      try {
        const made = await judgeOne(parts, actor, signers, { userId, keyId, object });
        writes.push(...made);
        if (made.length > 0) signed.add(userId);
      } catch (error) {
        if (!(error instanceof MatrixError)) throw error;
        failed[keyId] = { errcode: error.code, error: error.message };
      }
      judged += 1;
      if (judged % OBJECTS_PER_TURN === 0) await nextTurn();
    }
    if (Object.keys(failed).length > 0) failures[userId] = failed;
  }
  return { writes, signed, failures };
}

async function readSigners(parts: KeyParts, userId: string): Promise<Signers> {
  const cross = await parts.crossSigning.list(userId);
  const ofUsage = (usage: string) =>
    new Map(cross.filter((row) => row.usage === usage).map((row) => [ED25519 + row.public_key, row.public_key] as const));
  const devices = new Map<string, string>();
  for (const row of await parts.deviceKeys.list(userId)) {
    const key = signingKeyOf(readObject(row.content), row.device_id);
    if (key !== undefined) devices.set(ED25519 + row.device_id, key);
  }
  return { selfSigning: ofUsage("self_signing"), devices, userSigning: ofUsage("user_signing") };
}

interface Signed {
  readonly userId: string;
  readonly keyId: string;
  readonly object: JsonValue;
}

/**
 * The rows to store: those of one object's signatures that a key of this person may make and did. What others signed is theirs to publish,
 * and left out.
 * @throws MatrixError for the list of failures.
 */
async function judgeOne(parts: KeyParts, actor: Actor, signers: Signers, { userId, keyId, object }: Signed): Promise<readonly Write[]> {
  if (!isJsonObject(object)) throw invalid("This is not an object.");
  const target = await findTarget(parts, actor, signers, userId, keyId);
  // One answer for people, devices and keys that do not exist.
  if (target === undefined) throw new MatrixError("M_NOT_FOUND", "There is no such key for you to sign.");
  const signed = apart(object);
  if (signed.content !== target.content) throw invalid("This is not the object that is stored under this key.");
  const named = Object.keys(ownObject(signed.signatures, actor.userId) ?? {}).filter((name) => target.signers.has(name));
  if (named.length === 0) throw badSignature("There is no signature by a key of yours that may sign this.");
  if (named.length > MAX_SIGNATURES) throw tooMany(`At most ${MAX_SIGNATURES} signatures on one object are taken at once.`);
  const stored = new Map(
    (await parts.signatures.list(userId, actor.userId)).map((row) => [`${row.target_key} ${row.signer_key}`, row.signature]),
  );
  return named.flatMap((name) => {
    const signature = ownSignature(signed, actor.userId, name);
    if (!isSignedBy(signed, actor.userId, name, target.signers.get(name) ?? "")) throw badSignature("A signature is wrong.");
    if (stored.get(`${keyId} ${name}`) === signature) return [];
    return [parts.signatures.put({ target_user_id: userId, signer_user_id: actor.userId, target_key: keyId, signer_key: name, signature })];
  });
}

interface Target {
  readonly content: string;
  readonly signers: ReadonlyMap<string, string>;
}

async function findTarget(parts: KeyParts, actor: Actor, signers: Signers, userId: string, keyId: string): Promise<Target | undefined> {
  const master = (await parts.crossSigning.list(userId)).find((row) => row.usage === "master" && row.public_key === keyId);
  if (master !== undefined) return { content: master.content, signers: userId === actor.userId ? signers.devices : signers.userSigning };
  if (userId !== actor.userId) return undefined;
  const content = await parts.deviceKeys.find(userId, keyId);
  return content === undefined ? undefined : { content, signers: signers.selfSigning };
}

function apart(object: JsonObject): SignedJson {
  try {
    return takeApart(object);
  } catch (error) {
    throw error instanceof JsonError ? invalid("This has no canonical JSON form.") : error;
  }
}

const ownSignature = ({ signatures }: SignedJson, userId: string, name: string): string => {
  const value = ownObject(signatures, userId)?.[name];
  return typeof value === "string" ? value : "";
};
