import type { HandlerDeps, Handlers } from "../handler.ts";

type Names =
  | "getPushRule"
  | "setPushRule"
  | "deletePushRule"
  | "isPushRuleEnabled"
  | "setPushRuleEnabled"
  | "getPushRuleActions"
  | "setPushRuleActions";

export function pushRulesHandlers({ accountData: { pushRule } }: HandlerDeps): Pick<Handlers, Names> {
  return {
    getPushRule: ({ actor, params }) => pushRule.get(actor.userId, params),
    async setPushRule({ actor, params, query: { before, after }, body }) {
      const place = { ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) };
      await pushRule.put(actor, params, body, place);
      return {};
    },
    async deletePushRule({ actor, params }) {
      await pushRule.remove(actor, params);
      return {};
    },
    async isPushRuleEnabled({ actor, params }) {
      return { enabled: (await pushRule.get(actor.userId, params)).enabled !== false };
    },
    async setPushRuleEnabled({ actor, params, body }) {
      await pushRule.setEnabled(actor, params, body.enabled);
      return {};
    },
    async getPushRuleActions({ actor, params }) {
      const { actions } = await pushRule.get(actor.userId, params);
      return { actions: Array.isArray(actions) ? actions : [] };
    },
    async setPushRuleActions({ actor, params, body }) {
      await pushRule.setActions(actor, params, Object.hasOwn(body, "actions") ? body["actions"] : undefined);
      return {};
    },
  };
}
