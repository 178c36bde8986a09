import * as v from "valibot";
import { endpoint, json, none } from "../endpoint.ts";
import { empty, jsonObject, longText, name, noParams, noQuery, roomId, roomIdOrAlias, userId } from "../fields.ts";

const room = v.object({ roomId });
const reason = v.optional(longText);
const ofRoom = { params: room, query: noQuery, auth: "token", limit: "write" } as const;
const reasonOnly = json(v.object({ reason }), { optional: true });
/** Client-Server API, "Third-party Signed"; passed on untouched, for a signature covers it. */
const joinBody = json(v.object({ reason, third_party_signed: v.optional(jsonObject) }), { optional: true });
const target = json(v.object({ user_id: userId, reason }));

export const joinRoom = endpoint({
  ...ofRoom,
  method: "POST",
  path: "/_matrix/client/v3/join/{roomIdOrAlias}",
  spec: "post_matrixclientv3joinroomidoralias",
  module: "rooms",
  params: v.object({ roomIdOrAlias }),
  body: joinBody,
  response: v.object({ room_id: v.string() }),
  policy: { action: "room.join", who: "account", resource: "roomIdOrAlias" },
  audit: "room.member.joined",
  errors: ["M_FORBIDDEN", "M_NOT_FOUND", "M_UNABLE_TO_GRANT_JOIN"],
});

export const joinRoomById = endpoint({
  ...ofRoom,
  method: "POST",
  path: "/_matrix/client/v3/rooms/{roomId}/join",
  spec: "post_matrixclientv3roomsroomidjoin",
  module: "rooms",
  body: joinBody,
  response: v.object({ room_id: v.string() }),
  policy: { action: "room.join", who: "account", resource: "roomId" },
  audit: "room.member.joined",
  errors: ["M_FORBIDDEN", "M_NOT_FOUND", "M_UNABLE_TO_GRANT_JOIN"],
});

export const inviteUser = endpoint({
  ...ofRoom,
  method: "POST",
  path: "/_matrix/client/v3/rooms/{roomId}/invite",
  spec: "post_matrixclientv3roomsroomidinvite",
  module: "rooms",
  // The second form of this endpoint invites an address of a third party; it is told apart by `medium`.
  body: json(v.union([v.object({ user_id: userId, reason }), v.object({ medium: name, address: longText })])),
  response: empty,
  policy: { action: "room.invite", who: "account", resource: "roomId" },
  audit: "room.member.invited",
  errors: ["M_FORBIDDEN", "M_NOT_FOUND"],
});

export const leaveRoom = endpoint({
  ...ofRoom,
  method: "POST",
  path: "/_matrix/client/v3/rooms/{roomId}/leave",
  spec: "post_matrixclientv3roomsroomidleave",
  module: "rooms",
  body: reasonOnly,
  response: empty,
  policy: { action: "room.leave", who: "account", resource: "roomId" },
  audit: "room.member.left",
  errors: ["M_FORBIDDEN", "M_NOT_FOUND"],
});

export const kick = endpoint({
  ...ofRoom,
  method: "POST",
  path: "/_matrix/client/v3/rooms/{roomId}/kick",
  spec: "post_matrixclientv3roomsroomidkick",
  module: "rooms",
  body: target,
  response: empty,
  policy: { action: "room.kick", who: "account", resource: "roomId" },
  audit: "room.member.kicked",
  errors: ["M_FORBIDDEN"],
});

export const ban = endpoint({
  ...ofRoom,
  method: "POST",
  path: "/_matrix/client/v3/rooms/{roomId}/ban",
  spec: "post_matrixclientv3roomsroomidban",
  module: "rooms",
  body: target,
  response: empty,
  policy: { action: "room.ban", who: "account", resource: "roomId" },
  audit: "room.member.banned",
  errors: ["M_FORBIDDEN"],
});

export const unban = endpoint({
  ...ofRoom,
  method: "POST",
  path: "/_matrix/client/v3/rooms/{roomId}/unban",
  spec: "post_matrixclientv3roomsroomidunban",
  module: "rooms",
  body: target,
  response: empty,
  policy: { action: "room.unban", who: "account", resource: "roomId" },
  audit: "room.member.unbanned",
  errors: ["M_FORBIDDEN", "M_BAD_STATE"],
});

export const forgetRoom = endpoint({
  ...ofRoom,
  method: "POST",
  path: "/_matrix/client/v3/rooms/{roomId}/forget",
  spec: "post_matrixclientv3roomsroomidforget",
  module: "rooms",
  body: json(jsonObject, { optional: true }),
  response: empty,
  policy: { action: "room.forget", who: "account", resource: "roomId" },
  audit: "room.forgotten",
  errors: ["M_FORBIDDEN", "M_UNKNOWN"],
});

export const getJoinedRooms = endpoint({
  method: "GET",
  path: "/_matrix/client/v3/joined_rooms",
  spec: "get_matrixclientv3joined_rooms",
  module: "rooms",
  params: noParams,
  query: noQuery,
  body: none("reads"),
  response: v.object({ joined_rooms: v.array(v.string()) }),
  auth: "token",
  policy: { action: "room.list-own", who: "account", resource: "server" },
  audit: none("reads one's own"),
  limit: "read",
  errors: [],
});
