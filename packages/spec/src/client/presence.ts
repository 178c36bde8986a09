import * as v from "valibot";
import { endpoint, json, none } from "../endpoint.ts";
import { empty, longText, noQuery, userId } from "../fields.ts";

export const setPresence = endpoint({
  method: "PUT",
  path: "/_matrix/client/v3/presence/{userId}/status",
  spec: "put_matrixclientv3presenceuseridstatus",
  module: "http",
  params: v.object({ userId }),
  query: noQuery,
  body: json(v.object({ presence: v.picklist(["online", "offline", "unavailable"]), status_msg: v.optional(v.nullable(longText)) })),
  response: empty,
  auth: "token",
  policy: { action: "presence.write", who: "account", resource: "userId" },
  audit: none("accepted and not kept: presence is off"),
  limit: "ephemeral",
  errors: ["M_FORBIDDEN"],
});

export const getPresence = endpoint({
  method: "GET",
  path: "/_matrix/client/v3/presence/{userId}/status",
  spec: "get_matrixclientv3presenceuseridstatus",
  module: "http",
  params: v.object({ userId }),
  query: noQuery,
  body: none("reads"),
  response: v.object({ presence: v.literal("offline") }),
  auth: "token",
  policy: { action: "presence.read", who: "account", resource: "userId" },
  audit: none("the same answer for everybody: presence is off"),
  limit: "read",
  errors: [],
});
