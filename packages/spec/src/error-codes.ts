/** Matrix error codes that this server answers, with their HTTP status (Client-Server API, "Standard error response"). */
export const errorCodes = {
  M_BAD_ALIAS: 400,
  M_BAD_JSON: 400,
  M_BAD_STATE: 403,
  M_CANNOT_LEAVE_SERVER_NOTICE_ROOM: 403,
  M_CONFLICT: 409,
  M_EXCLUSIVE: 400,
  M_FORBIDDEN: 403,
  M_INCOMPATIBLE_ROOM_VERSION: 400,
  M_INVALID_PARAM: 400,
  M_INVALID_ROOM_STATE: 400,
  M_INVALID_USERNAME: 400,
  M_LIMIT_EXCEEDED: 429,
  M_MISSING_PARAM: 400,
  M_MISSING_TOKEN: 401,
  M_NOT_FOUND: 404,
  M_NOT_JSON: 400,
  M_ROOM_IN_USE: 400,
  M_TOO_LARGE: 413,
  M_UNABLE_TO_AUTHORISE_JOIN: 400,
  M_UNABLE_TO_GRANT_JOIN: 400,
  M_UNAUTHORIZED: 401,
  M_UNKNOWN: 500,
  M_UNKNOWN_TOKEN: 401,
  M_UNRECOGNIZED: 404,
  M_UNSUPPORTED_ROOM_VERSION: 400,
  M_USER_DEACTIVATED: 403,
  M_USER_IN_USE: 400,
  M_USER_LOCKED: 401,
  M_USER_SUSPENDED: 403,
  M_WEAK_PASSWORD: 400,
  M_WRONG_ROOM_KEYS_VERSION: 403,
} as const;

export type ErrorCode = keyof typeof errorCodes;

/** What any endpoint may answer, so that no declaration says it. Also M_UNKNOWN with status 500 or 503: a fault of the server. */
export const commonErrors: readonly ErrorCode[] = [
  "M_BAD_JSON",
  "M_INVALID_PARAM",
  "M_LIMIT_EXCEEDED",
  "M_MISSING_PARAM",
  "M_MISSING_TOKEN",
  "M_NOT_JSON",
  "M_TOO_LARGE",
  "M_UNKNOWN_TOKEN",
  "M_UNRECOGNIZED",
];
