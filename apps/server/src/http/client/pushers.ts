import type { BodyOf, Endpoints } from "@wardroom/spec";
import { MatrixError, RawJson } from "#kernel";
import type { PusherInput } from "#push";
import type { HandlerDeps, Handlers } from "../handler.ts";

type Names = "getPushers" | "postPusher" | "getNotifications";

const DEFAULT_NOTIFICATIONS = 20;

export function pushersHandlers({ push }: HandlerDeps): Pick<Handlers, Names> {
  return {
    getPushers: async ({ actor }) => ({ pushers: [...(await push.listPushers(actor))] }),
    async postPusher({ actor, body }) {
      if (body.kind === null) await push.removePusher(actor, body);
      else await push.setPusher(actor, readPusher(body));
      return {};
    },
    async getNotifications({ actor, query }) {
      const { notifications, next } = await push.listNotifications(actor, {
        ...(query.from === undefined ? {} : { from: query.from }),
        limit: query.limit ?? DEFAULT_NOTIFICATIONS,
        onlyHighlights: query.only === "highlight",
      });
      const token = next === undefined ? "" : `,"next_token":${JSON.stringify(next)}`;
      return new RawJson(`{"notifications":[${notifications.join(",")}]${token}}`);
    },
  };
}

/** @throws MatrixError M_MISSING_PARAM for what only a deletion may leave out */
function readPusher(body: BodyOf<Endpoints["postPusher"]>): PusherInput {
  const { app_display_name, device_display_name, lang, data, profile_tag } = body;
  if (app_display_name === undefined || device_display_name === undefined || lang === undefined || data === undefined) {
    const missing = Object.entries({ app_display_name, device_display_name, lang, data }).filter(([, value]) => value === undefined);
    throw new MatrixError("M_MISSING_PARAM", `Missing: ${missing.map(([name]) => name).join(", ")}.`);
  }
  return {
    app_id: body.app_id,
    pushkey: body.pushkey,
    app_display_name,
    device_display_name,
    lang,
    data,
    append: body.append,
    ...(profile_tag === undefined ? {} : { profile_tag }),
  };
}
