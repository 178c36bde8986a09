import { isJsonObject, type JsonObject, parseJson } from "@wardroom/matrix-core";
import { createMemo } from "#kernel";
import type { AccountData } from "./contract.ts";
import { deleteRule, putRule, ruleIn, setRuleActions, setRuleEnabled } from "./edit-push-rules.ts";
import { mergePushRules } from "./merge-push-rules.ts";
import type { UpdateValue } from "./put-value.ts";
import type { ValueKey, ValueStore } from "./value-store.ts";

/** About 3 KiB each. */
const MOST_PEOPLE = 10_000;

export interface PushRulesParts {
  readonly pushRules: AccountData["pushRules"];
  readonly pushRule: AccountData["pushRule"];
  /** Called from the commit of a change. */
  drop(userId: string): void;
}

export const rulesKey = (userId: string): ValueKey => ({ userId, roomId: undefined, type: "m.push_rules" });

/** Push rules as served, kept per person until they change, and the changes to them: each one conditional commit. */
export function createPushRules(values: ValueStore, update: UpdateValue): PushRulesParts {
  const known = createMemo(async (userId) => mergePushRules(userId, parseStored(await values.find(rulesKey(userId)))), {
    entries: MOST_PEOPLE,
  });
  const change = (userId: string, edit: (stored: JsonObject | undefined) => JsonObject): Promise<void> =>
    update(rulesKey(userId), (stored) => edit(parseStored(stored)));
  return {
    pushRules: (userId) => known.get(userId),
    pushRule: {
      get: async (userId, name) => ruleIn(await known.get(userId), name),
      put: ({ userId }, name, body, place = {}) => change(userId, putRule(name, body, place)),
      remove: ({ userId }, name) => change(userId, deleteRule(name)),
      setEnabled: ({ userId }, name, enabled) => change(userId, setRuleEnabled(userId, name, enabled)),
      setActions: ({ userId }, name, actions) => change(userId, setRuleActions(userId, name, actions)),
    },
    drop: (userId) => known.drop(userId),
  };
}

export function parseStored(contentJson: string | undefined): JsonObject | undefined {
  const content = contentJson === undefined ? undefined : parseJson(contentJson, { floats: true });
  return isJsonObject(content) ? content : undefined;
}
