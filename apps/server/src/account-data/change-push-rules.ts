import { isJsonObject, type JsonObject, parseJson } from "@wardroom/matrix-core";
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
  // Promises, so that a reading that began before a change is not what is kept after it.
  const known = new Map<string, Promise<JsonObject>>();
  const load = async (userId: string) => mergePushRules(userId, parseStored(await values.find(rulesKey(userId))));
  const pushRules = (userId: string): Promise<JsonObject> => {
    const kept = known.get(userId);
    if (kept !== undefined) return kept;
    const loading = load(userId);
    const [oldest] = known.keys();
    if (known.size >= MOST_PEOPLE && oldest !== undefined) known.delete(oldest);
    known.set(userId, loading);
    loading.catch(() => known.delete(userId));
    return loading;
  };
  const change = (userId: string, edit: (stored: JsonObject | undefined) => JsonObject): Promise<void> =>
    update(rulesKey(userId), (stored) => edit(parseStored(stored)));
  return {
    pushRules,
    pushRule: {
      get: async (userId, name) => ruleIn(await pushRules(userId), name),
      put: ({ userId }, name, body, place = {}) => change(userId, putRule(name, body, place)),
      remove: ({ userId }, name) => change(userId, deleteRule(name)),
      setEnabled: ({ userId }, name, enabled) => change(userId, setRuleEnabled(userId, name, enabled)),
      setActions: ({ userId }, name, actions) => change(userId, setRuleActions(userId, name, actions)),
    },
    drop: (userId) => void known.delete(userId),
  };
}

export function parseStored(contentJson: string | undefined): JsonObject | undefined {
  const content = contentJson === undefined ? undefined : parseJson(contentJson, { floats: true });
  return isJsonObject(content) ? content : undefined;
}
