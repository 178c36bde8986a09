import * as v from "valibot";
import { endpoint, eventJson } from "../endpoint.ts";
import { eventType, jsonObject, longText, name, noParams, noQuery, stateKey, userId } from "../fields.ts";

const initialState = v.object({ type: eventType, state_key: v.optional(stateKey, ""), content: jsonObject });

export const createRoom = endpoint({
  method: "POST",
  path: "/_matrix/client/v3/createRoom",
  spec: "post_matrixclientv3createroom",
  module: "rooms",
  params: noParams,
  query: noQuery,
  body: {
    ...eventJson(
      v.object({
        visibility: v.optional(v.picklist(["public", "private"])),
        room_alias_name: v.optional(name),
        name: v.optional(longText),
        topic: v.optional(v.string()),
        invite: v.optional(v.pipe(v.array(userId), v.maxLength(1000, "has more than 1000 entries"))),
        invite_3pid: v.optional(v.array(jsonObject)),
        room_version: v.optional(name),
        creation_content: v.optional(jsonObject),
        initial_state: v.optional(v.pipe(v.array(initialState), v.maxLength(1000, "has more than 1000 entries"))),
        preset: v.optional(v.picklist(["private_chat", "public_chat", "trusted_private_chat"])),
        is_direct: v.optional(v.boolean()),
        power_level_content_override: v.optional(jsonObject),
      }),
    ),
    optional: true,
  },
  response: v.object({ room_id: v.string() }),
  auth: "token",
  policy: { action: "room.create", who: "account", resource: "server" },
  audit: "room.created",
  limit: "create-room",
  errors: ["M_BAD_ALIAS", "M_FORBIDDEN", "M_INVALID_ROOM_STATE", "M_NOT_FOUND", "M_ROOM_IN_USE", "M_UNSUPPORTED_ROOM_VERSION"],
});
