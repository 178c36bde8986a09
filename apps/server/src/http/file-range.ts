/** Both ends included, as in the header. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

// More digits than a file has bytes could not be told apart as numbers.
const ONE_RANGE = /^bytes=(\d{0,15})-(\d{0,15})$/i;

/**
 * The part that a `Range` header asks for. Undefined where it asks for what is not served (several parts, other units, no
 * range at all): the whole is then the answer (RFC 9110, section 14.2). Several parts in one answer would let a few bytes of
 * request order the same bytes many times over.
 */
export function readRange(header: string, size: number): ByteRange | "unsatisfiable" | undefined {
  const [, from, to] = ONE_RANGE.exec(header.replaceAll(" ", "")) ?? [];
  if (from === undefined || to === undefined || (from === "" && to === "")) return undefined;
  if (from === "") {
    const suffix = Math.min(Number(to), size);
    return suffix === 0 ? "unsatisfiable" : { first: size - suffix, last: size - 1 };
  }
  const first = Number(from);
  const last = to === "" ? size - 1 : Math.min(Number(to), size - 1);
  if (to !== "" && Number(to) < first) return undefined;
  return first >= size ? "unsatisfiable" : { first, last };
}
