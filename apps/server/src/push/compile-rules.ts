import { isJsonObject, type JsonObject, type JsonValue } from "@wardroom/matrix-core";
import { type PushRuleKind, pushRuleKinds } from "#account-data";
import { bodyMatch, compileCondition, type Condition, type JudgedRoom } from "./conditions.ts";
import type { JudgedEvent } from "./event-property.ts";
import type { Steps } from "./glob.ts";

/** What the matching rule says to do. */
export interface Outcome {
  readonly notify: boolean;
  readonly highlight: boolean;
  readonly sound: string | undefined;
  /** As served to clients. */
  readonly actions: readonly JsonValue[];
}

/** One person's rules made ready. Pure: the same event and facts give the same outcome. */
export interface CompiledRules {
  /** Of the first rule that matches; undefined if none does. Not to be asked about the person's own events. */
  judge(event: JudgedEvent, room: JudgedRoom): Outcome | undefined;
}

type Judge = (event: JudgedEvent, room: JudgedRoom, steps: Steps) => Outcome | undefined;

/**
 * @NOTSPEC When they are used up, what still has to be searched for does not match. A few hundred keywords in a message as long as
 * people write take a tenth; rules made to be slow are answered in about a millisecond.
 */
const MOST_STEPS = 100_000;

/** @param rules `{ global: … }` as served: kinds and rules in the order of their weight */
export function compileRules(userId: string, rules: JsonObject): CompiledRules {
  const global = isJsonObject(rules["global"]) ? rules["global"] : {};
  const judges = pushRuleKinds.map((kind) => compileKind(kind, userId, enabledRules(global, kind)));
  // Ahead even of the person's own rules, which `mergePushRules` has seen to: it is the first override rule.
  return {
    judge(event, room) {
      const steps = { left: MOST_STEPS };
      for (const judge of judges) {
        const outcome = judge(event, room, steps);
        if (outcome !== undefined) return outcome;
      }
      return undefined;
    },
  };
}

function compileKind(kind: PushRuleKind, userId: string, rules: readonly JsonObject[]): Judge {
  if (kind === "room" || kind === "sender") return byName(kind, rules);
  const compiled = rules.map((rule) => ({ conditions: conditionsOf(kind, rule, userId), outcome: outcomeOf(rule) }));
  return (event, room, steps) => compiled.find(({ conditions }) => conditions.every((holds) => holds(event, room, steps)))?.outcome;
}

/** The name of such a rule is the room or the sender that it is for: five hundred muted rooms cost no more than one. */
function byName(kind: "room" | "sender", rules: readonly JsonObject[]): Judge {
  const outcomes = new Map(rules.map((rule) => [rule["rule_id"], outcomeOf(rule)]));
  return kind === "room" ? (_, { roomId }) => outcomes.get(roomId) : ({ sender }) => outcomes.get(sender);
}

function conditionsOf(kind: PushRuleKind, rule: JsonObject, userId: string): readonly Condition[] {
  if (kind === "content") {
    const pattern = rule["pattern"];
    return [typeof pattern === "string" ? bodyMatch(pattern) : () => false];
  }
  const conditions = rule["conditions"];
  return Array.isArray(conditions) ? conditions.map((condition) => compileCondition(condition, userId)) : [];
}

function enabledRules(global: JsonObject, kind: PushRuleKind): readonly JsonObject[] {
  const rules = global[kind];
  return Array.isArray(rules) ? rules.filter(isJsonObject).filter(({ enabled }) => enabled !== false) : [];
}

function outcomeOf({ actions }: JsonObject): Outcome {
  const list: readonly JsonValue[] = Array.isArray(actions) ? actions : [];
  const tweak = (name: string) => list.find((action): action is JsonObject => isJsonObject(action) && action["set_tweak"] === name);
  const [highlight, sound] = [tweak("highlight"), tweak("sound")?.["value"]];
  return {
    notify: list.includes("notify"),
    // Without a value it is true ("Actions").
    highlight: highlight !== undefined && highlight["value"] !== false,
    sound: typeof sound === "string" ? sound : undefined,
    actions: list,
  };
}
