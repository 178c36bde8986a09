/**
 * Whether the text is the parts in order with anything between them: `["m.", ""]` is the pattern `m.*`. Two parts at least.
 * Leftmost matches and no backtracking: a regular expression made from `*a*a*a*…` would let a client burn the processor.
 */
export function matchesWildcard(parts: readonly string[], text: string): boolean {
  const first = parts[0] ?? "";
  const last = parts.at(-1) ?? "";
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false;
  let from = first.length;
  for (let index = 1; index < parts.length - 1; index += 1) {
    const part = parts[index] ?? "";
    const found = text.indexOf(part, from);
    if (found === -1) return false;
    from = found + part.length;
  }
  return from <= text.length - last.length;
}
