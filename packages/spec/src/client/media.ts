import * as v from "valibot";
import { bytes, endpoint, file, none } from "../endpoint.ts";
import { empty, name, noParams, noQuery, queryBoolean, queryCount, queryInteger } from "../fields.ts";

// The downloads without a token are not here on purpose: whoever learns an address would have the file.
const uri = v.object({ content_uri: v.string() });
const named = v.object({ filename: v.optional(name) });
const place = v.object({ serverName: name, mediaId: name });
const patience = { timeout_ms: v.optional(queryCount) };
const unrecorded = none("an ordinary read");

const writes = {
  module: "media",
  auth: "token",
  policy: { action: "media.upload", who: "account", resource: "server" },
  limit: "write",
} as const;

const reads = {
  method: "GET",
  module: "media",
  body: none("reads"),
  response: file("the stored bytes"),
  auth: "token",
  policy: { action: "media.read", who: "account", resource: "server" },
  audit: unrecorded,
  limit: "read",
} as const;

export const uploadContent = endpoint({
  ...writes,
  method: "POST",
  path: "/_matrix/media/v3/upload",
  spec: "post_matrixmediav3upload",
  params: noParams,
  query: named,
  body: bytes("the file"),
  response: uri,
  audit: "media.uploaded",
  errors: ["M_FORBIDDEN", "M_USER_DEACTIVATED"],
});

export const createContent = endpoint({
  ...writes,
  method: "POST",
  path: "/_matrix/media/v1/create",
  spec: "post_matrixmediav1create",
  params: noParams,
  query: noQuery,
  body: none("carries nothing"),
  response: v.object({ content_uri: v.string(), unused_expires_at: v.number() }),
  audit: none("an empty place that only its maker can fill; the upload is recorded"),
  errors: [],
});

export const uploadContentToMXC = endpoint({
  ...writes,
  method: "PUT",
  path: "/_matrix/media/v3/upload/{serverName}/{mediaId}",
  spec: "put_matrixmediav3uploadservernamemediaid",
  params: place,
  query: named,
  body: bytes("the file"),
  response: empty,
  audit: "media.uploaded",
  errors: ["M_CANNOT_OVERWRITE_MEDIA", "M_FORBIDDEN", "M_NOT_FOUND", "M_USER_DEACTIVATED"],
});

export const getContentAuthed = endpoint({
  ...reads,
  path: "/_matrix/client/v1/media/download/{serverName}/{mediaId}",
  spec: "get_matrixclientv1mediadownloadservernamemediaid",
  params: place,
  query: v.object(patience),
  errors: ["M_NOT_FOUND", "M_NOT_YET_UPLOADED"],
});

export const getContentOverrideNameAuthed = endpoint({
  ...reads,
  path: "/_matrix/client/v1/media/download/{serverName}/{mediaId}/{fileName}",
  spec: "get_matrixclientv1mediadownloadservernamemediaidfilename",
  params: v.object({ ...place.entries, fileName: name }),
  query: v.object(patience),
  errors: ["M_NOT_FOUND", "M_NOT_YET_UPLOADED"],
});

const side = v.pipe(queryInteger, v.minValue(1, "is less than 1"), v.maxValue(100_000, "is more than 100000"));

export const getContentThumbnailAuthed = endpoint({
  ...reads,
  path: "/_matrix/client/v1/media/thumbnail/{serverName}/{mediaId}",
  spec: "get_matrixclientv1mediathumbnailservernamemediaid",
  params: place,
  query: v.object({
    ...patience,
    width: side,
    height: side,
    method: v.optional(v.picklist(["crop", "scale"])),
    animated: v.optional(queryBoolean),
  }),
  errors: ["M_NOT_FOUND", "M_NOT_YET_UPLOADED", "M_UNKNOWN"],
});

export const getConfigAuthed = endpoint({
  ...reads,
  path: "/_matrix/client/v1/media/config",
  // Clients still ask at the older place.
  aliases: ["/_matrix/media/v3/config"],
  spec: "get_matrixclientv1mediaconfig",
  params: noParams,
  query: noQuery,
  response: v.object({ "m.upload.size": v.number() }),
  errors: [],
});
