import * as v from "valibot";
import { endpoint, none } from "../endpoint.ts";
import { noParams, noQuery } from "../fields.ts";

const open = none("asked before sign-in; the answer is the same for everybody");
const request = { params: noParams, query: noQuery, body: none("reads") };
const onlyAddress = none("bounded by the address limit; constant answer");
const unrecorded = none("reads public facts");
const homeserver = v.object({ base_url: v.string() });

export const getVersions = endpoint({
  ...request,
  method: "GET",
  path: "/_matrix/client/versions",
  spec: "get_matrixclientversions",
  module: "http",
  response: v.object({ versions: v.array(v.string()), unstable_features: v.record(v.string(), v.boolean()) }),
  auth: open,
  policy: { action: "server.versions.read", who: "anyone", resource: "server" },
  audit: unrecorded,
  limit: onlyAddress,
  errors: [],
});

export const getWellknown = endpoint({
  ...request,
  method: "GET",
  path: "/.well-known/matrix/client",
  spec: "getwell-knownmatrixclient",
  module: "http",
  response: v.object({ "m.homeserver": homeserver }),
  auth: open,
  policy: { action: "server.well-known.read", who: "anyone", resource: "server" },
  audit: unrecorded,
  limit: onlyAddress,
  errors: [],
});

const contact = v.object({ matrix_id: v.optional(v.string()), email_address: v.optional(v.string()), role: v.string() });

export const getWellknownSupport = endpoint({
  ...request,
  method: "GET",
  path: "/.well-known/matrix/support",
  spec: "getwell-knownmatrixsupport",
  module: "http",
  response: v.object({ contacts: v.array(contact), support_page: v.optional(v.string()) }),
  auth: open,
  policy: { action: "server.well-known.read", who: "anyone", resource: "server" },
  audit: unrecorded,
  limit: onlyAddress,
  errors: ["M_NOT_FOUND"],
});

const enabled = v.object({ enabled: v.boolean() });

export const getCapabilities = endpoint({
  ...request,
  method: "GET",
  path: "/_matrix/client/v3/capabilities",
  spec: "get_matrixclientv3capabilities",
  module: "http",
  response: v.object({
    capabilities: v.object({
      "m.change_password": enabled,
      "m.room_versions": v.object({ default: v.string(), available: v.record(v.string(), v.picklist(["stable", "unstable"])) }),
      "m.profile_fields": enabled,
      "m.set_displayname": enabled,
      "m.set_avatar_url": enabled,
      "m.3pid_changes": enabled,
      "m.get_login_token": enabled,
    }),
  }),
  auth: "token",
  policy: { action: "server.capabilities.read", who: "account", resource: "server" },
  audit: unrecorded,
  limit: "read",
  errors: [],
});
