import { isJsonObject, type JsonObject, own, ownObject } from "@wardroom/matrix-core";
import { defaultPushRules, MASTER_RULE, type PushRuleKind, pushRuleKinds } from "./default-push-rules.ts";

/**
 * What a client is shown: the user's own rules before the server's, but for the master rule, which is always first.
 * @param stored content of `m.push_rules` as stored: `{ global: { kind: rule[] } }` with the user's own rules, and, for default
 *   rules that were changed, entries of which only `enabled` and `actions` count. Defaults are never copied into the store, so
 *   that a later version of the specification reaches everybody.
 */
export function mergePushRules(userId: string, stored: JsonObject | undefined): JsonObject {
  const defaults = defaultPushRules(userId);
  const merged = pushRuleKinds.map((kind) => [kind, mergeKind(defaults[kind], storedRules(stored, kind))] as const);
  return { global: Object.fromEntries(merged) };
}

function mergeKind(defaults: readonly JsonObject[], stored: readonly JsonObject[]): readonly JsonObject[] {
  const changes = new Map(stored.map((rule) => [own(rule, "rule_id"), rule]));
  const served = defaults.map((rule) => applyChange(rule, changes.get(rule.rule_id)));
  const isMaster = (rule: JsonObject) => rule.rule_id === MASTER_RULE;
  const isOwn = (rule: JsonObject) => {
    const id = own(rule, "rule_id");
    return typeof id === "string" && !id.startsWith(".");
  };
  return [...served.filter(isMaster), ...stored.filter(isOwn), ...served.filter((rule) => !isMaster(rule))];
}

function applyChange(rule: JsonObject, change: JsonObject | undefined): JsonObject {
  const enabled = own(change, "enabled");
  const actions = own(change, "actions");
  return {
    ...rule,
    ...(typeof enabled === "boolean" ? { enabled } : {}),
    ...(Array.isArray(actions) ? { actions } : {}),
  };
}

export function storedRules(stored: JsonObject | undefined, kind: PushRuleKind): readonly JsonObject[] {
  const rules = own(ownObject(stored, "global"), kind);
  return Array.isArray(rules) ? rules.filter(isJsonObject) : [];
}
