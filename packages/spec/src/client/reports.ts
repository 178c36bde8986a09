import * as v from "valibot";
import { endpoint, json } from "../endpoint.ts";
import { empty, eventId, longText, noQuery, roomId, userId } from "../fields.ts";

const reports = {
  method: "POST",
  module: "rooms",
  query: noQuery,
  response: empty,
  auth: "token",
  limit: "write",
} as const;
const withReason = json(v.object({ reason: longText }));

export const reportRoom = endpoint({
  ...reports,
  path: "/_matrix/client/v3/rooms/{roomId}/report",
  spec: "post_matrixclientv3roomsroomidreport",
  params: v.object({ roomId }),
  body: withReason,
  policy: { action: "room.report", who: "account", resource: "roomId" },
  audit: "room.reported",
  errors: [],
});

export const reportEvent = endpoint({
  ...reports,
  path: "/_matrix/client/v3/rooms/{roomId}/report/{eventId}",
  spec: "post_matrixclientv3roomsroomidreporteventid",
  params: v.object({ roomId, eventId }),
  body: json(v.object({ reason: v.optional(longText) })),
  policy: { action: "room.event.report", who: "account", resource: "roomId" },
  audit: "room.event.reported",
  errors: ["M_NOT_FOUND"],
});

export const reportUser = endpoint({
  ...reports,
  path: "/_matrix/client/v3/users/{userId}/report",
  spec: "post_matrixclientv3usersuseridreport",
  params: v.object({ userId }),
  body: withReason,
  policy: { action: "account.report", who: "account", resource: "userId" },
  audit: "account.reported",
  errors: ["M_NOT_FOUND"],
});
