import { isNewLocalpart, parseUserId } from "@wardroom/matrix-core";
import { MatrixError } from "#kernel";
import type { NewDevice } from "./contract.ts";

/** The shortest and the longest password that an account may get. */
export const passwordBounds = { characters: 8, bytes: 512 };
const MAX_DEVICE_ID_BYTES = 255;
const MAX_DISPLAY_NAME_BYTES = 255;

// A–Z only: String.toLowerCase would also turn U+212A (the Kelvin sign) into `k` and let one name pass for another.
const downcase = (text: string): string => text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());

/** Upper case is mapped to lower case (Matrix appendices, "User Identifiers"). Undefined: no such name can exist here. */
function toLocalpart(text: string): string | undefined {
  const localpart = downcase(text);
  return isNewLocalpart(localpart) ? localpart : undefined;
}

/** The user id that a typed name means: a localpart or a full id of this server. Undefined: no account here can have it. */
export function toUserId(name: string, serverName: string): string | undefined {
  const parsed = name.startsWith("@") ? parseUserId(name) : { localpart: name, serverName };
  if (parsed === undefined || parsed.serverName !== serverName) return undefined;
  const localpart = toLocalpart(parsed.localpart);
  const userId = `@${localpart}:${serverName}`;
  return localpart === undefined || parseUserId(userId) === undefined ? undefined : userId;
}

/** @throws MatrixError M_INVALID_USERNAME. */
export function requireNewUserId(localpart: string, serverName: string): string {
  const userId = localpart.startsWith("@") ? undefined : toUserId(localpart, serverName);
  if (userId === undefined) {
    throw new MatrixError(
      "M_INVALID_USERNAME",
      "A user name has a to z, 0 to 9 and . _ = / + - only, and at most 255 bytes with the server name.",
    );
  }
  return userId;
}

/** A password this long is no account's; it is not hashed. */
export const isTooLong = (password: string): boolean => Buffer.byteLength(password) > passwordBounds.bytes;

/** @throws MatrixError M_WEAK_PASSWORD, M_INVALID_PARAM. */
export function checkNewPassword(password: string): void {
  if (isTooLong(password)) throw new MatrixError("M_INVALID_PARAM", `A password has at most ${passwordBounds.bytes} bytes.`);
  if (Array.from(password).length < passwordBounds.characters) {
    throw new MatrixError("M_WEAK_PASSWORD", `A password has at least ${passwordBounds.characters} characters.`);
  }
}

// Control characters would blur the borders of composed names (`associated` texts, log lines).
// oxlint-disable-next-line no-control-regex
const DEVICE_ID = /^[^\u0000-\u001f\u007f]+$/;

/** @throws MatrixError M_INVALID_PARAM. */
export function checkDevice({ deviceId, displayName }: NewDevice): void {
  if (
    deviceId !== undefined &&
    !(DEVICE_ID.test(deviceId) && deviceId.isWellFormed() && Buffer.byteLength(deviceId) <= MAX_DEVICE_ID_BYTES)
  ) {
    throw new MatrixError("M_INVALID_PARAM", `device_id: 1 to ${MAX_DEVICE_ID_BYTES} bytes without control characters.`);
  }
  if (displayName !== undefined && Buffer.byteLength(displayName) > MAX_DISPLAY_NAME_BYTES) {
    throw new MatrixError("M_INVALID_PARAM", `The display name of a device has at most ${MAX_DISPLAY_NAME_BYTES} bytes.`);
  }
}
