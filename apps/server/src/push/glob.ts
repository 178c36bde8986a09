/**
 * What one person's rules may still cost for one event, in characters that are looked at. Sixteen patterns made to be slow took a
 * quarter of a second for one message, for each person in its room who had them.
 */
export interface Steps {
  left: number;
}

/** A pattern of the specification's appendices, "Glob-style matching", made ready. Without regard to case. */
export interface Glob {
  /** False also when the steps run out, as the next. @param text in lower case */
  matchesWhole(text: string, steps: Steps): boolean;
  /** Whether it matches something in the text that begins and ends at a word boundary. @param text in lower case */
  matchesWords(text: string, steps: Steps): boolean;
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
  const match = (text: string, steps: Steps, mayStart: Boundary, mayEnd: Boundary): boolean => {
    steps.left -= byCharacter ? text.length : 1;
    return steps.left >= 0 && matches(pieces, byCharacter ? Array.from(text) : text, { steps, mayStart, mayEnd });
  };
  return {
    matchesWhole: (text, steps) => (!byCharacter && pieces.length === 1 ? text === lower : match(text, steps, atEdge, atEdge)),
    matchesWords: (text, steps) => match(text, steps, boundary, boundary),
  };
}

type Text = ArrayLike<string> & { readonly length: number };
type Boundary = (text: Text, index: number) => boolean;

const atEdge: Boundary = (text, index) => index === 0 || index === text.length;

/** Of lower case: a letter, digit or underscore. */
export function isWord(character: string | undefined): boolean {
  const code = character?.charCodeAt(0) ?? 0;
  return (code >= 97 && code <= 122) || (code >= 48 && code <= 57) || code === 95;
}

/** Start or end of the value, or a character that is no letter, digit or underscore. */
const boundary: Boundary = (text, index) => atEdge(text, index) || !isWord(text[index - 1]) || !isWord(text[index]);
const anywhere: Boundary = () => true;

interface Bounds {
  readonly steps: Steps;
  readonly mayStart: Boundary;
  readonly mayEnd: Boundary;
}

function matches(pieces: readonly Text[], text: Text, bounds: Bounds): boolean {
  const [first = "", ...rest] = pieces;
  const last = rest.pop();
  const inside = { ...bounds, mayStart: anywhere, mayEnd: anywhere };
  // Anchored at both ends, the one piece must begin at the start: `atEdge` would also let it begin at the end.
  const whole = bounds.mayStart === atEdge;
  const most = whole ? 0 : text.length;
  if (last === undefined) return find(first, text, 0, most, bounds) !== undefined;
  let at = find(first, text, 0, most, { ...bounds, mayEnd: anywhere });
  for (const piece of rest) {
    if (at === undefined) return false;
    at = find(piece, text, at, text.length, inside);
  }
  if (at === undefined) return false;
  const from = whole ? text.length - last.length : at;
  return from >= at && find(last, text, from, text.length, { ...bounds, mayStart: anywhere }) !== undefined;
}

/** @returns where the first fitting place that begins between `from` and `until` ends */
function find(piece: Text, text: Text, from: number, until: number, { steps, mayStart, mayEnd }: Bounds): number | undefined {
  const most = Math.min(until, text.length - piece.length);
  for (let start = next(piece, text, from, most, steps); start <= most; start = next(piece, text, start + 1, most, steps)) {
    if (mayStart(text, start) && mayEnd(text, start + piece.length)) return start + piece.length;
  }
  return undefined;
}

/** Where the piece stands next, from `start` on; infinity if nowhere up to `most`, or if the steps have run out. */
function next(piece: Text, text: Text, start: number, most: number, steps: Steps): number {
  if (start > most) return Number.POSITIVE_INFINITY;
  if (typeof piece === "string" && typeof text === "string") {
    // The engine's own search takes a small part of the time.
    const found = start === most ? (text.startsWith(piece, start) ? start : -1) : text.indexOf(piece, start);
    steps.left -= 1 + Math.ceil((found < 0 ? most - start : found - start) / 8);
    return found < 0 || steps.left < 0 ? Number.POSITIVE_INFINITY : found;
  }
  for (let at = start; at <= most; at += 1) {
    const same = sameUpTo(piece, text, at);
    steps.left -= 1 + same;
    if (steps.left < 0) break;
    if (same === piece.length) return at;
  }
  return Number.POSITIVE_INFINITY;
}

function sameUpTo(piece: Text, text: Text, start: number): number {
  let index = 0;
  while (index < piece.length && (piece[index] === "?" || piece[index] === text[start + index])) index += 1;
  return index;
}
