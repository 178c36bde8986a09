import * as v from "valibot";
import { endpoint, json, none, raw } from "../endpoint.ts";
import { roomEventFilterSchema } from "../event-filter.ts";
import { noParams, token } from "../fields.ts";

const count = v.pipe(v.number(), v.safeInteger("is not a whole number"), v.minValue(0, "is less than 0"));
const searchTerm = v.pipe(v.string(), v.maxLength(512, "is longer than 512 characters"));
const group = v.object({ key: v.picklist(["room_id", "sender"]) });

const roomEvents = v.object({
  search_term: searchTerm,
  keys: v.optional(v.pipe(v.array(v.picklist(["content.body", "content.name", "content.topic"])), v.maxLength(10))),
  filter: v.optional(roomEventFilterSchema),
  order_by: v.optional(v.picklist(["recent", "rank"])),
  event_context: v.optional(
    v.object({ before_limit: v.optional(count), after_limit: v.optional(count), include_profile: v.optional(v.boolean()) }),
  ),
  include_state: v.optional(v.boolean()),
  groupings: v.optional(v.object({ group_by: v.optional(v.pipe(v.array(group), v.maxLength(10))) })),
});

export const search = endpoint({
  method: "POST",
  path: "/_matrix/client/v3/search",
  spec: "post_matrixclientv3search",
  module: "rooms",
  params: noParams,
  query: v.object({ next_batch: v.optional(token) }),
  body: json(v.object({ search_categories: v.object({ room_events: v.optional(roomEvents) }) })),
  response: raw("search_categories"),
  auth: "token",
  policy: { action: "room.search", who: "account", resource: "server" },
  audit: none("reads what the caller may read anyway"),
  limit: "read",
  heavy: true,
  errors: [],
});
