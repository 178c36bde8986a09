import { isJsonObject, type JsonObject, type JsonValue } from "@wardroom/matrix-core";
import { MatrixError } from "#kernel";
import type { PushRuleName, PushRulePlace } from "./contract.ts";
import { type PushRuleKind, pushRuleKinds } from "./default-push-rules.ts";
import { tooMany } from "./errors.ts";
import { mergePushRules, storedRules } from "./merge-push-rules.ts";
import { checkOwnRuleId, readActions, readRuleBody } from "./push-rule-shape.ts";

/** From the content of `m.push_rules` as stored to what is stored next. Pure; each throws what the person is answered. */
type Edit = (stored: JsonObject | undefined) => JsonObject;

const MOST_RULES = 500;
/** In all rules together, as the next: how much work one person's rules can make of one event. */
const MOST_CONDITIONS = 500;
/** Of patterns that are looked for, not only compared: those with wildcards and those for the body. */
const MOST_PATTERN_CHARACTERS = 4096;

const noSuchRule = (): MatrixError => new MatrixError("M_NOT_FOUND", "The push rule was not found.");
const isDefault = (ruleId: JsonValue | undefined): boolean => typeof ruleId === "string" && ruleId.startsWith(".");

/** @throws MatrixError M_NOT_FOUND */
function findRule(userId: string, stored: JsonObject | undefined, { kind, ruleId }: PushRuleName): JsonObject {
  return ruleIn(mergePushRules(userId, stored), { kind, ruleId });
}

/** @param served what `mergePushRules` gave. @throws MatrixError M_NOT_FOUND */
export function ruleIn(served: JsonObject, { kind, ruleId }: PushRuleName): JsonObject {
  const rule = storedRules(served, kind).find((candidate) => candidate.rule_id === ruleId);
  if (rule === undefined) throw noSuchRule();
  return rule;
}

/** Adds a rule, or changes the one of this name, which then stays where it is unless a place is asked for. */
export function putRule({ kind, ruleId }: PushRuleName, body: JsonObject, place: PushRulePlace): Edit {
  checkOwnRuleId(ruleId);
  const parts = readRuleBody(kind, body);
  return (stored) => {
    const { own, changes } = splitKind(stored, kind);
    const index = own.findIndex((rule) => rule.rule_id === ruleId);
    const rule: JsonObject = { rule_id: ruleId, default: false, enabled: own[index]?.enabled !== false, ...parts };
    const others = own.filter((candidate) => candidate.rule_id !== ruleId);
    const at = placeOf(others, place) ?? Math.max(index, 0);
    return bounded(withKind(stored, kind, [...others.slice(0, at), rule, ...others.slice(at), ...changes]));
  };
}

export function deleteRule({ kind, ruleId }: PushRuleName): Edit {
  if (isDefault(ruleId)) throw new MatrixError("M_INVALID_PARAM", "The server's own rules cannot be deleted; they can be disabled.");
  return (stored) => {
    const rules = storedRules(stored, kind);
    const rest = rules.filter((rule) => rule.rule_id !== ruleId);
    if (rest.length === rules.length) throw noSuchRule();
    return withKind(stored, kind, rest);
  };
}

export const setRuleEnabled = (userId: string, name: PushRuleName, enabled: boolean): Edit => changeRule(userId, name, { enabled });

export function setRuleActions(userId: string, name: PushRuleName, actions: JsonValue | undefined): Edit {
  return changeRule(userId, name, { actions: readActions(actions) });
}

/** Of the server's rules only the change is stored, so that a later version of the specification reaches everybody. */
function changeRule(userId: string, { kind, ruleId }: PushRuleName, change: JsonObject): Edit {
  return (stored) => {
    findRule(userId, stored, { kind, ruleId });
    const rules = storedRules(stored, kind);
    const isStored = rules.some((rule) => rule.rule_id === ruleId);
    const changed = rules.map((rule) => (rule.rule_id === ruleId ? { ...rule, ...change } : rule));
    return bounded(withKind(stored, kind, isStored ? changed : [...rules, { rule_id: ruleId, ...change }]));
  };
}

/** `before` wins where both are given (setPushRule). @throws MatrixError M_UNKNOWN with 400, as the specification has it */
function placeOf(others: readonly JsonObject[], { before, after }: PushRulePlace): number | undefined {
  const named = before ?? after;
  if (named === undefined) return undefined;
  const index = others.findIndex((rule) => rule.rule_id === named);
  if (index < 0) throw new MatrixError("M_UNKNOWN", "before/after: there is no such rule of yours.", { status: 400 });
  return before === undefined ? index + 1 : index;
}

function splitKind(stored: JsonObject | undefined, kind: PushRuleKind) {
  const rules = storedRules(stored, kind);
  return { own: rules.filter((rule) => !isDefault(rule.rule_id)), changes: rules.filter((rule) => isDefault(rule.rule_id)) };
}

function withKind(stored: JsonObject | undefined, kind: PushRuleKind, rules: readonly JsonObject[]): JsonObject {
  const entries = pushRuleKinds.map((name) => [name, name === kind ? rules : storedRules(stored, name)] as const);
  return { global: Object.fromEntries(entries.filter(([, list]) => list.length > 0)) };
}

function bounded(stored: JsonObject): JsonObject {
  const rules = pushRuleKinds.flatMap((kind) => storedRules(stored, kind));
  if (rules.length > MOST_RULES) throw tooMany("push rules", MOST_RULES);
  const conditions = rules.flatMap(conditionsOf);
  if (conditions.length > MOST_CONDITIONS) throw tooMany("conditions of push rules", MOST_CONDITIONS);
  const characters = conditions.reduce((sum, condition) => sum + searchedIn(condition), 0);
  if (characters > MOST_PATTERN_CHARACTERS) throw tooMany("characters in patterns of push rules", MOST_PATTERN_CHARACTERS);
  return stored;
}

/** A content rule is a condition on the body. */
function conditionsOf({ conditions, pattern }: JsonObject): readonly JsonObject[] {
  const listed = Array.isArray(conditions) ? conditions.filter(isJsonObject) : [];
  return pattern === undefined ? listed : [...listed, { key: "content.body", pattern }];
}

function searchedIn({ key, pattern }: JsonObject): number {
  return typeof pattern === "string" && (key === "content.body" || /[*?]/.test(pattern)) ? pattern.length : 0;
}
