import { isJsonObject, type JsonObject, parseJson } from "@wardroom/matrix-core";
import { type Clock, createLanes } from "#kernel";
import type { Keys } from "#keys";
import type { Storage } from "#storage";
import type { AccountData, AccountDataRow } from "./contract.ts";
import { managedByServer, noSuchValue } from "./errors.ts";
import { createFilterStore } from "./filter-store.ts";
import { createKeepFilters } from "./keep-filters.ts";
import { createLatestChanges } from "./latest-changes.ts";
import { mergePushRules } from "./merge-push-rules.ts";
import { createPutValue, isType, type ValueLimits } from "./put-value.ts";
import { createValueStore } from "./value-store.ts";

export interface AccountDataDeps {
  readonly storage: Storage;
  readonly keys: Keys;
  readonly clock: Clock;
  /** Called once the change is durable and shown by the durable position. */
  readonly onChanged: (userId: string, type: string) => void;
  readonly limits?: ValueLimits & { readonly filtersPerUser: number };
}

const LIMITS = { valuesPerUser: 10_000, bytesPerUser: 4 * 1024 * 1024, filtersPerUser: 200 };
const PUSH_RULES = "m.push_rules";
/** Types that the server manages, global or in a room (specification, "Client Config", server behaviour). */
const managedTypes: ReadonlySet<string> = new Set(["m.fully_read", PUSH_RULES]);

export function createAccountData({ storage, keys, clock, onChanged, limits = LIMITS }: AccountDataDeps): AccountData {
  const values = createValueStore(storage.statements, keys);
  const filters = createFilterStore(storage.statements, keys);
  const lanes = createLanes();
  const changes = createLatestChanges(storage.durablePosition());
  const putValue = createPutValue({ storage, keys, lanes, values, changes, onChanged, limits });

  const pushRules = async (userId: string): Promise<JsonObject> => {
    const stored = await values.find({ userId, roomId: undefined, type: PUSH_RULES });
    return mergePushRules(userId, parseStored(stored));
  };
  const isPushRules = (row: { readonly roomId: string | undefined; readonly type: string }) =>
    row.roomId === undefined && row.type === PUSH_RULES;

  return {
    async put(actor, roomId, type, content) {
      if (managedTypes.has(type)) throw managedByServer(type);
      await putValue({ userId: actor.userId, roomId, type }, content);
    },
    putInternal: (userId, roomId, type, content) => putValue({ userId, roomId, type }, content),
    async get(userId, roomId, type) {
      if (isPushRules({ roomId, type })) return JSON.stringify(await pushRules(userId));
      const content = isType(type) ? await values.find({ userId, roomId, type }) : undefined;
      if (content === undefined) throw noSuchValue();
      return content;
    },
    async listChanged(userId, since, until) {
      if (since > 0 && since >= changes.atMost(userId)) return [];
      const rows = (await values.listBetween(userId, since, until)).map((row): AccountDataRow => {
        if (!isPushRules(row)) return row;
        return { ...row, contentJson: JSON.stringify(mergePushRules(userId, parseStored(row.contentJson))) };
      });
      if (since > 0 || rows.some(isPushRules)) return rows;
      // Never stored, so without a position of its own: it is older than everything.
      const contentJson = JSON.stringify(await pushRules(userId));
      return [{ roomId: undefined, type: PUSH_RULES, contentJson, position: 0 }, ...rows];
    },
    pushRules,
    ...createKeepFilters({ storage, keys, clock, lanes, filters, maxFiltersPerUser: limits.filtersPerUser }),
  };
}

function parseStored(contentJson: string | undefined): JsonObject | undefined {
  const content = contentJson === undefined ? undefined : parseJson(contentJson, { floats: true });
  return isJsonObject(content) ? content : undefined;
}
