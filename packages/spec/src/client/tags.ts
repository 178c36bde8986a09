import * as v from "valibot";
import { endpoint, json, none } from "../endpoint.ts";
import { empty, jsonObject, noQuery, roomId, tagName, userId } from "../fields.ts";

const own = none("concerns the caller alone");
const ofRoom = { module: "account-data", query: noQuery, auth: "token", audit: own } as const;
const path = "/_matrix/client/v3/user/{userId}/rooms/{roomId}/tags";

export const getRoomTags = endpoint({
  ...ofRoom,
  method: "GET",
  path,
  spec: "get_matrixclientv3useruseridroomsroomidtags",
  params: v.object({ userId, roomId }),
  body: none("reads"),
  response: v.object({ tags: jsonObject }),
  policy: { action: "account-data.read", who: "account", resource: "userId" },
  limit: "read",
  errors: ["M_FORBIDDEN"],
});

export const setRoomTag = endpoint({
  ...ofRoom,
  method: "PUT",
  path: `${path}/{tag}`,
  spec: "put_matrixclientv3useruseridroomsroomidtagstag",
  params: v.object({ userId, roomId, tag: tagName }),
  body: json(jsonObject),
  response: empty,
  policy: { action: "account-data.write", who: "account", resource: "userId" },
  limit: "write",
  errors: ["M_FORBIDDEN", "M_USER_DEACTIVATED"],
});

export const deleteRoomTag = endpoint({
  ...ofRoom,
  method: "DELETE",
  path: `${path}/{tag}`,
  spec: "delete_matrixclientv3useruseridroomsroomidtagstag",
  params: v.object({ userId, roomId, tag: tagName }),
  body: none("carries nothing"),
  response: empty,
  policy: { action: "account-data.write", who: "account", resource: "userId" },
  limit: "write",
  errors: ["M_FORBIDDEN", "M_USER_DEACTIVATED"],
});
