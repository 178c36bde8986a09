import * as v from "valibot";
import { endpoint, json, none } from "../endpoint.ts";
import { empty, longText, name, noParams, noQuery, password } from "../fields.ts";

const beforeSignIn = none("this is where the token comes from");

export const getLoginFlows = endpoint({
  method: "GET",
  path: "/_matrix/client/v3/login",
  spec: "get_matrixclientv3login",
  module: "identity",
  params: noParams,
  query: noQuery,
  body: none("reads"),
  response: v.object({ flows: v.array(v.object({ type: v.string() })) }),
  auth: beforeSignIn,
  policy: { action: "session.flows.read", who: "anyone", resource: "server" },
  audit: none("reads public facts"),
  limit: none("bounded by the address limit; constant answer"),
  errors: [],
});

const identifier = v.object({ type: name, user: v.optional(longText) });

export const login = endpoint({
  method: "POST",
  path: "/_matrix/client/v3/login",
  spec: "post_matrixclientv3login",
  module: "identity",
  params: noParams,
  query: noQuery,
  body: json(
    v.object({
      type: name,
      identifier: v.optional(identifier),
      /** Deprecated spelling of `identifier.user`; old clients send only this. */
      user: v.optional(longText),
      password: v.optional(password),
      device_id: v.optional(name),
      initial_device_display_name: v.optional(longText),
    }),
  ),
  response: v.object({
    user_id: v.string(),
    access_token: v.string(),
    device_id: v.string(),
    well_known: v.object({ "m.homeserver": v.object({ base_url: v.string() }) }),
  }),
  auth: beforeSignIn,
  policy: { action: "session.create", who: "anyone", resource: "server" },
  audit: "session.created",
  limit: "login",
  errors: ["M_FORBIDDEN", "M_USER_DEACTIVATED", "M_UNKNOWN"],
});

export const logout = endpoint({
  method: "POST",
  path: "/_matrix/client/v3/logout",
  spec: "post_matrixclientv3logout",
  module: "identity",
  params: noParams,
  query: noQuery,
  body: none("carries nothing"),
  response: empty,
  auth: "token",
  policy: { action: "session.end", who: "account", resource: "server" },
  audit: "session.ended",
  limit: "write",
  errors: [],
});

export const logoutAll = endpoint({
  method: "POST",
  path: "/_matrix/client/v3/logout/all",
  spec: "post_matrixclientv3logoutall",
  module: "identity",
  params: noParams,
  query: noQuery,
  body: none("carries nothing"),
  response: empty,
  auth: "token",
  policy: { action: "session.end-all", who: "account", resource: "server" },
  audit: "session.ended",
  limit: "write",
  errors: [],
});

export const whoami = endpoint({
  method: "GET",
  path: "/_matrix/client/v3/account/whoami",
  spec: "get_matrixclientv3accountwhoami",
  module: "identity",
  params: noParams,
  query: noQuery,
  body: none("reads"),
  response: v.object({ user_id: v.string(), device_id: v.string(), is_guest: v.boolean() }),
  auth: "token",
  policy: { action: "session.read", who: "account", resource: "server" },
  audit: none("reads one's own"),
  limit: "read",
  errors: [],
});
