const MAX_IDENTIFIER_BYTES = 255;

const SERVER_NAME = /^(?:\[[0-9A-Fa-f:.]{2,45}\]|[0-9A-Za-z.-]{1,255})(?::[0-9]{1,5})?$/;
const NEW_LOCALPART = /^[a-z0-9._=/+-]+$/;

export interface ServerScopedId {
  readonly localpart: string;
  readonly serverName: string;
}

/** The specification limits identifiers, types and state keys in bytes of UTF-8, not in characters. */
export const fitsIdentifier = (text: string): boolean =>
  text.length * 3 <= MAX_IDENTIFIER_BYTES || (text.length <= MAX_IDENTIFIER_BYTES && Buffer.byteLength(text) <= MAX_IDENTIFIER_BYTES);

const isOpaque = (text: string): boolean => text.isWellFormed() && !text.includes("\0");

const parseServerScoped = (sigil: string, text: string): ServerScopedId | undefined => {
  if (!text.startsWith(sigil) || !fitsIdentifier(text) || !isOpaque(text)) return undefined;
  const colon = text.indexOf(":");
  if (colon < 1) return undefined;
  const serverName = text.slice(colon + 1);
  return SERVER_NAME.test(serverName) ? { localpart: text.slice(1, colon), serverName } : undefined;
};

/**
 * `@localpart:server`, by the historical grammar, which servers must accept in events: any code points but `:` and NUL, even
 * none (Matrix appendices, "Historical User IDs").
 */
export const parseUserId = (text: string): ServerScopedId | undefined => parseServerScoped("@", text);

/** Of a user id already checked. Undefined if it was not. */
export const serverNameOf = (userId: string): string | undefined => parseUserId(userId)?.serverName;

/** The strict grammar, for accounts that are made now. */
export const isNewLocalpart = (text: string): boolean => fitsIdentifier(text) && NEW_LOCALPART.test(text);

/** `!opaque`, or `!opaque:server` before room version 12. */
export const isRoomId = (text: string): boolean => {
  if (text.includes(":")) return (parseServerScoped("!", text)?.localpart.length ?? 0) > 0;
  return text.length > 1 && text.startsWith("!") && fitsIdentifier(text) && isOpaque(text);
};

/** `$opaque`: to clients an opaque text, whatever the room version makes it of. */
export const isEventId = (text: string): boolean => text.length > 1 && text.startsWith("$") && fitsIdentifier(text) && isOpaque(text);

export const parseRoomAlias = (text: string): ServerScopedId | undefined => {
  const alias = parseServerScoped("#", text);
  return alias === undefined || alias.localpart === "" ? undefined : alias;
};
