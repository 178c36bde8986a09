import * as v from "valibot";
import { endpoint, json, none } from "../endpoint.ts";
import { empty, eventId, name, noQuery, roomId, userId } from "../fields.ts";

const ofRoom = {
  module: "rooms",
  query: noQuery,
  response: empty,
  auth: "token",
  limit: "ephemeral",
  errors: ["M_FORBIDDEN", "M_NOT_FOUND", "M_USER_DEACTIVATED"],
} as const;

export const postReceipt = endpoint({
  ...ofRoom,
  method: "POST",
  path: "/_matrix/client/v3/rooms/{roomId}/receipt/{receiptType}/{eventId}",
  spec: "post_matrixclientv3roomsroomidreceiptreceipttypeeventid",
  params: v.object({ roomId, receiptType: v.picklist(["m.read", "m.read.private", "m.fully_read"]), eventId }),
  body: {
    ...json(v.object({ thread_id: v.optional(v.pipe(name, v.nonEmpty("is empty"))) }), { optional: true }),
    wrong: "M_INVALID_PARAM",
  },
  policy: { action: "room.receipt.send", who: "account", resource: "roomId" },
  audit: none("a read marker; changes no right and no content"),
});

export const setReadMarker = endpoint({
  ...ofRoom,
  method: "POST",
  path: "/_matrix/client/v3/rooms/{roomId}/read_markers",
  spec: "post_matrixclientv3roomsroomidread_markers",
  params: v.object({ roomId }),
  body: json(v.object({ "m.fully_read": v.optional(eventId), "m.read": v.optional(eventId), "m.read.private": v.optional(eventId) })),
  policy: { action: "room.receipt.send", who: "account", resource: "roomId" },
  audit: none("a read marker; changes no right and no content"),
});

export const setTyping = endpoint({
  ...ofRoom,
  method: "PUT",
  path: "/_matrix/client/v3/rooms/{roomId}/typing/{userId}",
  spec: "put_matrixclientv3roomsroomidtypinguserid",
  params: v.object({ roomId, userId }),
  body: json(v.object({ typing: v.boolean(), timeout: v.optional(v.pipe(v.number(), v.safeInteger("is not a whole number"))) })),
  policy: { action: "room.typing.send", who: "account", resource: "roomId" },
  audit: none("gone in seconds; never stored"),
});
