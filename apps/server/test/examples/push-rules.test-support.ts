import { ok, type Session } from "@wardroom/testkit";
import type { Examples } from "./scene.test-support.ts";

const cake = "/pushrules/global/content/cake";
const putCake = (me: Session) => me.put(cake, { pattern: "cake", actions: ["notify"] });

export const pushRulesExamples: Examples = {
  setPushRule: ({ me }) => putCake(me),
  async getPushRule({ me }) {
    ok(await putCake(me));
    return me.get(cake);
  },
  async deletePushRule({ me }) {
    ok(await putCake(me));
    return me.request("DELETE", cake);
  },
  isPushRuleEnabled: ({ me }) => me.get("/pushrules/global/override/.m.rule.master/enabled"),
  setPushRuleEnabled: ({ me }) => me.put("/pushrules/global/override/.m.rule.master/enabled", { enabled: false }),
  getPushRuleActions: ({ me }) => me.get("/pushrules/global/underride/.m.rule.message/actions"),
  setPushRuleActions: ({ me }) => me.put("/pushrules/global/underride/.m.rule.message/actions", { actions: ["notify"] }),
};
