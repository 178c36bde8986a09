import * as v from "valibot";
import { endpoint, none } from "../endpoint.ts";
import { jsonObject, noParams, noQuery, userId } from "../fields.ts";

const reads = {
  method: "GET",
  query: noQuery,
  body: none("reads"),
  auth: "token",
  limit: "read",
} as const;

/** Asked for at every start of Element and Cinny. */
export const getTurnServer = endpoint({
  ...reads,
  path: "/_matrix/client/v3/voip/turnServer",
  spec: "get_matrixclientv3voipturnserver",
  module: "http",
  params: noParams,
  response: v.object({
    username: v.optional(v.string()),
    password: v.optional(v.string()),
    uris: v.optional(v.array(v.string())),
    ttl: v.optional(v.number()),
  }),
  policy: { action: "voip.turn.read", who: "account", resource: "server" },
  audit: none("credentials for a relay, gone in a day; who calls whom is not known here"),
  errors: [],
});

export const getProtocols = endpoint({
  ...reads,
  path: "/_matrix/client/v3/thirdparty/protocols",
  spec: "get_matrixclientv3thirdpartyprotocols",
  module: "http",
  params: noParams,
  response: jsonObject,
  policy: { action: "third-party.read", who: "account", resource: "server" },
  audit: none("constant answer"),
  errors: [],
});

export const getAccount3PIDs = endpoint({
  ...reads,
  path: "/_matrix/client/v3/account/3pid",
  spec: "get_matrixclientv3account3pid",
  module: "http",
  params: noParams,
  response: v.object({ threepids: v.array(jsonObject) }),
  policy: { action: "account.addresses.read", who: "account", resource: "server" },
  audit: none("constant answer"),
  errors: [],
});

export const getWhoIs = endpoint({
  ...reads,
  path: "/_matrix/client/v3/admin/whois/{userId}",
  spec: "get_matrixclientv3adminwhoisuserid",
  module: "identity",
  params: v.object({ userId }),
  response: v.object({ user_id: v.string(), devices: jsonObject }),
  policy: { action: "account.whois.read", who: "account", resource: "userId" },
  audit: "account.looked-up",
  errors: ["M_FORBIDDEN", "M_NOT_FOUND"],
});
