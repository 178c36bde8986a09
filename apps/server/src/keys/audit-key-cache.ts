import { createHmac, type KeyObject } from "node:crypto";
import { deriveKey } from "@wardroom/crypto";
import { type BoundedCache, createBoundedCache } from "#kernel";
import { auditKinds, auditPlace, readAuditPlace } from "./audit-place.ts";
import { type AuditOwner, personScope, roomScope } from "./contract.ts";
import type { KeyRow } from "./key-store.ts";
import { type Quarter, quarterOf } from "./quarters.ts";
import type { WaitingKeys } from "./waiting-keys.ts";
import { makeWrapped, nameOf, openWrapped, type WrappedKeysDeps } from "./wrapped-key.ts";

/** What one owner's key of one quarter opens and finds. */
export interface AuditKey {
  readonly id: Uint8Array;
  readonly owner: AuditOwner;
  readonly quarter: string;
  readonly sealing: KeyObject;
  readonly searching: KeyObject;
  /** The token of the owner's own id, which is asked for with most entries. */
  readonly ownToken: Uint8Array;
  /** The owner's id, sealed; by what it is bound to. */
  readonly names: Map<string, Uint8Array>;
}

export interface AuditKeyCache {
  /** The owner's key, or the system's for who has none here. Makes it, durably, if it is not there. */
  ofOwner(owner: AuditOwner, at: number): AuditKey;
  /** `other`: a key that is none of the audit's. */
  byId(id: Uint8Array): AuditKey | "other" | undefined;
  /** The keys that `value` may have been searchable under, newest quarter first. */
  listFor(value: string): readonly AuditKey[];
  /** Lets go of every unwrapped key. */
  forget(): void;
}

export interface AuditKeyCacheDeps extends WrappedKeysDeps {
  readonly waiting: Pick<WaitingKeys, "flush" | "isWaiting">;
}

// About 1,200 bytes each, native part included.
const CACHE_LIMIT = 50_000;
/** Quarters of one owner that a search looks at: fifty years. */
const MOST_QUARTERS = 200;
const TOKEN_BYTES = 16;

export function createAuditKeyCache(deps: AuditKeyCacheDeps): AuditKeyCache {
  const { store, wrapping, waiting } = deps;
  const isAtHome = createIsAtHome(deps);
  const byOwner: BoundedCache<string, AuditKey> = createBoundedCache({ entries: CACHE_LIMIT });
  const known: BoundedCache<string, AuditKey> = createBoundedCache({ entries: CACHE_LIMIT });
  let quarter: Quarter = quarterOf(0);

  const load = (row: KeyRow): AuditKey | "other" | undefined => {
    const place = readAuditPlace(row.place);
    if (place === undefined) return "other";
    const key = openWrapped(wrapping, row);
    return key === undefined ? undefined : toAuditKey(row.id, place.owner, place.quarter, key);
  };
  const create = (owner: AuditOwner, name: string): AuditKey => {
    waiting.flush();
    const { row, key } = makeWrapped(deps, auditPlace(owner, name), 1);
    store().insert([row]);
    return toAuditKey(row.id, owner, name, key);
  };
  const ofOwner = (owner: AuditOwner, at: number): AuditKey => {
    if (!(at >= quarter.startsAt && at < quarter.endsAt)) quarter = quarterOf(at);
    const name = `${owner.kind}/${quarter.name}/${owner.kind === "system" ? "" : owner.id}`;
    const cached = byOwner.get(name);
    if (cached !== undefined) return cached;
    if (!isAtHome(owner)) return ofOwner({ kind: "system" }, at);
    const row = store().findNewest(auditPlace(owner, quarter.name));
    const found = row === undefined ? create(owner, quarter.name) : load(row);
    if (typeof found !== "object") throw new TypeError("a key of the audit without bytes: erasure removes the row");
    byOwner.set(name, found);
    known.set(nameOf(found.id), found);
    return found;
  };
  const byId = (id: Uint8Array): AuditKey | "other" | undefined => {
    const name = nameOf(id);
    const cached = known.get(name);
    if (cached !== undefined) return cached;
    const row = store().findById(id);
    const found = row === undefined ? undefined : load(row);
    if (typeof found === "object") known.set(name, found);
    return found;
  };
  return {
    ofOwner,
    byId,
    listFor(value) {
      const found = ownersOf(value).flatMap((owner) => {
        const { roomId, userId } = auditPlace(owner, "");
        return store().listByKind({ roomId, userId, ...auditKinds(owner.kind) }, MOST_QUARTERS);
      });
      const keys = found.map(({ id }) => byId(id)).filter((key) => typeof key === "object");
      return keys.sort((one, other) => (one.quarter < other.quarter ? 1 : one.quarter > other.quarter ? -1 : 0));
    },
    forget() {
      byOwner.clear();
      known.clear();
    },
  };
}

/** Tells who has words here, or had. Names that somebody invented must neither fill the file of keys nor cost a flush each. */
function createIsAtHome({ store, waiting }: AuditKeyCacheDeps): (owner: AuditOwner) => boolean {
  return (owner) => {
    if (owner.kind === "system") return true;
    // Not by scope: an id from outside may hold the separator of scopes, and would then be taken for a shorter one.
    const isRoom = owner.kind === "room";
    const place = isRoom ? { kind: "room", roomId: owner.id, userId: "" } : { kind: "person", roomId: "", userId: owner.id };
    if (store().findNewest(place) !== undefined) return true;
    if (!waiting.isWaiting(isRoom ? roomScope(owner.id) : personScope(owner.id))) return false;
    waiting.flush();
    return store().findNewest(place) !== undefined;
  };
}

/** The search token of a value under a key: 16 bytes of HMAC-SHA-256. */
export function tokenOf(searching: KeyObject, value: string): Uint8Array {
  const digest = createHmac("sha256", searching).update(value).digest();
  return new Uint8Array(digest.subarray(0, TOKEN_BYTES)); // a copy of its own length
}

/** Neither of the two keys tells anything of the other, and neither opens what a content key sealed. */
function toAuditKey(id: Uint8Array, owner: AuditOwner, quarter: string, secret: KeyObject): AuditKey {
  const [sealing, searching] = [deriveKey(secret, "audit/seal"), deriveKey(secret, "audit/token")];
  const ownToken = tokenOf(searching, owner.kind === "system" ? "" : owner.id);
  return { id, owner, quarter, sealing, searching, ownToken, names: new Map() };
}

function ownersOf(value: string): readonly AuditOwner[] {
  const system: AuditOwner = { kind: "system" };
  if (value === "") return [system];
  return [{ kind: "person", id: value }, { kind: "administrator", id: value }, { kind: "room", id: value }, system];
}
