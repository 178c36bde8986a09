/**
 * The kind of picture by its first bytes; what an uploader says of it is not asked. Only kinds that the decoder is let near:
 * no SVG (it names other files), no PDF, no camera formats.
 */
export function pictureType(start: Uint8Array): "image/png" | "image/jpeg" | "image/gif" | "image/webp" | undefined {
  const text = Buffer.from(start.buffer, start.byteOffset, Math.min(start.length, 16)).toString("latin1");
  if (text.startsWith("\u0089PNG\r\n\u001a\n")) return "image/png";
  if (text.startsWith("\u00ff\u00d8\u00ff")) return "image/jpeg";
  if (/^GIF8[79]a/.test(text)) return "image/gif";
  return text.startsWith("RIFF") && text.startsWith("WEBP", 8) ? "image/webp" : undefined;
}
export const PICTURE_START_BYTES = 16;
