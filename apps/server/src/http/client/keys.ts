import type { JsonObject } from "@wardroom/matrix-core";
import type { BodyOf, Endpoints } from "@wardroom/spec";
import type { HandlerDeps, Handlers } from "../handler.ts";
import { requirePassword } from "./require-password.ts";

type Names = "uploadKeys" | "queryKeys" | "claimKeys" | "uploadCrossSigningKeys" | "uploadCrossSigningSignatures";

export function keysHandlers(deps: HandlerDeps): Pick<Handlers, Names> {
  const { e2ee } = deps;
  return {
    async uploadKeys({ actor, body }) {
      const { device_keys: deviceKeys, one_time_keys: oneTimeKeys, fallback_keys: fallbackKeys } = body;
      const counts = await e2ee.uploadKeys(actor, {
        ...(deviceKeys === undefined ? {} : { deviceKeys }),
        ...(oneTimeKeys === undefined ? {} : { oneTimeKeys }),
        ...(fallbackKeys === undefined ? {} : { fallbackKeys }),
      });
      return { one_time_key_counts: counts };
    },

    queryKeys: ({ actor, body }) => e2ee.queryKeys(actor, body.device_keys),

    claimKeys: ({ actor, body }) => e2ee.claimKeys(actor, body.one_time_keys),

    async uploadCrossSigningKeys({ actor, body }) {
      const keys = crossSigningKeysOf(body);
      const judged = await e2ee.judgeCrossSigningKeys(actor, keys);
      // New keys over old ones make every device of the person a stranger to others, or a stranger's device one of theirs.
      if (judged === "replacement") await requirePassword(deps, actor, "uploadCrossSigningKeys", body);
      await e2ee.uploadCrossSigningKeys(actor, keys, judged);
      return {};
    },

    uploadCrossSigningSignatures: async ({ actor, body }) => ({ failures: await e2ee.uploadSignatures(actor, body) }),
  };
}

/** What was sent beside the proof of identity. */
function crossSigningKeysOf(body: BodyOf<Endpoints["uploadCrossSigningKeys"]>): JsonObject {
  const { master_key, self_signing_key, user_signing_key } = body;
  return {
    ...(master_key === undefined ? {} : { master_key }),
    ...(self_signing_key === undefined ? {} : { self_signing_key }),
    ...(user_signing_key === undefined ? {} : { user_signing_key }),
  };
}
