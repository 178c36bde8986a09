const SPACE = 0x20;
const LINE_FEED = 0x0a;

/** Well-formed, and no ASCII control characters but the line feed (C2SP signed-note). */
export function isPlainText(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code < SPACE && code !== LINE_FEED) return false;
  }
  return text.isWellFormed();
}
