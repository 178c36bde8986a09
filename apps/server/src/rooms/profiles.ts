import { type JsonObject, type JsonValue, parseJson } from "@wardroom/matrix-core";
import { actedBy, type Actor, type AuditSink, createMemo, type Lanes, MatrixError } from "#kernel";
import { type Keys, personScope } from "#keys";
import type { Storage, Write } from "#storage";
import type { ProfileStore } from "./profile-store.ts";

/** Global profiles, sealed under the person's key. */
export interface Profiles {
  /** @throws MatrixError M_NOT_FOUND if there is no such account */
  get(userId: string): Promise<JsonObject>;
  /** The parts that stand in the person's member events; empty for an account without a profile. */
  member(userId: string): Promise<{ readonly displayname?: string; readonly avatar_url?: string }>;
  /** Undefined removes the field. `besides` goes into the same commit. @throws MatrixError M_TOO_LARGE, M_BAD_JSON */
  set(actor: Actor, field: string, value: JsonValue | undefined, besides?: readonly Write[]): Promise<void>;
  drop(userId: string): void;
}

interface ProfilesDeps {
  readonly storage: Storage;
  readonly store: ProfileStore;
  readonly keys: Keys;
  readonly audit: AuditSink<Write>;
  readonly lanes: Lanes;
  readonly accountExists: (userId: string) => Promise<boolean>;
  /** Told from the commit. */
  readonly onName: (userId: string, name: string | undefined) => void;
}

/** The whole profile, as the specification limits it. */
const MOST_BYTES = 65_536;
const MOST_NAME_BYTES = 256;
const MOST_KEPT = 10_000;

export function createProfiles(deps: ProfilesDeps): Profiles {
  const { storage, store, keys, audit, lanes } = deps;
  const known = createMemo(read, { entries: MOST_KEPT });
  async function read(userId: string): Promise<ReadonlyMap<string, JsonValue>> {
    const fields = new Map<string, JsonValue>();
    for (const { field, value } of await store.list(userId)) {
      const text = keys.open(personScope(userId), profileSeal(userId, field), value);
      if (text !== undefined) fields.set(field, parseJson(Buffer.from(text).toString("utf8"), { floats: true }));
    }
    return fields;
  }
  async function write(actor: Actor, field: string, value: JsonValue | undefined, besides: readonly Write[]): Promise<void> {
    const { userId } = actor;
    check(field, value, await known.get(userId));
    await keys.ensure([personScope(userId)], { renew: true });
    const row =
      value === undefined
        ? store.remove(userId, field)
        : store.put(userId, field, keys.seal(personScope(userId), profileSeal(userId, field), JSON.stringify(value)));
    const record = audit.writes({ event: "profile.changed", ...actedBy(actor), target: userId, outcome: "done" });
    await storage.commit({ writes: [row, ...record, ...besides] }, () => {
      known.drop(userId);
      if (field === "displayname") deps.onName(userId, typeof value === "string" ? value : undefined);
    });
  }
  return {
    async get(userId) {
      const fields = await known.get(userId);
      if (fields.size === 0 && !(await deps.accountExists(userId))) throw new MatrixError("M_NOT_FOUND", "There is no such person here.");
      return Object.fromEntries(fields);
    },
    async member(userId) {
      const fields = await known.get(userId);
      const [displayname, avatar] = [fields.get("displayname"), fields.get("avatar_url")];
      return { ...(typeof displayname === "string" ? { displayname } : {}), ...(typeof avatar === "string" ? { avatar_url: avatar } : {}) };
    },
    set: (actor, field, value, besides = []) => lanes.run(`profile ${actor.userId}`, () => write(actor, field, value, besides)),
    drop: (userId) => known.drop(userId),
  };
}

/** What a stored field is bound to. */
export const profileSeal = (userId: string, field: string): string => `profiles/${userId}/${field}`;

function check(field: string, value: JsonValue | undefined, fields: ReadonlyMap<string, JsonValue>): void {
  if (field === "" || Buffer.byteLength(field) > 255 || field.includes("\u0000"))
    throw new MatrixError("M_INVALID_PARAM", "A profile field's name has 1 to 255 bytes.");
  if (value === undefined) return;
  if (field === "displayname" || field === "avatar_url") {
    if (typeof value !== "string") throw new MatrixError("M_INVALID_PARAM", `${field} is a string.`);
    // Both go into a member event of every room; a long one would fill them all.
    if (Buffer.byteLength(value) > (field === "displayname" ? MOST_NAME_BYTES : 1000))
      throw new MatrixError("M_TOO_LARGE", `${field} is too long.`);
  }
  const after = new Map(fields).set(field, value);
  if (Buffer.byteLength(JSON.stringify(Object.fromEntries(after))) > MOST_BYTES)
    throw new MatrixError("M_TOO_LARGE", "The profile is larger than 64 KiB.");
}
