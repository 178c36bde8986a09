import * as v from "valibot";
import { endpoint, json, none, raw } from "../endpoint.ts";
import { empty, jsonObject, name, noParams, noQuery, roomId } from "../fields.ts";

const base = { module: "e2ee", auth: "token" } as const;
const read = {
  ...base,
  body: none("reads"),
  policy: { action: "key-backup.read", who: "account", resource: "server" },
  audit: none("reads one's own"),
  limit: "read",
} as const;
const write = {
  ...base,
  policy: { action: "key-backup.write", who: "account", resource: "server" },
  limit: "write",
} as const;

const version = name;
const inVersion = v.object({ version });
const inRoom = v.object({ roomId });
const oneSession = v.object({ roomId, sessionId: name });
const changed = v.object({ etag: v.string(), count: v.number() });
const backup = raw("the backup");

/** The specification's only algorithm. */
const algorithm = v.literal("m.megolm_backup.v1.curve25519-aes-sha2");
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const keyData = v.object({ first_message_index: count, forwarded_count: count, is_verified: v.boolean(), session_data: jsonObject });
/** Clients put 100 to 200 keys of about a kilobyte at once. */
const KEYS_BYTES = 1024 * 1024;

export const postRoomKeysVersion = endpoint({
  ...write,
  method: "POST",
  path: "/_matrix/client/v3/room_keys/version",
  spec: "post_matrixclientv3room_keysversion",
  params: noParams,
  query: noQuery,
  body: json(v.object({ algorithm, auth_data: jsonObject })),
  response: v.object({ version: v.string() }),
  audit: "key-backup.created",
  errors: ["M_USER_DEACTIVATED"],
});

/** Clients ask for a key backup at every start and take only M_NOT_FOUND for "there is none". */
export const getRoomKeysVersionCurrent = endpoint({
  ...read,
  method: "GET",
  path: "/_matrix/client/v3/room_keys/version",
  spec: "get_matrixclientv3room_keysversion",
  params: noParams,
  query: noQuery,
  response: backup,
  errors: ["M_NOT_FOUND"],
});

export const getRoomKeysVersion = endpoint({
  ...read,
  method: "GET",
  path: "/_matrix/client/v3/room_keys/version/{version}",
  spec: "get_matrixclientv3room_keysversionversion",
  params: inVersion,
  query: noQuery,
  response: backup,
  errors: ["M_NOT_FOUND"],
});

export const putRoomKeysVersion = endpoint({
  ...write,
  method: "PUT",
  path: "/_matrix/client/v3/room_keys/version/{version}",
  spec: "put_matrixclientv3room_keysversionversion",
  params: inVersion,
  query: noQuery,
  body: { ...json(v.object({ algorithm, auth_data: jsonObject, version: v.optional(version) })), wrong: "M_INVALID_PARAM" },
  response: empty,
  audit: "key-backup.updated",
  errors: ["M_NOT_FOUND", "M_USER_DEACTIVATED"],
});

export const deleteRoomKeysVersion = endpoint({
  ...write,
  method: "DELETE",
  path: "/_matrix/client/v3/room_keys/version/{version}",
  spec: "delete_matrixclientv3room_keysversionversion",
  params: inVersion,
  query: noQuery,
  body: none("the path says all"),
  response: empty,
  audit: "key-backup.deleted",
  errors: ["M_NOT_FOUND"],
});

const put = { ...write, method: "PUT", query: inVersion, response: changed, audit: "key-backup.keys.put" } as const;
const putErrors = ["M_NOT_FOUND", "M_WRONG_ROOM_KEYS_VERSION", "M_USER_DEACTIVATED"] as const;

export const putRoomKeys = endpoint({
  ...put,
  path: "/_matrix/client/v3/room_keys/keys",
  spec: "put_matrixclientv3room_keyskeys",
  params: noParams,
  body: json(v.object({ rooms: jsonObject }), { maxBytes: KEYS_BYTES }),
  errors: putErrors,
});

export const putRoomKeysByRoomId = endpoint({
  ...put,
  path: "/_matrix/client/v3/room_keys/keys/{roomId}",
  spec: "put_matrixclientv3room_keyskeysroomid",
  params: inRoom,
  body: json(v.object({ sessions: jsonObject }), { maxBytes: KEYS_BYTES }),
  errors: putErrors,
});

export const putRoomKeyBySessionId = endpoint({
  ...put,
  path: "/_matrix/client/v3/room_keys/keys/{roomId}/{sessionId}",
  spec: "put_matrixclientv3room_keyskeysroomidsessionid",
  params: oneSession,
  body: json(keyData),
  errors: putErrors,
});

const get = { ...read, method: "GET", query: inVersion, errors: ["M_NOT_FOUND"], heavy: true } as const;

export const getRoomKeys = endpoint({
  ...get,
  path: "/_matrix/client/v3/room_keys/keys",
  spec: "get_matrixclientv3room_keyskeys",
  params: noParams,
  response: raw("rooms with their sessions"),
});

export const getRoomKeysByRoomId = endpoint({
  ...get,
  path: "/_matrix/client/v3/room_keys/keys/{roomId}",
  spec: "get_matrixclientv3room_keyskeysroomid",
  params: inRoom,
  response: raw("sessions"),
});

export const getRoomKeyBySessionId = endpoint({
  ...get,
  path: "/_matrix/client/v3/room_keys/keys/{roomId}/{sessionId}",
  spec: "get_matrixclientv3room_keyskeysroomidsessionid",
  params: oneSession,
  response: raw("key data"),
  heavy: false,
});

const remove = {
  ...write,
  method: "DELETE",
  query: inVersion,
  body: none("the path says all"),
  response: changed,
  audit: "key-backup.keys.deleted",
  errors: ["M_NOT_FOUND"],
} as const;

export const deleteRoomKeys = endpoint({
  ...remove,
  path: "/_matrix/client/v3/room_keys/keys",
  spec: "delete_matrixclientv3room_keyskeys",
  params: noParams,
});

export const deleteRoomKeysByRoomId = endpoint({
  ...remove,
  path: "/_matrix/client/v3/room_keys/keys/{roomId}",
  spec: "delete_matrixclientv3room_keyskeysroomid",
  params: inRoom,
});

export const deleteRoomKeyBySessionId = endpoint({
  ...remove,
  path: "/_matrix/client/v3/room_keys/keys/{roomId}/{sessionId}",
  spec: "delete_matrixclientv3room_keyskeysroomidsessionid",
  params: oneSession,
});
