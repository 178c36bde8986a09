// Names in entries come from outside. What could move a terminal's cursor, or turn the order of its letters, is shown as a code.
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
// East Asian Wide and Fullwidth, as far as the two languages and people's names need it (UAX #11).
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

export function printable(text: string): string {
  return text.replaceAll(HIDDEN, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** One line of JSON that is the same value, and does nothing to a terminal either. */
export function jsonLine(value: unknown): string {
  const escape = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(value).replaceAll(HIDDEN, (character) => character.split("").map(escape).join(""));
}

/** Columns that a terminal gives to the text. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += WIDE.test(character) ? 2 : 1;
  return width;
}

export const padTo = (text: string, width: number): string => text + " ".repeat(Math.max(0, width - widthOf(text)));
