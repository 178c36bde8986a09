import * as v from "valibot";
import { endpoint, json, none, raw } from "../endpoint.ts";
import { jsonObject, name, noQuery, queryBoolean, queryCount, token, userId } from "../fields.ts";

// A filter in the query is as long as its JSON; the request line itself is bounded by the server.
const filterText = v.pipe(v.string(), v.maxLength(16_384, "is longer than 16384 characters"));

export const sync = endpoint({
  method: "GET",
  path: "/_matrix/client/v3/sync",
  spec: "get_matrixclientv3sync",
  module: "sync",
  params: v.object({}),
  query: v.object({
    filter: v.optional(filterText),
    since: v.optional(token),
    full_state: v.optional(queryBoolean),
    set_presence: v.optional(v.picklist(["offline", "online", "unavailable"])),
    timeout: v.optional(queryCount),
    use_state_after: v.optional(queryBoolean),
    "org.matrix.msc4222.use_state_after": v.optional(queryBoolean),
  }),
  body: none("reads"),
  response: raw("the sync answer"),
  auth: "token",
  policy: { action: "sync.read", who: "account", resource: "server" },
  audit: none("an ordinary read; history visibility is checked in rooms"),
  limit: "sync",
  errors: [],
  waits: true,
});

export const defineFilter = endpoint({
  method: "POST",
  path: "/_matrix/client/v3/user/{userId}/filter",
  spec: "post_matrixclientv3useruseridfilter",
  module: "account-data",
  params: v.object({ userId }),
  query: noQuery,
  // Kept as it was sent; the shape is checked by `parseFilter`.
  body: { ...json(jsonObject), numbers: "integers" },
  response: v.object({ filter_id: v.string() }),
  auth: "token",
  policy: { action: "filter.create", who: "account", resource: "userId" },
  audit: none("concerns the caller alone"),
  limit: "write",
  errors: ["M_FORBIDDEN", "M_USER_DEACTIVATED"],
});

export const getFilter = endpoint({
  method: "GET",
  path: "/_matrix/client/v3/user/{userId}/filter/{filterId}",
  spec: "get_matrixclientv3useruseridfilterfilterid",
  module: "account-data",
  params: v.object({ userId, filterId: name }),
  query: noQuery,
  body: none("reads"),
  response: raw("Filter"),
  auth: "token",
  policy: { action: "filter.read", who: "account", resource: "userId" },
  audit: none("reads one's own"),
  limit: "read",
  errors: ["M_FORBIDDEN", "M_NOT_FOUND"],
});
