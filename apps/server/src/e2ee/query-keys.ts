import { parseUserId } from "@wardroom/matrix-core";
import { type Actor, nextTurn, RawJson } from "#kernel";
import type { KeyServer } from "./contract.ts";
import type { CrossSigningRow } from "./cross-signing-store.ts";
import type { DeviceKeyRow } from "./device-key-store.ts";
import { tooMany } from "./key-errors.ts";
import type { KeyParts } from "./key-parts.ts";
import type { MadeSignature } from "./signature-store.ts";
import { ED25519 } from "./signed-json.ts";

const MAX_USERS = 5000;
const USERS_PER_TURN = 20;

/** Members of the answer, each a list of `"id":{…}`. */
interface Sections {
  readonly device_keys: string[];
  readonly master_keys: string[];
  readonly self_signing_keys: string[];
  readonly user_signing_keys: string[];
  readonly failures: string[];
}

/** What is stored of a person's keys, and the signatures on them that the asking person may see. */
interface PublishedKeys {
  readonly devices: readonly DeviceKeyRow[];
  readonly cross: readonly CrossSigningRow[];
  readonly own: readonly MadeSignature[];
  readonly asker: readonly MadeSignature[];
  readonly names: ReadonlyMap<string, string | undefined>;
}

export function createQueryKeys(parts: KeyParts): KeyServer["queryKeys"] {
  return async (actor, asked) => {
    const users = Object.entries(asked);
    if (users.length > MAX_USERS) throw tooMany(`device_keys: at most ${MAX_USERS} users are asked for at once.`);
    const sections: Sections = { device_keys: [], master_keys: [], self_signing_keys: [], user_signing_keys: [], failures: [] };
    const foreign = new Set<string>();
    const askersKey = (await parts.crossSigning.list(actor.userId)).find(({ usage }) => usage === "user_signing")?.public_key;
    let read = 0;
    for (const [userId, deviceIds] of users) {
      const server = parseUserId(userId)?.serverName;
      if (server === undefined) continue;
      if (server !== parts.serverName) foreign.add(server);
      else addUser(sections, userId, { actor, deviceIds, askersKey }, await readKeys(parts, actor, userId));
      read += 1;
      if (read % USERS_PER_TURN === 0) await nextTurn();
    }
    sections.failures.push(...[...foreign].map(unreachable));
    return new RawJson(
      `{${Object.entries(sections)
        .map(([name, members]) => `"${name}":{${members.join()}}`)
        .join()}}`,
    );
  };
}

/** No other server can be reached from here. Said, and not left out: for the client the person would have no devices. */
export const unreachable = (server: string): string =>
  member(server, `{"errcode":"M_UNKNOWN","error":"This server is not connected to others."}`);

export const member = (name: string, json: string): string => `${JSON.stringify(name)}:${json}`;

async function readKeys(parts: KeyParts, actor: Actor, userId: string): Promise<PublishedKeys> {
  // Whoever does not exist has no rows: the same reads, the same answer as for a person without keys.
  const devices = await parts.deviceKeys.list(userId);
  return {
    devices,
    cross: await parts.crossSigning.list(userId),
    own: await parts.signatures.list(userId, userId),
    asker: actor.userId === userId ? [] : await parts.signatures.list(userId, actor.userId),
    names: devices.length === 0 ? new Map() : await namesFor(parts, actor, userId),
  };
}

/** Keys are for who has an account. That somebody owns a phone of this make, and what they call it, is for those they talk with. */
async function namesFor({ identity, shareRoom }: KeyParts, actor: Actor, userId: string): Promise<PublishedKeys["names"]> {
  if (actor.userId !== userId && !(await shareRoom(actor.userId, userId))) return new Map();
  return new Map((await identity.listDevices(userId)).map((device) => [device.deviceId, device.displayName]));
}

interface Asked {
  readonly actor: Actor;
  /** Empty: all. */
  readonly deviceIds: readonly string[];
  /** The asking person's user-signing key. */
  readonly askersKey: string | undefined;
}

function addUser(sections: Sections, userId: string, { actor, deviceIds, askersKey }: Asked, keys: PublishedKeys): void {
  const publicKeys = new Map(keys.cross.map((row) => [row.usage, row.public_key] as const));
  const [master, selfSigning] = [publicKeys.get("master"), publicKeys.get("self_signing")];
  const isDevice = new Set(keys.devices.map((row) => ED25519 + row.device_id));
  const byKey = (publicKey: string | undefined) => (publicKey === undefined ? undefined : ED25519 + publicKey);
  const [masterName, selfName, askerName] = [byKey(master), byKey(selfSigning), byKey(askersKey)];

  const wanted = new Set(deviceIds);
  const isWanted = (id: string) => wanted.size === 0 || wanted.has(id);
  const devices = keys.devices
    .filter((row) => isWanted(row.device_id))
    .map((row) => {
      const { device_id: id, content } = row;
      // Only by keys that are still in force.
      const signed = keys.own.filter(
        (made) => made.target_key === id && (made.signer_key === ED25519 + id || made.signer_key === selfName),
      );
      return member(id, withSignatures(content, [[userId, signed]], keys.names.get(id)));
    });
  sections.device_keys.push(member(userId, `{${devices.join()}}`));

  for (const { usage, public_key: target, content } of keys.cross) {
    const of = (made: readonly MadeSignature[], isBy: (signer: string) => boolean) =>
      made.filter((row) => row.target_key === target && isBy(row.signer_key));
    if (usage === "master") {
      const own = of(keys.own, (signer) => signer === masterName || isDevice.has(signer));
      const asker = of(keys.asker, (signer) => signer === askerName);
      sections.master_keys.push(
        member(
          userId,
          withSignatures(content, [
            [userId, own],
            [actor.userId, asker],
          ]),
        ),
      );
      continue;
    }
    const own = of(keys.own, (signer) => signer === masterName);
    if (usage === "self_signing") sections.self_signing_keys.push(member(userId, withSignatures(content, [[userId, own]])));
    // Who sees this key sees whose keys it signed.
    else if (userId === actor.userId) sections.user_signing_keys.push(member(userId, withSignatures(content, [[userId, own]])));
  }
}

/** The stored object with its signatures and its display name. The stored text is an object with members. */
function withSignatures(content: string, made: readonly (readonly [string, readonly MadeSignature[]])[], name?: string): string {
  const signers = made
    .filter(([, rows]) => rows.length > 0)
    .map(([userId, rows]) => member(userId, `{${rows.map((row) => member(row.signer_key, JSON.stringify(row.signature))).join()}}`));
  const unsigned = name === undefined ? "" : `,"unsigned":{"device_display_name":${JSON.stringify(name)}}`;
  return `${content.slice(0, -1)},"signatures":{${signers.join()}}${unsigned}}`;
}
