import * as v from "valibot";
import { endpoint, json } from "../endpoint.ts";
import { longText, noQuery, roomIdOrAlias } from "../fields.ts";

export const knockRoom = endpoint({
  method: "POST",
  path: "/_matrix/client/v3/knock/{roomIdOrAlias}",
  spec: "post_matrixclientv3knockroomidoralias",
  module: "rooms",
  params: v.object({ roomIdOrAlias }),
  query: noQuery,
  body: json(v.object({ reason: v.optional(longText) }), { optional: true }),
  response: v.object({ room_id: v.string() }),
  auth: "token",
  policy: { action: "room.knock", who: "account", resource: "roomIdOrAlias" },
  audit: "room.member.knocked",
  limit: "write",
  errors: ["M_FORBIDDEN", "M_NOT_FOUND"],
});
