import * as v from "valibot";
import { endpoint, json, none } from "../endpoint.ts";
import { empty, jsonObject, longText, name, noParams, noQuery, password } from "../fields.ts";

const auth = v.optional(jsonObject);

export const register = endpoint({
  method: "POST",
  path: "/_matrix/client/v3/register",
  spec: "post_matrixclientv3register",
  module: "identity",
  params: noParams,
  query: v.object({ kind: v.optional(v.picklist(["user", "guest"])) }),
  body: json(
    v.object({
      auth,
      username: v.optional(name),
      password: v.optional(password),
      device_id: v.optional(name),
      initial_device_display_name: v.optional(longText),
      inhibit_login: v.optional(v.boolean()),
    }),
    { optional: true },
  ),
  response: v.object({ user_id: v.string(), access_token: v.optional(v.string()), device_id: v.optional(v.string()) }),
  auth: none("who registers has no account yet; open in the conformance profile only, behind user-interactive authentication"),
  policy: { action: "account.register", who: "anyone", resource: "server" },
  audit: "account.created",
  limit: "register",
  errors: ["M_USER_IN_USE", "M_INVALID_USERNAME", "M_EXCLUSIVE", "M_WEAK_PASSWORD", "M_FORBIDDEN"],
});

export const checkUsernameAvailability = endpoint({
  method: "GET",
  path: "/_matrix/client/v3/register/available",
  spec: "get_matrixclientv3registeravailable",
  module: "identity",
  params: noParams,
  query: v.object({ username: name }),
  body: none("reads"),
  response: v.object({ available: v.literal(true) }),
  auth: none("who registers has no account yet; closed with registration, so that it does not tell which names exist"),
  policy: { action: "account.register", who: "anyone", resource: "server" },
  audit: none("reads"),
  limit: "register",
  errors: ["M_USER_IN_USE", "M_INVALID_USERNAME", "M_EXCLUSIVE", "M_FORBIDDEN"],
});

export const changePassword = endpoint({
  method: "POST",
  path: "/_matrix/client/v3/account/password",
  spec: "post_matrixclientv3accountpassword",
  module: "identity",
  params: noParams,
  query: noQuery,
  body: json(v.object({ auth, new_password: password, logout_devices: v.optional(v.boolean()) })),
  response: empty,
  auth: "token+uia",
  policy: { action: "account.password.change", who: "account", resource: "server" },
  audit: "account.password.changed",
  limit: "uia",
  errors: ["M_WEAK_PASSWORD", "M_FORBIDDEN"],
});

export const deactivateAccount = endpoint({
  method: "POST",
  path: "/_matrix/client/v3/account/deactivate",
  spec: "post_matrixclientv3accountdeactivate",
  module: "identity",
  params: noParams,
  query: noQuery,
  body: json(v.object({ auth, erase: v.optional(v.boolean()), id_server: v.optional(longText) }), { optional: true }),
  response: v.object({ id_server_unbind_result: v.literal("success") }),
  auth: "token+uia",
  policy: { action: "account.deactivate", who: "account", resource: "server" },
  audit: "account.deactivated",
  limit: "uia",
  errors: ["M_FORBIDDEN", "M_USER_DEACTIVATED"],
});
