import { isJsonObject, type JsonObject, type JsonValue, own } from "@wardroom/matrix-core";
import { MatrixError } from "#kernel";
import type { PushRuleKind } from "./default-push-rules.ts";

const MOST_ACTIONS = 20;
const MOST_CONDITIONS = 20;
/** Patterns, keys, values and the like. */
const MOST_CHARACTERS = 512;
/** Of the JSON of one rule. */
const MOST_BYTES = 4096;

const wrong = (message: string): MatrixError => new MatrixError("M_INVALID_PARAM", message);

/** Own rules have neither the server's leading dot nor what would end a path. @throws MatrixError M_INVALID_PARAM */
export function checkOwnRuleId(ruleId: string): void {
  if (ruleId.startsWith(".")) throw wrong("ruleId: a leading dot is for the server's own rules.");
  if (/[/\\]/.test(ruleId)) throw wrong("ruleId: slashes and backslashes are not allowed.");
}

/**
 * What is stored of a rule besides its name and whether it is enabled: only what its kind has.
 * @throws MatrixError M_INVALID_PARAM, M_MISSING_PARAM, M_TOO_LARGE
 */
export function readRuleBody(kind: PushRuleKind, body: JsonObject): JsonObject {
  const rule: JsonObject = { ...readOwnParts(kind, body), actions: readActions(own(body, "actions")) };
  if (Buffer.byteLength(JSON.stringify(rule)) > MOST_BYTES)
    throw new MatrixError("M_TOO_LARGE", `A push rule has at most ${MOST_BYTES} bytes.`);
  return rule;
}

function readOwnParts(kind: PushRuleKind, body: JsonObject): JsonObject {
  if (kind === "override" || kind === "underride") return { conditions: readConditions(own(body, "conditions")) };
  if (kind !== "content") return {};
  const pattern = own(body, "pattern");
  if (pattern === undefined) throw new MatrixError("M_MISSING_PARAM", "pattern: a content rule has one.");
  return { pattern: readText("pattern", pattern) };
}

/** @throws MatrixError M_INVALID_PARAM, M_MISSING_PARAM */
export function readActions(value: JsonValue | undefined): readonly JsonValue[] {
  if (value === undefined) throw new MatrixError("M_MISSING_PARAM", "actions is missing.");
  if (!Array.isArray(value) || value.length > MOST_ACTIONS) throw wrong(`actions: expected a list of at most ${MOST_ACTIONS}.`);
  return value.flatMap(readAction);
}

function readAction(action: JsonValue): readonly JsonValue[] {
  if (action === "notify") return [action];
  // Historical ones mean nothing and are taken out ("Historical Actions").
  if (action === "dont_notify" || action === "coalesce") return [];
  const tweak = isJsonObject(action) ? own(action, "set_tweak") : undefined;
  if (tweak === undefined || !isJsonObject(action)) throw wrong("actions: expected notify or set_tweak.");
  readText("set_tweak", tweak);
  if (JSON.stringify(action).length > MOST_CHARACTERS) throw wrong(`set_tweak: more than ${MOST_CHARACTERS} characters.`);
  return [action];
}

function readConditions(value: JsonValue | undefined): readonly JsonObject[] {
  if (value === undefined) return [];
  if (!Array.isArray(value) || value.length > MOST_CONDITIONS) throw wrong(`conditions: expected a list of at most ${MOST_CONDITIONS}.`);
  return value.map(readCondition);
}

/** A kind that is not known is kept as it is: it never matches, and a newer server may know it. */
function readCondition(condition: JsonValue): JsonObject {
  if (!isJsonObject(condition)) throw wrong("conditions: expected objects.");
  const kind = readText("kind", own(condition, "kind"));
  const check = checks.get(kind);
  check?.(condition);
  return condition;
}

const hasKey = (condition: JsonObject): void => void readText("key", own(condition, "key"));
const hasValue = (condition: JsonObject): void => {
  hasKey(condition);
  const value = own(condition, "value");
  const isPlain = value === null || typeof value === "boolean" || Number.isSafeInteger(value);
  if (!isPlain) readText("value", value);
};

const checks: ReadonlyMap<string, (condition: JsonObject) => void> = new Map([
  [
    "event_match",
    (condition: JsonObject) => {
      hasKey(condition);
      readText("pattern", own(condition, "pattern"));
    },
  ],
  ["event_property_is", hasValue],
  ["event_property_contains", hasValue],
  [
    "room_member_count",
    (condition: JsonObject) => {
      if (!/^(?:==|<|>|>=|<=)?\d{1,15}$/.test(readText("is", own(condition, "is")))) throw wrong("is: expected a count such as 2 or >=10.");
    },
  ],
  ["sender_notification_permission", hasKey],
]);

function readText(name: string, value: JsonValue | undefined): string {
  if (typeof value !== "string" || value.length > MOST_CHARACTERS || value.includes("\u0000"))
    throw wrong(`${name}: expected text of at most ${MOST_CHARACTERS} characters.`);
  return value;
}
