import { createHmac } from "node:crypto";
import { canonicalJson, isJsonObject, JsonError, type JsonObject, parseJson } from "@wardroom/matrix-core";
import { type Clock, type Lanes, MatrixError } from "#kernel";
import { type Keys, withPersonKey } from "#keys";
import type { Storage } from "#storage";
import type { AccountData } from "./contract.ts";
import { noSuchFilter, tooLarge, tooMany } from "./errors.ts";
import type { FilterStore } from "./filter-store.ts";

export interface KeepFiltersDeps {
  readonly storage: Storage;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly lanes: Lanes;
  readonly filters: FilterStore;
  readonly maxFiltersPerUser: number;
}

/** Of JSON text: a list of some 300 rooms or people. With the greatest number of filters, 3 MiB an account. */
const MAX_FILTER_BYTES = 16_384;
const ID_BYTES = 16;
const FILTER_ID = /^[A-Za-z0-9_-]{22}$/;

/** Filters are named by their content: a client that uploads its filter at each start adds no row. */
export function createKeepFilters(deps: KeepFiltersDeps): Pick<AccountData, "putFilter" | "getFilter"> {
  const { storage, keys, clock, lanes, filters, maxFiltersPerUser } = deps;
  // Keyed: the plain hash in an id that outlives an erasure would confirm guesses at the filter (rooms, people).
  const idKey = keys.derive("filter-id");
  const idOf = (userId: string, text: string) =>
    createHmac("sha256", idKey).update(`${userId}\u0000${text}`).digest().subarray(0, ID_BYTES).toString("base64url");
  // The lane of the account is held until the commit: the next one counts this filter too.
  const keep = async (userId: string, filterId: string, text: string): Promise<void> => {
    if (await filters.exists(userId, filterId)) return;
    if ((await filters.count(userId)) >= maxFiltersPerUser) throw tooMany("filters", maxFiltersPerUser);
    const write = await withPersonKey(keys, userId, () => filters.add(userId, filterId, text, clock.now()));
    await storage.commit({ writes: [write] });
  };
  return {
    async putFilter(userId, filterJson) {
      if (Buffer.byteLength(filterJson) > MAX_FILTER_BYTES) throw tooLarge("A filter", MAX_FILTER_BYTES);
      const text = canonicalJson(parseFilter(filterJson));
      const filterId = idOf(userId, text);
      await lanes.run(userId, () => keep(userId, filterId, text));
      return filterId;
    },
    async getFilter(userId, filterId) {
      const text = FILTER_ID.test(filterId) ? await filters.find(userId, filterId) : undefined;
      if (text === undefined) throw noSuchFilter();
      return text;
    },
  };
}

function parseFilter(text: string): JsonObject {
  try {
    const filter = parseJson(text);
    if (isJsonObject(filter)) return filter;
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    if (error.kind === "syntax") throw new MatrixError("M_NOT_JSON", "The filter is not JSON.");
  }
  throw new MatrixError("M_BAD_JSON", "A filter is a JSON object with whole numbers.");
}
