import { hash } from "node:crypto";
import type { Decision, Policy, Subject } from "./contract.ts";

/** Who may do an action: anybody, any signed-in account, or administrators only. */
export interface PolicyAction {
  readonly action: string;
  readonly who: "anyone" | "account" | "admin";
}

/**
 * A plain table for now; the rules become text in a later issue, behind the same door.
 * @throws TypeError when two declarations of one action disagree: the narrower one must not be lost silently.
 */
export function createPolicy(actions: readonly PolicyAction[]): Policy {
  // A Map, so that an action named `constructor` finds nothing.
  const table = new Map<string, PolicyAction["who"]>();
  for (const { action, who } of actions) {
    const before = table.get(action);
    if (before !== undefined && before !== who) throw new TypeError(`policy action ${action} is declared for ${before} and for ${who}`);
    table.set(action, who);
  }
  const rules = [...table].sort(([one], [other]) => (one < other ? -1 : 1)).map((rule) => rule.join(" "));
  const setId = hash("sha256", rules.join("\n"), "hex").slice(0, 16);
  return { setId, decide: (actor, action) => decide(table.get(action), actor) };
}

const allowed: Decision = { allowed: true };
const denied = (rule: string): Decision => ({ allowed: false, rule });

function decide(who: PolicyAction["who"] | undefined, actor: Subject | undefined): Decision {
  if (who === undefined) return denied("default-deny");
  if (who === "anyone") return allowed;
  if (actor === undefined) return denied("signed-in-accounts-only");
  if (actor.state === "deactivated") return denied("deactivated-accounts-do-nothing");
  if (actor.state === "locked") return denied("locked-accounts-do-nothing");
  if (who === "account") return allowed;
  // Written as the last test, not as the fallback: a kind of action this table does not know is denied.
  return who === "admin" && actor.isAdmin ? allowed : denied("administrators-only");
}
