import * as v from "valibot";
import { endpoint, json, none } from "../endpoint.ts";
import { empty, longText, name, noParams, noQuery, queryBoolean, queryCount, queryInteger, roomId, roomIdOrAlias } from "../fields.ts";

// @NOTSPEC the specification lets strangers read the room directory and its visibility. Here, as with profiles and aliases, what
// rooms the house has is told to those who have an account.
const unrecorded = none("an ordinary read");
const visibility = v.picklist(["public", "private"]);
/** Longer than others: it holds a room id. */
const pageToken = longText;
const wholeNumber = v.pipe(v.number(), v.safeInteger("is not a whole number"), v.minValue(0, "is less than 0"));

const told = v.object({
  room_id: v.string(),
  num_joined_members: v.number(),
  world_readable: v.boolean(),
  guest_can_join: v.boolean(),
  name: v.optional(v.string()),
  topic: v.optional(v.string()),
  avatar_url: v.optional(v.string()),
  canonical_alias: v.optional(v.string()),
  join_rule: v.optional(v.string()),
  room_type: v.optional(v.string()),
});
const summary = v.object({
  ...told.entries,
  room_version: v.optional(v.string()),
  encryption: v.optional(v.string()),
  allowed_room_ids: v.optional(v.array(v.string())),
});

const listed = {
  path: "/_matrix/client/v3/directory/list/room/{roomId}",
  module: "rooms",
  params: v.object({ roomId }),
  query: noQuery,
} as const;

export const getRoomVisibilityOnDirectory = endpoint({
  ...listed,
  method: "GET",
  spec: "get_matrixclientv3directorylistroomroomid",
  body: none("reads"),
  response: v.object({ visibility }),
  auth: "token",
  policy: { action: "room.directory.read", who: "account", resource: "roomId" },
  audit: unrecorded,
  limit: "read",
  errors: ["M_NOT_FOUND"],
});

export const setRoomVisibilityOnDirectory = endpoint({
  ...listed,
  method: "PUT",
  spec: "put_matrixclientv3directorylistroomroomid",
  body: json(v.object({ visibility: v.optional(visibility, "public") }), { optional: true }),
  response: empty,
  auth: "token",
  policy: { action: "room.directory.change", who: "account", resource: "roomId" },
  audit: "room.directory.changed",
  limit: "write",
  errors: ["M_FORBIDDEN"],
});

const publicRooms = {
  path: "/_matrix/client/v3/publicRooms",
  module: "directory",
  params: noParams,
  response: v.object({
    chunk: v.array(told),
    next_batch: v.optional(v.string()),
    prev_batch: v.optional(v.string()),
    total_room_count_estimate: v.number(),
  }),
  auth: "token",
  policy: { action: "directory.rooms.list", who: "account", resource: "server" },
  audit: unrecorded,
  limit: "read",
  heavy: true,
  errors: ["M_NOT_FOUND"],
} as const;

export const getPublicRooms = endpoint({
  ...publicRooms,
  method: "GET",
  spec: "get_matrixclientv3publicrooms",
  query: v.object({ limit: v.optional(queryCount), since: v.optional(pageToken), server: v.optional(name) }),
  body: none("reads"),
});

export const queryPublicRooms = endpoint({
  ...publicRooms,
  method: "POST",
  spec: "post_matrixclientv3publicrooms",
  query: v.object({ server: v.optional(name) }),
  body: json(
    v.object({
      limit: v.optional(wholeNumber),
      since: v.optional(pageToken),
      filter: v.optional(
        v.object({
          generic_search_term: v.nullish(name),
          room_types: v.nullish(v.pipe(v.array(v.nullable(name)), v.maxLength(50, "has more than 50 entries"))),
        }),
      ),
      include_all_networks: v.optional(v.boolean()),
      third_party_instance_id: v.nullish(name),
    }),
    { optional: true },
  ),
});

export const getRoomSummary = endpoint({
  method: "GET",
  path: "/_matrix/client/v1/room_summary/{roomIdOrAlias}",
  spec: "get_matrixclientv1room_summaryroomidoralias",
  module: "directory",
  params: v.object({ roomIdOrAlias }),
  // `via` names servers to ask; this one asks none.
  query: noQuery,
  body: none("reads"),
  response: v.object({ ...summary.entries, membership: v.optional(v.picklist(["join", "invite", "knock", "leave", "ban"])) }),
  auth: "token",
  policy: { action: "room.summary.read", who: "account", resource: "roomIdOrAlias" },
  audit: unrecorded,
  limit: "read",
  errors: ["M_NOT_FOUND"],
});

const child = v.object({
  type: v.literal("m.space.child"),
  state_key: v.string(),
  sender: v.string(),
  origin_server_ts: v.number(),
  content: v.object({ via: v.array(v.string()), order: v.optional(v.string()), suggested: v.optional(v.boolean()) }),
});

export const getSpaceHierarchy = endpoint({
  method: "GET",
  path: "/_matrix/client/v1/rooms/{roomId}/hierarchy",
  spec: "get_matrixclientv1roomsroomidhierarchy",
  module: "directory",
  params: v.object({ roomId }),
  query: v.object({
    suggested_only: v.optional(queryBoolean, "false"),
    limit: v.optional(v.pipe(queryInteger, v.minValue(1, "is less than 1"))),
    max_depth: v.optional(queryCount),
    from: v.optional(pageToken),
  }),
  body: none("reads"),
  response: v.object({
    rooms: v.array(v.object({ ...summary.entries, children_state: v.array(child) })),
    next_batch: v.optional(v.string()),
  }),
  auth: "token",
  policy: { action: "room.hierarchy.read", who: "account", resource: "roomId" },
  audit: unrecorded,
  limit: "read",
  heavy: true,
  errors: ["M_FORBIDDEN"],
});
