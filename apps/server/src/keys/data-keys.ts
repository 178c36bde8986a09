import type { KeyObject } from "node:crypto";
import { type BoundedCache, createBoundedCache } from "#kernel";
import { isAuditKind } from "./audit-place.ts";
import type { KeyScope } from "./contract.ts";
import type { KeyPlace, KeyRow } from "./key-store.ts";
import { makeWrapped, nameOf, openWrapped, textOf, type WrappedKeysDeps } from "./wrapped-key.ts";

/** A room or person key, unwrapped. */
interface DataKey {
  readonly id: Uint8Array;
  readonly scope: KeyScope;
  readonly key: KeyObject;
}

type FoundKey = DataKey | "destroyed" | undefined;

export interface DataKeys {
  /** The scope's newest key. */
  newest(scope: KeyScope): FoundKey;
  /** Never a key of the audit. */
  byId(id: Uint8Array): FoundKey;
  /** Makes a key for each scope, in one commit. */
  create(scopes: Iterable<KeyScope>): void;
  /** Lets go of every unwrapped key. */
  forget(): void;
}

// About 400 bytes each, native part included.
const CACHE_LIMIT = 50_000;

const SEPARATOR = "\u0000";

/** The fields of a scope made by contract.ts. */
function placeOf(scope: KeyScope): KeyPlace {
  const [kind = "", first = "", second = ""] = scope.split(SEPARATOR);
  return kind === "person" ? { kind, roomId: "", userId: first } : { kind, roomId: first, userId: second };
}

const scopeOf = (place: KeyPlace): KeyScope => textOf(place) as KeyScope; // the inverse of placeOf, whose input was a scope

export function createDataKeys(deps: WrappedKeysDeps): DataKeys {
  const { store, wrapping } = deps;
  const newestByScope: BoundedCache<KeyScope, DataKey> = createBoundedCache({ entries: CACHE_LIMIT });
  const known: BoundedCache<string, DataKey | "destroyed"> = createBoundedCache({ entries: CACHE_LIMIT });

  const load = (row: KeyRow | undefined): FoundKey => {
    if (row === undefined || isAuditKind(row.place.kind)) return undefined;
    const key = openWrapped(wrapping, row);
    return key === undefined ? "destroyed" : { id: row.id, scope: scopeOf(row.place), key };
  };
  const newest = (scope: KeyScope): FoundKey => {
    const cached = newestByScope.get(scope);
    if (cached !== undefined) return cached;
    const found = load(store().findNewest(placeOf(scope)));
    if (typeof found === "object") newestByScope.set(scope, found);
    return found;
  };
  return {
    newest,
    byId(id) {
      const name = nameOf(id);
      const cached = known.get(name);
      if (cached !== undefined) return cached;
      const found = load(store().findById(id));
      // An unknown id is not kept: whoever sends forged ones would push the real ones out.
      if (found !== undefined) known.set(name, found);
      return found;
    },
    create(scopes) {
      const made = Array.from(scopes, (scope) => {
        const place = placeOf(scope);
        return { scope, ...makeWrapped(deps, place, (store().findNewest(place)?.version ?? 0) + 1) };
      });
      store().insert(made.map(({ row }) => row));
      for (const { scope, row, key } of made) newestByScope.set(scope, { id: row.id, scope, key });
    },
    forget() {
      newestByScope.clear();
      known.clear();
    },
  };
}
