import type { JsonObject } from "@wardroom/matrix-core";
import type { AccountData } from "#account-data";
import { type CompiledRules, compileRules } from "./compile-rules.ts";

/** Each person's rules, compiled once per version: as long as account data keeps a version, so is what was made of it. */
export function createRulesOf({ pushRules }: Pick<AccountData, "pushRules">): (userId: string) => Promise<CompiledRules> {
  const compiled = new WeakMap<JsonObject, CompiledRules>();
  return async (userId) => {
    const rules = await pushRules(userId);
    const known = compiled.get(rules);
    if (known !== undefined) return known;
    const made = compileRules(userId, rules);
    compiled.set(rules, made);
    return made;
  };
}
