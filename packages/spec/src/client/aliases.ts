import * as v from "valibot";
import { endpoint, json, none } from "../endpoint.ts";
import { empty, noQuery, roomAlias, roomId } from "../fields.ts";

const alias = {
  path: "/_matrix/client/v3/directory/room/{roomAlias}",
  module: "rooms",
  params: v.object({ roomAlias }),
  query: noQuery,
} as const;

export const setRoomAlias = endpoint({
  ...alias,
  method: "PUT",
  spec: "put_matrixclientv3directoryroomroomalias",
  body: json(v.object({ room_id: roomId })),
  response: empty,
  auth: "token",
  policy: { action: "alias.create", who: "account", resource: "server" },
  audit: "room.alias.created",
  limit: "write",
  // M_UNKNOWN with 409: the alias is taken.
  errors: ["M_FORBIDDEN", "M_UNKNOWN"],
});

export const deleteRoomAlias = endpoint({
  ...alias,
  method: "DELETE",
  spec: "delete_matrixclientv3directoryroomroomalias",
  body: none("carries nothing"),
  response: empty,
  auth: "token",
  policy: { action: "alias.delete", who: "account", resource: "server" },
  audit: "room.alias.deleted",
  limit: "write",
  errors: ["M_FORBIDDEN", "M_NOT_FOUND"],
});

export const getLocalAliases = endpoint({
  method: "GET",
  path: "/_matrix/client/v3/rooms/{roomId}/aliases",
  spec: "get_matrixclientv3roomsroomidaliases",
  module: "rooms",
  params: v.object({ roomId }),
  query: noQuery,
  body: none("reads"),
  response: v.object({ aliases: v.array(v.string()) }),
  auth: "token",
  policy: { action: "room.aliases.read", who: "account", resource: "roomId" },
  audit: none("an ordinary read; for members, and where the room is world-readable"),
  limit: "read",
  errors: ["M_FORBIDDEN"],
});
