import * as v from "valibot";
import { endpoint, json } from "../endpoint.ts";
import { name, noQuery, roomId, userId } from "../fields.ts";

export const upgradeRoom = endpoint({
  method: "POST",
  path: "/_matrix/client/v3/rooms/{roomId}/upgrade",
  spec: "post_matrixclientv3roomsroomidupgrade",
  module: "rooms",
  params: v.object({ roomId }),
  query: noQuery,
  body: json(
    v.object({
      new_version: name,
      additional_creators: v.optional(v.pipe(v.array(userId), v.maxLength(100, "has more than 100 entries"))),
    }),
  ),
  response: v.object({ replacement_room: v.string() }),
  auth: "token",
  policy: { action: "room.upgrade", who: "account", resource: "roomId" },
  audit: "room.upgraded",
  limit: "create-room",
  heavy: true,
  errors: ["M_FORBIDDEN", "M_NOT_FOUND", "M_UNSUPPORTED_ROOM_VERSION"],
});
