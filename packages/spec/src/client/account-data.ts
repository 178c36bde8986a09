import * as v from "valibot";
import { endpoint, json, none, raw } from "../endpoint.ts";
import { empty, eventType, jsonObject, noParams, noQuery, roomId, userId } from "../fields.ts";

const own = none("concerns the caller alone");
const puts = { module: "account-data", query: noQuery, body: json(jsonObject), response: empty, auth: "token", limit: "write" } as const;
const gets = { module: "account-data", query: noQuery, body: none("reads"), auth: "token", limit: "read" } as const;

export const setAccountData = endpoint({
  ...puts,
  method: "PUT",
  path: "/_matrix/client/v3/user/{userId}/account_data/{type}",
  spec: "put_matrixclientv3useruseridaccount_datatype",
  params: v.object({ userId, type: eventType }),
  policy: { action: "account-data.write", who: "account", resource: "userId" },
  audit: own,
  errors: ["M_FORBIDDEN", "M_USER_DEACTIVATED"],
});

export const getAccountData = endpoint({
  ...gets,
  method: "GET",
  path: "/_matrix/client/v3/user/{userId}/account_data/{type}",
  spec: "get_matrixclientv3useruseridaccount_datatype",
  params: v.object({ userId, type: eventType }),
  response: raw("content"),
  policy: { action: "account-data.read", who: "account", resource: "userId" },
  audit: own,
  errors: ["M_FORBIDDEN", "M_NOT_FOUND"],
});

export const setAccountDataPerRoom = endpoint({
  ...puts,
  method: "PUT",
  path: "/_matrix/client/v3/user/{userId}/rooms/{roomId}/account_data/{type}",
  spec: "put_matrixclientv3useruseridroomsroomidaccount_datatype",
  params: v.object({ userId, roomId, type: eventType }),
  policy: { action: "account-data.write", who: "account", resource: "userId" },
  audit: own,
  errors: ["M_FORBIDDEN", "M_USER_DEACTIVATED"],
});

export const getAccountDataPerRoom = endpoint({
  ...gets,
  method: "GET",
  path: "/_matrix/client/v3/user/{userId}/rooms/{roomId}/account_data/{type}",
  spec: "get_matrixclientv3useruseridroomsroomidaccount_datatype",
  params: v.object({ userId, roomId, type: eventType }),
  response: raw("content"),
  policy: { action: "account-data.read", who: "account", resource: "userId" },
  audit: own,
  errors: ["M_FORBIDDEN", "M_NOT_FOUND"],
});

export const getPushRules = endpoint({
  ...gets,
  method: "GET",
  path: "/_matrix/client/v3/pushrules/",
  aliases: ["/_matrix/client/v3/pushrules"],
  spec: "get_matrixclientv3pushrules",
  params: noParams,
  response: v.object({ global: jsonObject }),
  policy: { action: "push-rules.read", who: "account", resource: "server" },
  audit: own,
  errors: [],
});

export const getPushRulesGlobal = endpoint({
  ...gets,
  method: "GET",
  path: "/_matrix/client/v3/pushrules/global/",
  aliases: ["/_matrix/client/v3/pushrules/global"],
  spec: "get_matrixclientv3pushrulesglobal",
  params: noParams,
  response: jsonObject,
  policy: { action: "push-rules.read", who: "account", resource: "server" },
  audit: own,
  errors: [],
});
