import * as v from "valibot";
import { endpoint, json, none } from "../endpoint.ts";
import { empty, jsonObject, name, noQuery, roomAlias, userId } from "../fields.ts";

// @NOTSPEC the specification lets strangers read profiles and aliases. Here who works in the house, and what its rooms are
// called, is told to members only; the specification allows a server to refuse a profile (403) and clients send their token.
const reads = { module: "rooms", method: "GET", query: noQuery, body: none("reads"), auth: "token", limit: "read" } as const;
/** A known field, or a namespaced one (v1.16). */
const FIELD = /^(?:avatar_url|displayname|m\.tz|[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)+)$/;
const field = v.object({ userId, keyName: v.pipe(name, v.regex(FIELD, "is not the name of a profile field")) });
const unrecorded = none("an ordinary read");

export const getUserProfile = endpoint({
  ...reads,
  path: "/_matrix/client/v3/profile/{userId}",
  spec: "get_matrixclientv3profileuserid",
  params: v.object({ userId }),
  response: jsonObject,
  policy: { action: "profile.read", who: "account", resource: "userId" },
  audit: unrecorded,
  errors: ["M_FORBIDDEN", "M_NOT_FOUND"],
});

export const getProfileField = endpoint({
  ...reads,
  path: "/_matrix/client/v3/profile/{userId}/{keyName}",
  spec: "get_matrixclientv3profileuseridkeyname",
  params: field,
  response: jsonObject,
  policy: { action: "profile.read", who: "account", resource: "userId" },
  audit: unrecorded,
  errors: ["M_FORBIDDEN", "M_NOT_FOUND"],
});

export const setProfileField = endpoint({
  method: "PUT",
  path: "/_matrix/client/v3/profile/{userId}/{keyName}",
  spec: "put_matrixclientv3profileuseridkeyname",
  module: "rooms",
  params: field,
  query: noQuery,
  // Display names are copied into member events, so numbers obey the rules of events.
  body: { ...json(jsonObject), numbers: "integers" },
  response: empty,
  auth: "token",
  policy: { action: "profile.write", who: "account", resource: "userId" },
  audit: "profile.changed",
  limit: "write",
  errors: ["M_FORBIDDEN"],
});

export const deleteProfileField = endpoint({
  method: "DELETE",
  path: "/_matrix/client/v3/profile/{userId}/{keyName}",
  spec: "delete_matrixclientv3profileuseridkeyname",
  module: "rooms",
  params: field,
  query: noQuery,
  body: none("carries nothing"),
  response: empty,
  auth: "token",
  policy: { action: "profile.write", who: "account", resource: "userId" },
  audit: "profile.changed",
  limit: "write",
  errors: ["M_FORBIDDEN"],
});

export const getRoomIdByAlias = endpoint({
  ...reads,
  path: "/_matrix/client/v3/directory/room/{roomAlias}",
  spec: "get_matrixclientv3directoryroomroomalias",
  params: v.object({ roomAlias }),
  response: v.object({ room_id: v.string(), servers: v.array(v.string()) }),
  policy: { action: "alias.read", who: "account", resource: "server" },
  audit: unrecorded,
  errors: ["M_NOT_FOUND"],
});
