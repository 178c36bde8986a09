/** Types that a browser may show in its window (Client-Server API, "Serving inline content"). No HTML, no SVG. */
const inlineTypes: ReadonlySet<string> = new Set([
  "text/css",
  "text/plain",
  "text/csv",
  "application/json",
  "application/ld+json",
  "image/jpeg",
  "image/gif",
  "image/png",
  "image/apng",
  "image/webp",
  "image/avif",
  "video/mp4",
  "video/webm",
  "video/ogg",
  "video/quicktime",
  "audio/mp4",
  "audio/webm",
  "audio/aac",
  "audio/mpeg",
  "audio/ogg",
  "audio/wave",
  "audio/wav",
  "audio/x-wav",
  "audio/x-pn-wav",
  "audio/flac",
  "audio/x-flac",
]);

const UNKNOWN = "application/octet-stream";
const TOKEN = "[a-z0-9!#$&^_.+-]{1,100}";
const TYPE = new RegExp(String.raw`^\s*(${TOKEN}/${TOKEN})\s*(?:;\s*charset="?([a-z0-9_-]{1,40})"?\s*)?(?:;|$)`, "i");
/** What a browser would run. It is an attachment in a sandbox anyway; nothing is lost by not calling it by its name either. */
const SCRIPTABLE = /html|xml|svg|script|xsl|multipart|mhtml/;

/** What is kept of the `Content-Type` of an upload: type and character set, or that it is not known. */
export function storedType(header: string | undefined): string {
  const [, type, charset] = TYPE.exec(header ?? "") ?? [];
  if (type === undefined) return UNKNOWN;
  return charset === undefined ? type.toLowerCase() : `${type.toLowerCase()}; charset=${charset.toLowerCase()}`;
}

const essence = (type: string): string => type.split(";", 1)[0] ?? "";

/** @NOTSPEC types that a browser would run are answered as `application/octet-stream`, not as they were uploaded. */
export const servedType = (type: string): string => (type === "" || SCRIPTABLE.test(essence(type)) ? UNKNOWN : type);

/** `Content-Disposition` (RFC 6266), with the name as it was given. */
export function disposition(type: string, name: string | undefined): string {
  const kind = inlineTypes.has(essence(type)) ? "inline" : "attachment";
  const shown = name === undefined ? "" : withoutControls(name);
  if (shown === "") return kind;
  const isPlain = /^[\x20-\x7e]+$/.test(shown) && !/["\\%]/.test(shown);
  if (isPlain) return `${kind}; filename="${shown}"`;
  // For readers that know no RFC 8187; those that do take the second.
  const fallback = shown.replaceAll(/[^\x20-\x7e]|["\\%]/gu, "_");
  return `${kind}; filename="${fallback}"; filename*=UTF-8''${encode(shown)}`;
}

// @NOTSPEC names are served without these. Line ends would begin a header of the uploader's choice. The marks that turn the direction of writing make `exe.jpg` of `gpj.exe`.
const withoutControls = (name: string): string => name.toWellFormed().replaceAll(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, "");

/** `encodeURIComponent` leaves a few characters that RFC 8187 does not allow. */
const encode = (text: string): string =>
  encodeURIComponent(text).replaceAll(/['()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
