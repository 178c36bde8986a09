import { type Clock, createLanes } from "#kernel";
import type { Keys } from "#keys";
import type { Storage } from "#storage";
import { createPushRules, parseStored, type PushRulesParts, rulesKey } from "./change-push-rules.ts";
import type { AccountData, AccountDataRow } from "./contract.ts";
import { managedByServer, noSuchValue } from "./errors.ts";
import { createFilterStore } from "./filter-store.ts";
import { createIgnoredUsers, isIgnoredUserList } from "./ignored-users.ts";
import { createKeepFilters } from "./keep-filters.ts";
import { createLatestChanges } from "./latest-changes.ts";
import { mergePushRules } from "./merge-push-rules.ts";
import { createPutValue, isType, type ValueLimits } from "./put-value.ts";
import { createValueStore, type ValueKey } from "./value-store.ts";

export interface AccountDataDeps {
  readonly storage: Storage;
  readonly keys: Keys;
  readonly clock: Clock;
  /** Called once the change is durable and shown by the durable position. */
  readonly onChanged: (userId: string) => void;
  readonly limits?: ValueLimits & { readonly filtersPerUser: number };
}

const LIMITS = { valuesPerUser: 10_000, bytesPerUser: 4 * 1024 * 1024, filtersPerUser: 200 };
const PUSH_RULES = "m.push_rules";
/** Types that the server manages, global or in a room (specification, "Client Config", server behaviour). */
const managedTypes: ReadonlySet<string> = new Set(["m.fully_read", PUSH_RULES]);

export function createAccountData({ storage, keys, clock, onChanged, limits = LIMITS }: AccountDataDeps): AccountData {
  const values = createValueStore(storage.statements, keys);
  const filters = createFilterStore(storage.statements, keys);
  const ignoredUsers = createIgnoredUsers(values);
  const lanes = createLanes();
  const changes = createLatestChanges(storage.durablePosition());
  let rules: PushRulesParts | undefined;
  const onCommitted = (key: ValueKey, position: number): void => {
    changes.note(key.userId, position);
    if (isPushRules(key)) rules?.drop(key.userId);
    if (isIgnoredUserList(key)) ignoredUsers.drop(key.userId);
  };
  const valueWrites = createPutValue({ storage, keys, lanes, values, onCommitted, onChanged, limits });
  const { pushRules, pushRule } = (rules = createPushRules(values, (key, decide) => valueWrites.update(key, decide)));

  return {
    async put(actor, roomId, type, content) {
      if (managedTypes.has(type)) throw managedByServer(type);
      await valueWrites.put({ userId: actor.userId, roomId, type }, content);
    },
    putInternal: (userId, roomId, type, content) => valueWrites.put({ userId, roomId, type }, content),
    update: (userId, roomId, type, change) => valueWrites.update({ userId, roomId, type }, (text) => change(parseStored(text))),
    async get(userId, roomId, type) {
      // Not what is kept in memory: a person who was erased has no rules left.
      if (isPushRules({ roomId, type })) return JSON.stringify(mergePushRules(userId, parseStored(await values.find(rulesKey(userId)))));
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
      const contentJson = JSON.stringify(mergePushRules(userId, undefined));
      return [{ roomId: undefined, type: PUSH_RULES, contentJson, position: 0 }, ...rows];
    },
    pushRules,
    ignoredUsers: (userId) => ignoredUsers.get(userId),
    pushRule,
    async erasePerson(userId) {
      await valueWrites.removeAll(userId, [filters.removeAll(userId)], () => rules?.drop(userId));
      // What others keep of it in memory: whom this person ignores.
      ignoredUsers.drop(userId);
      onChanged(userId);
    },
    ...createKeepFilters({ storage, keys, clock, lanes, filters, maxFiltersPerUser: limits.filtersPerUser }),
  };
}

function isPushRules({ roomId, type }: { readonly roomId: string | undefined; readonly type: string }): boolean {
  return roomId === undefined && type === PUSH_RULES;
}
