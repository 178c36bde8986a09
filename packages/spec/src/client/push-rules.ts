import * as v from "valibot";
import { endpoint, json, none } from "../endpoint.ts";
import { empty, jsonObject, name, noQuery } from "../fields.ts";

const own = none("concerns the caller alone");
const rule = v.object({
  kind: v.picklist(["override", "underride", "sender", "room", "content"]),
  ruleId: v.pipe(name, v.nonEmpty("is empty")),
});
const reads = {
  method: "GET",
  module: "account-data",
  params: rule,
  query: noQuery,
  body: none("reads"),
  auth: "token",
  policy: { action: "push-rules.read", who: "account", resource: "server" },
  audit: own,
  limit: "read",
  errors: ["M_NOT_FOUND"],
} as const;
const writes = {
  module: "account-data",
  params: rule,
  response: empty,
  auth: "token",
  policy: { action: "push-rules.write", who: "account", resource: "server" },
  audit: own,
  limit: "write",
} as const;
const path = "/_matrix/client/v3/pushrules/global/{kind}/{ruleId}";
const anything = v.custom<JsonActions>(Array.isArray, "is not a list");
type JsonActions = readonly (null | boolean | number | string | object)[];

export const getPushRule = endpoint({ ...reads, path, spec: "get_matrixclientv3pushrulesglobalkindruleid", response: jsonObject });

export const setPushRule = endpoint({
  ...writes,
  method: "PUT",
  path,
  spec: "put_matrixclientv3pushrulesglobalkindruleid",
  query: v.object({ before: v.optional(name), after: v.optional(name) }),
  body: json(jsonObject),
  // M_UNKNOWN with 400: what the specification answers where `before` or `after` names no rule.
  errors: ["M_UNKNOWN", "M_USER_DEACTIVATED"],
});

export const deletePushRule = endpoint({
  ...writes,
  method: "DELETE",
  path,
  spec: "delete_matrixclientv3pushrulesglobalkindruleid",
  query: noQuery,
  body: none("the path says all"),
  errors: ["M_NOT_FOUND", "M_USER_DEACTIVATED"],
});

export const isPushRuleEnabled = endpoint({
  ...reads,
  path: `${path}/enabled`,
  spec: "get_matrixclientv3pushrulesglobalkindruleidenabled",
  response: v.object({ enabled: v.boolean() }),
});

export const setPushRuleEnabled = endpoint({
  ...writes,
  method: "PUT",
  path: `${path}/enabled`,
  spec: "put_matrixclientv3pushrulesglobalkindruleidenabled",
  query: noQuery,
  body: json(v.object({ enabled: v.boolean() })),
  errors: ["M_NOT_FOUND", "M_USER_DEACTIVATED"],
});

export const getPushRuleActions = endpoint({
  ...reads,
  path: `${path}/actions`,
  spec: "get_matrixclientv3pushrulesglobalkindruleidactions",
  response: v.object({ actions: anything }),
});

export const setPushRuleActions = endpoint({
  ...writes,
  method: "PUT",
  path: `${path}/actions`,
  spec: "put_matrixclientv3pushrulesglobalkindruleidactions",
  query: noQuery,
  body: json(jsonObject),
  errors: ["M_NOT_FOUND", "M_USER_DEACTIVATED"],
});
