import { isJsonObject, isRoomId, type JsonObject, type JsonValue, own, ownObject } from "@wardroom/matrix-core";
import { MatrixError } from "#kernel";
import type { Quality, SessionKey } from "./backup-session-store.ts";

/** Clients put 100 to 200 at once. */
const MOST_KEYS = 1000;
/** Of JSON text; an exported session of Megolm takes less than one kilobyte. */
const MOST_DATA_BYTES = 8192;
const MOST_SESSION_ID_BYTES = 255;

const isCount = (value: JsonValue | undefined): value is number => typeof value === "number" && Number.isSafeInteger(value) && value >= 0;

/**
 * The keys of a request, whatever its scope.
 * @throws MatrixError M_BAD_JSON, M_INVALID_PARAM, M_TOO_LARGE: then nothing of the request is stored.
 */
export function readRoomKeys(rooms: JsonObject): readonly SessionKey[] {
  const keys: SessionKey[] = [];
  for (const [roomId, room] of Object.entries(rooms)) {
    if (!isRoomId(roomId)) throw new MatrixError("M_INVALID_PARAM", "rooms: not a room id.");
    const sessions = isJsonObject(room) ? ownObject(room, "sessions") : undefined;
    if (sessions === undefined) throw new MatrixError("M_BAD_JSON", "rooms: a room has `sessions`.");
    for (const [sessionId, value] of Object.entries(sessions)) {
      if (keys.length === MOST_KEYS) throw new MatrixError("M_TOO_LARGE", `A request has at most ${MOST_KEYS} keys.`);
      keys.push({ roomId, sessionId: checkSessionId(sessionId), ...readKey(value) });
    }
  }
  return keys;
}

function checkSessionId(id: string): string {
  if (id === "" || id.includes("\u0000") || !id.isWellFormed() || Buffer.byteLength(id) > MOST_SESSION_ID_BYTES)
    throw new MatrixError("M_INVALID_PARAM", `A session id has 1 to ${MOST_SESSION_ID_BYTES} bytes.`);
  return id;
}

function readKey(value: JsonValue | undefined): Omit<SessionKey, "roomId" | "sessionId"> {
  if (!isJsonObject(value)) throw new MatrixError("M_BAD_JSON", "A key is an object.");
  const firstMessageIndex = own(value, "first_message_index");
  const forwardedCount = own(value, "forwarded_count");
  const isVerified = own(value, "is_verified");
  const sessionData = own(value, "session_data");
  if (!isCount(firstMessageIndex) || !isCount(forwardedCount) || typeof isVerified !== "boolean" || !isJsonObject(sessionData))
    throw new MatrixError("M_BAD_JSON", "A key has first_message_index, forwarded_count, is_verified and session_data.");
  const data = JSON.stringify(sessionData);
  if (Buffer.byteLength(data) > MOST_DATA_BYTES) throw new MatrixError("M_TOO_LARGE", `session_data has at most ${MOST_DATA_BYTES} bytes.`);
  return { firstMessageIndex, forwardedCount, isVerified, data };
}

/** Specification, "Server-side key backups": verified before unverified, then the lower index, then fewer hands. Equal: the old one stays. */
export function isBetter(one: Quality, other: Quality): boolean {
  if (one.isVerified !== other.isVerified) return one.isVerified;
  if (one.firstMessageIndex !== other.firstMessageIndex) return one.firstMessageIndex < other.firstMessageIndex;
  return one.forwardedCount < other.forwardedCount;
}

/** The key as the specification shapes it. */
export const keyText = ({ firstMessageIndex, forwardedCount, isVerified, data }: SessionKey): string =>
  `{"first_message_index":${firstMessageIndex},"forwarded_count":${forwardedCount},"is_verified":${isVerified},"session_data":${data}}`;
