/** A pattern of the specification's appendices, "Glob-style matching", made ready. Without regard to case. */
export interface Glob {
  /** @param text in lower case */
  matchesWhole(text: string): boolean;
  /** Whether it matches something in the text that begins and ends at a word boundary. @param text in lower case */
  matchesWords(text: string): boolean;
}

/**
 * No regular expression is made of what people write: a pattern is cut at its stars, and each piece is looked for once, from the
 * left, behind the one before it. That is at most the length of the text times that of the longest piece, whatever the pattern.
 */
export function compileGlob(pattern: string): Glob {
  const lower = pattern.toLowerCase();
  // `?` is one character, not half of one.
  const byCharacter = lower.includes("?");
  const pieces: readonly Text[] = lower.split(/\*+/).map((piece) => (byCharacter ? Array.from(piece) : piece));
  const read = (text: string): Text => (byCharacter ? Array.from(text) : text);
  return {
    matchesWhole: (text) => (!byCharacter && pieces.length === 1 ? text === lower : matches(pieces, read(text), atEdge, atEdge)),
    matchesWords: (text) => matches(pieces, read(text), startsWord, endsWord),
  };
}

type Text = ArrayLike<string> & { readonly length: number };
type Boundary = (text: Text, index: number) => boolean;

const atEdge: Boundary = (text, index) => index === 0 || index === text.length;

/** Of lower case: a letter, digit or underscore. */
export function isWord(character: string | undefined): boolean {
  const code = character?.codePointAt(0) ?? 0;
  return (code >= 97 && code <= 122) || (code >= 48 && code <= 57) || code === 95;
}

/** Start or end of the value, or a character that is no letter, digit or underscore. */
const boundary: Boundary = (text, index) => atEdge(text, index) || !isWord(text[index - 1]) || !isWord(text[index]);
const startsWord = boundary;
const endsWord = boundary;

function matches(pieces: readonly Text[], text: Text, mayStart: Boundary, mayEnd: Boundary): boolean {
  const [first = "", ...rest] = pieces;
  const last = rest.pop();
  // Anchored at both ends, the one piece must begin at the start: `atEdge` would also let it begin at the end.
  const whole = mayStart === atEdge;
  if (last === undefined) return find(first, text, 0, whole ? 0 : text.length, mayStart, mayEnd) !== undefined;
  let at = find(first, text, 0, whole ? 0 : text.length, mayStart);
  for (const piece of rest) {
    if (at === undefined) return false;
    at = find(piece, text, at, text.length);
  }
  if (at === undefined) return false;
  const from = whole ? text.length - last.length : at;
  return from >= at && find(last, text, from, text.length, anywhere, mayEnd) !== undefined;
}

const anywhere: Boundary = () => true;

/** @returns where the first fitting place that begins between `from` and `until` ends */
function find(piece: Text, text: Text, from: number, until: number, mayStart = anywhere, mayEnd = anywhere): number | undefined {
  for (let start = from; start <= Math.min(until, text.length - piece.length); start += 1) {
    if (mayStart(text, start) && fits(piece, text, start) && mayEnd(text, start + piece.length)) return start + piece.length;
  }
  return undefined;
}

function fits(piece: Text, text: Text, start: number): boolean {
  for (let index = 0; index < piece.length; index += 1) {
    if (piece[index] !== "?" && piece[index] !== text[start + index]) return false;
  }
  return true;
}
