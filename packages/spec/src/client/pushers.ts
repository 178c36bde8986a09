import * as v from "valibot";
import { endpoint, json, none, raw } from "../endpoint.ts";
import { empty, jsonObject, name, noParams, noQuery, queryCount, token } from "../fields.ts";

const own = none("concerns the caller alone");
const MOST_PUSHKEY_BYTES = 512;
const MOST_DATA_BYTES = 4096;
const encoder = new TextEncoder();
const bytesOf = (text: string) => encoder.encode(text).length;

const pushkey = v.pipe(
  v.string(),
  v.nonEmpty("is empty"),
  v.check(
    (text) => !text.includes("\u0000") && bytesOf(text) <= MOST_PUSHKEY_BYTES,
    `is not a text of at most ${MOST_PUSHKEY_BYTES} bytes`,
  ),
);
const appId = v.pipe(name, v.nonEmpty("is empty"), v.maxLength(64, "is longer than 64 characters"));
const data = v.pipe(
  jsonObject,
  v.check((value) => bytesOf(JSON.stringify(value)) <= MOST_DATA_BYTES, `has more than ${MOST_DATA_BYTES} bytes`),
);

export const getPushers = endpoint({
  method: "GET",
  path: "/_matrix/client/v3/pushers",
  spec: "get_matrixclientv3pushers",
  module: "push",
  params: noParams,
  query: noQuery,
  body: none("reads"),
  response: v.object({ pushers: v.array(jsonObject) }),
  auth: "token",
  policy: { action: "pushers.read", who: "account", resource: "server" },
  audit: own,
  limit: "read",
  errors: [],
});

export const postPusher = endpoint({
  method: "POST",
  path: "/_matrix/client/v3/pushers/set",
  spec: "post_matrixclientv3pushersset",
  module: "push",
  params: noParams,
  query: noQuery,
  body: json(
    v.object({
      kind: v.nullable(v.picklist(["http"])),
      app_id: appId,
      pushkey,
      app_display_name: v.optional(name),
      device_display_name: v.optional(name),
      profile_tag: v.optional(name),
      lang: v.optional(name),
      data: v.optional(data),
      append: v.optional(v.boolean(), false),
    }),
  ),
  response: empty,
  auth: "token",
  policy: { action: "pushers.write", who: "account", resource: "server" },
  // Also `pusher.removed`.
  audit: "pusher.set",
  limit: "write",
  errors: ["M_USER_DEACTIVATED"],
});

export const getNotifications = endpoint({
  method: "GET",
  path: "/_matrix/client/v3/notifications",
  spec: "get_matrixclientv3notifications",
  module: "push",
  params: noParams,
  query: v.object({ from: v.optional(token), limit: v.optional(queryCount), only: v.optional(token) }),
  body: none("reads"),
  response: raw("{ notifications: Notification[], next_token? }"),
  auth: "token",
  policy: { action: "notifications.read", who: "account", resource: "server" },
  audit: none("an ordinary read; history visibility is checked in rooms"),
  limit: "read",
  heavy: true,
  errors: [],
});
