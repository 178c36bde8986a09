import * as v from "valibot";
import { endpoint, json, none } from "../endpoint.ts";
import { empty, noQuery, userId } from "../fields.ts";

const state = v.picklist(["online", "offline", "unavailable"]);
// Kept in memory for everybody who is there.
const statusMessage = v.pipe(v.string(), v.maxLength(512, "is longer than 512 characters"));

export const setPresence = endpoint({
  method: "PUT",
  path: "/_matrix/client/v3/presence/{userId}/status",
  spec: "put_matrixclientv3presenceuseridstatus",
  module: "presence",
  params: v.object({ userId }),
  query: noQuery,
  body: json(v.object({ presence: state, status_msg: v.optional(v.nullable(statusMessage)) })),
  response: empty,
  auth: "token",
  policy: { action: "presence.write", who: "account", resource: "userId" },
  audit: none("never stored, and seen by people who share a room for as long as it is so"),
  limit: "ephemeral",
  errors: ["M_FORBIDDEN"],
});

export const getPresence = endpoint({
  method: "GET",
  path: "/_matrix/client/v3/presence/{userId}/status",
  spec: "get_matrixclientv3presenceuseridstatus",
  module: "presence",
  params: v.object({ userId }),
  query: noQuery,
  body: none("reads"),
  response: v.object({
    presence: state,
    status_msg: v.optional(v.string()),
    last_active_ago: v.optional(v.number()),
    currently_active: v.optional(v.boolean()),
  }),
  auth: "token",
  policy: { action: "presence.read", who: "account", resource: "userId" },
  audit: none("an ordinary read of people who share a room with the caller"),
  limit: "read",
  errors: ["M_FORBIDDEN"],
});
