import { canonicalJson } from "@wardroom/matrix-core";
import { parseFilter, type QueryOf, type Endpoints } from "@wardroom/spec";
import { MatrixError, RawJson } from "#kernel";
import type { SyncRequest } from "#sync";
import type { HandlerDeps, Handlers } from "../handler.ts";
import { requireSelf } from "./require-self.ts";

type Names = "sync" | "defineFilter" | "getFilter";

export function syncHandlers({ sync, accountData }: HandlerDeps): Pick<Handlers, Names> {
  return {
    sync: ({ actor, query, signal, beginHeavyRead }) => sync.sync(actor, toRequest(query), signal, beginHeavyRead),

    async defineFilter({ actor, params, body }) {
      requireSelf(actor, params.userId);
      if (parseFilter(body) === undefined) throw new MatrixError("M_BAD_JSON", "The body is not a filter.");
      // Canonical, so that equal filters are the same text whatever the order of their keys.
      return { filter_id: await accountData.putFilter(actor.userId, canonicalJson(body)) };
    },

    async getFilter({ actor, params }) {
      requireSelf(actor, params.userId);
      return new RawJson(await accountData.getFilter(actor.userId, params.filterId));
    },
  };
}

function toRequest(query: QueryOf<Endpoints["sync"]>): SyncRequest {
  const { filter, since, full_state: fullState, set_presence: setPresence, timeout, use_state_after: stable } = query;
  const unstable = query["org.matrix.msc4222.use_state_after"];
  return {
    ...(filter === undefined ? {} : { filter }),
    ...(since === undefined ? {} : { since }),
    ...(fullState === undefined ? {} : { fullState }),
    ...(setPresence === undefined ? {} : { setPresence }),
    ...(timeout === undefined ? {} : { timeoutMs: timeout }),
    ...(stable === true ? { useStateAfter: "stable" as const } : unstable === true ? { useStateAfter: "unstable" as const } : {}),
  };
}
