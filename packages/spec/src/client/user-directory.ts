import * as v from "valibot";
import { endpoint, json, none } from "../endpoint.ts";
import { longText, name, noParams, noQuery } from "../fields.ts";

export const searchUserDirectory = endpoint({
  method: "POST",
  path: "/_matrix/client/v3/user_directory/search",
  spec: "post_matrixclientv3user_directorysearch",
  module: "directory",
  params: noParams,
  query: noQuery,
  body: json(
    v.object({
      search_term: name,
      limit: v.optional(v.pipe(v.number(), v.safeInteger("is not a whole number"), v.minValue(1, "is less than 1")), 10),
    }),
  ),
  response: v.object({
    results: v.array(v.object({ user_id: v.string(), display_name: v.optional(v.string()), avatar_url: v.optional(v.string()) })),
    limited: v.boolean(),
  }),
  auth: "token",
  policy: { action: "directory.people.search", who: "account", resource: "server" },
  audit: none("an ordinary read"),
  limit: "read",
  heavy: true,
  errors: [],
});

export const getMutualRooms = endpoint({
  method: "GET",
  path: "/_matrix/client/v1/mutual_rooms",
  spec: "get_matrixclientv1mutual_rooms",
  module: "directory",
  params: noParams,
  query: v.object({ user_id: name, from: v.optional(longText) }),
  body: none("reads"),
  response: v.object({ joined: v.array(v.string()), count: v.number(), next_batch: v.optional(v.string()) }),
  auth: "token",
  policy: { action: "directory.rooms.mutual", who: "account", resource: "server" },
  audit: none("reads one's own rooms"),
  limit: "read",
  errors: [],
});
