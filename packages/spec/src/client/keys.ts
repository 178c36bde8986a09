import * as v from "valibot";
import { endpoint, eventJson, none, raw } from "../endpoint.ts";
import { empty, isObject, jsonObject, type JsonMembers, noParams, noQuery } from "../fields.ts";

const isText = (value: unknown): value is string => typeof value === "string";
const everyMember = (value: unknown, isRight: (member: unknown) => boolean): boolean =>
  isObject(value) && Object.values(value).every(isRight);

// Not `v.record`, for the reason that `jsonObject` states.
const devicesByUser = v.custom<Readonly<Record<string, readonly string[]>>>(
  (value) => everyMember(value, (devices) => Array.isArray(devices) && devices.every(isText)),
  "is not an object of users with lists of devices",
);
const algorithmsByDevice = v.custom<Readonly<Record<string, Readonly<Record<string, string>>>>>(
  (value) => everyMember(value, (devices) => everyMember(devices, isText)),
  "is not an object of users with devices and their algorithms",
);
const signedByUser = v.custom<Readonly<Record<string, JsonMembers>>>(
  (value) => everyMember(value, (keys) => everyMember(keys, isObject)),
  "is not an object of users with their signed keys",
);
/** Of servers that do not answer; there is no such server here. */
const timeout = v.optional(v.number());

const ofKeys = {
  method: "POST",
  module: "e2ee",
  params: noParams,
  query: noQuery,
  auth: "token",
  errors: [],
} as const;

export const uploadKeys = endpoint({
  ...ofKeys,
  path: "/_matrix/client/v3/keys/upload",
  spec: "post_matrixclientv3keysupload",
  body: eventJson(
    v.object({
      device_keys: v.optional(jsonObject),
      one_time_keys: v.optional(jsonObject),
      fallback_keys: v.optional(jsonObject),
    }),
  ),
  response: v.object({ one_time_key_counts: v.record(v.string(), v.number()) }),
  policy: { action: "keys.upload", who: "account", resource: "server" },
  audit: "keys.device.uploaded",
  limit: "write",
  errors: ["M_FORBIDDEN", "M_INVALID_SIGNATURE"],
});

export const queryKeys = endpoint({
  ...ofKeys,
  path: "/_matrix/client/v3/keys/query",
  spec: "post_matrixclientv3keysquery",
  body: eventJson(v.object({ device_keys: devicesByUser, timeout })),
  response: raw("device keys and cross-signing keys by user"),
  policy: { action: "keys.query", who: "account", resource: "server" },
  audit: none("reads keys that are published to every account"),
  limit: "read",
  heavy: true,
});

export const claimKeys = endpoint({
  ...ofKeys,
  path: "/_matrix/client/v3/keys/claim",
  spec: "post_matrixclientv3keysclaim",
  body: eventJson(v.object({ one_time_keys: algorithmsByDevice, timeout })),
  response: raw("one-time keys by user and device"),
  policy: { action: "keys.claim", who: "account", resource: "server" },
  audit: "keys.claimed",
  limit: "write",
  heavy: true,
});

export const uploadCrossSigningKeys = endpoint({
  ...ofKeys,
  path: "/_matrix/client/v3/keys/device_signing/upload",
  spec: "post_matrixclientv3keysdevice_signingupload",
  body: eventJson(
    v.object({
      auth: v.optional(jsonObject),
      master_key: v.optional(jsonObject),
      self_signing_key: v.optional(jsonObject),
      user_signing_key: v.optional(jsonObject),
    }),
  ),
  response: empty,
  auth: "token+uia",
  policy: { action: "keys.cross-signing.upload", who: "account", resource: "server" },
  audit: "keys.cross-signing.uploaded",
  limit: "uia",
  errors: ["M_CONFLICT", "M_FORBIDDEN", "M_INVALID_SIGNATURE"],
});

export const uploadCrossSigningSignatures = endpoint({
  ...ofKeys,
  path: "/_matrix/client/v3/keys/signatures/upload",
  spec: "post_matrixclientv3keyssignaturesupload",
  body: eventJson(signedByUser),
  response: v.object({ failures: jsonObject }),
  policy: { action: "keys.signatures.upload", who: "account", resource: "server" },
  audit: "keys.signatures.uploaded",
  limit: "write",
});
