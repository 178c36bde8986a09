import * as v from "valibot";
import { endpoint, none, raw } from "../endpoint.ts";
import { eventId, eventType, longText, noQuery, queryCount, roomId, stateKey, token } from "../fields.ts";

const membership = v.optional(v.picklist(["join", "invite", "knock", "leave", "ban"]));
const room = v.object({ roomId });
const reads = {
  method: "GET",
  module: "rooms",
  params: room,
  query: noQuery,
  body: none("reads"),
  auth: "token",
  audit: none("an ordinary read; history visibility is checked in rooms"),
  limit: "read",
  errors: ["M_FORBIDDEN", "M_NOT_FOUND"],
} as const;

export const getOneRoomEvent = endpoint({
  ...reads,
  path: "/_matrix/client/v3/rooms/{roomId}/event/{eventId}",
  spec: "get_matrixclientv3roomsroomideventeventid",
  params: v.object({ roomId, eventId }),
  response: raw("ClientEvent"),
  policy: { action: "room.event.read", who: "account", resource: "roomId" },
});

export const getRoomState = endpoint({
  ...reads,
  path: "/_matrix/client/v3/rooms/{roomId}/state",
  spec: "get_matrixclientv3roomsroomidstate",
  response: raw("ClientEvent[]"),
  heavy: true,
  policy: { action: "room.state.read", who: "account", resource: "roomId" },
});

export const getRoomStateWithKey = endpoint({
  ...reads,
  path: "/_matrix/client/v3/rooms/{roomId}/state/{eventType}/{stateKey}",
  aliases: ["/_matrix/client/v3/rooms/{roomId}/state/{eventType}", "/_matrix/client/v3/rooms/{roomId}/state/{eventType}/"],
  spec: "get_matrixclientv3roomsroomidstateeventtypestatekey",
  params: v.object({ roomId, eventType, stateKey: v.optional(stateKey, "") }),
  query: v.object({ format: v.optional(v.picklist(["content", "event"]), "content") }),
  response: raw("event content, or ClientEvent"),
  policy: { action: "room.state.read", who: "account", resource: "roomId" },
});

export const getMembersByRoom = endpoint({
  ...reads,
  path: "/_matrix/client/v3/rooms/{roomId}/members",
  spec: "get_matrixclientv3roomsroomidmembers",
  query: v.object({ at: v.optional(token), membership, not_membership: membership }),
  response: raw("{ chunk: ClientEvent[] }"),
  heavy: true,
  policy: { action: "room.members.read", who: "account", resource: "roomId" },
});

export const getJoinedMembersByRoom = endpoint({
  ...reads,
  path: "/_matrix/client/v3/rooms/{roomId}/joined_members",
  spec: "get_matrixclientv3roomsroomidjoined_members",
  response: raw("{ joined: { [userId]: RoomMember } }"),
  heavy: true,
  policy: { action: "room.members.read", who: "account", resource: "roomId" },
});

export const getRoomEvents = endpoint({
  ...reads,
  path: "/_matrix/client/v3/rooms/{roomId}/messages",
  spec: "get_matrixclientv3roomsroomidmessages",
  query: v.object({
    dir: v.picklist(["b", "f"]),
    from: v.optional(token),
    to: v.optional(token),
    limit: v.optional(queryCount),
    filter: v.optional(longText),
  }),
  response: raw("{ start, end?, chunk: ClientEvent[], state?: ClientEvent[] }"),
  heavy: true,
  policy: { action: "room.messages.read", who: "account", resource: "roomId" },
});
