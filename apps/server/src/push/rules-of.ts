import type { JsonObject } from "@wardroom/matrix-core";
import type { AccountData } from "#account-data";
import { type CompiledRules, compileRules } from "./compile-rules.ts";

interface Compiled {
  readonly ignored: ReadonlySet<string>;
  readonly rules: CompiledRules;
}

/** Each person's rules, compiled once per version: as long as account data keeps a version, so is what was made of it. */
export function createRulesOf({ pushRules, ignoredUsers }: Pick<AccountData, "pushRules" | "ignoredUsers">) {
  const compiled = new WeakMap<JsonObject, Compiled>();
  return async (userId: string): Promise<CompiledRules> => {
    const [served, ignored] = [await pushRules(userId), await ignoredUsers(userId)];
    const known = compiled.get(served);
    if (known?.ignored === ignored) return known.rules;
    const rules = leavingOut(ignored, compileRules(userId, served));
    compiled.set(served, { ignored, rules });
    return rules;
  };
}

/** What sync leaves out ("Ignoring Users": words and invitations, no other state) must neither count, for ever unread, nor ring. */
function leavingOut(ignored: ReadonlySet<string>, rules: CompiledRules): CompiledRules {
  if (ignored.size === 0) return rules;
  return {
    judge: (event, room) =>
      ignored.has(event.sender) && (event.stateKey === undefined || event.type === "m.room.member") ? undefined : rules.judge(event, room),
  };
}
