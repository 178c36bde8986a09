import type { JsonObject } from "@wardroom/matrix-core";
import type { AccountData } from "#account-data";
import { type CompiledRules, compileRules } from "./compile-rules.ts";

interface Made {
  readonly ignored: ReadonlySet<string>;
  readonly rules: CompiledRules;
}

/** Each person's rules, compiled once per version: as long as account data keeps a version, so is what was made of it. */
export function createRulesOf({
  pushRules,
  ignoredUsers,
}: Pick<AccountData, "pushRules" | "ignoredUsers">): (userId: string) => Promise<CompiledRules> {
  const compiled = new WeakMap<JsonObject, Made>();
  return async (userId) => {
    const [stored, ignored] = [await pushRules(userId), await ignoredUsers(userId)];
    const known = compiled.get(stored);
    if (known?.ignored === ignored) return known.rules;
    const rules = withoutIgnored(compileRules(userId, stored), ignored);
    compiled.set(stored, { ignored, rules });
    return rules;
  };
}

/** What an ignored person does is nothing to be told of, and nothing unread: it is not even shown ("Ignoring Users"). */
function withoutIgnored(rules: CompiledRules, ignored: ReadonlySet<string>): CompiledRules {
  if (ignored.size === 0) return rules;
  return { judge: (event, room) => (ignored.has(event.sender) ? undefined : rules.judge(event, room)) };
}
