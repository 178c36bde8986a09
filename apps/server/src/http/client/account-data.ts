import { isJsonObject, type JsonObject } from "@wardroom/matrix-core";
import { type Actor, RawJson } from "#kernel";
import { StatusError } from "../errors.ts";
import type { HandlerDeps, Handlers } from "../handler.ts";
import { requireSelf } from "./require-self.ts";

type Names =
  | "setAccountData"
  | "getAccountData"
  | "setAccountDataPerRoom"
  | "getAccountDataPerRoom"
  | "getPushRules"
  | "getPushRulesGlobal";

interface Place {
  readonly userId: string;
  readonly roomId?: string;
  readonly type: string;
}

export function accountDataHandlers({ accountData }: HandlerDeps): Pick<Handlers, Names> {
  const put = async (actor: Actor, { userId, roomId, type }: Place, content: JsonObject) => {
    requireSelf(actor, userId);
    // The specification's own status for what only the server writes.
    if (type === "m.fully_read" || type === "m.push_rules")
      throw new StatusError(405, "M_BAD_JSON", `${type} is not set through this endpoint.`);
    await accountData.put(actor, roomId, type, content);
    return {};
  };
  const get = async (actor: Actor, { userId, roomId, type }: Place) => {
    requireSelf(actor, userId);
    return new RawJson(await accountData.get(userId, roomId, type));
  };
  const rules = async (actor: Actor): Promise<JsonObject> => {
    const { global } = await accountData.pushRules(actor.userId);
    return isJsonObject(global) ? global : {};
  };
  return {
    setAccountData: ({ actor, params, body }) => put(actor, params, body),
    setAccountDataPerRoom: ({ actor, params, body }) => put(actor, params, body),
    getAccountData: ({ actor, params }) => get(actor, params),
    getAccountDataPerRoom: ({ actor, params }) => get(actor, params),
    getPushRules: async ({ actor }) => ({ global: await rules(actor) }),
    getPushRulesGlobal: ({ actor }) => rules(actor),
  };
}
