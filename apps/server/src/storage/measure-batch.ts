import type { Batch, Param } from "./contract.ts";

// What a batch and each of its values cost beside their bytes.
const OVERHEAD = 64;

/**
 * About how many bytes a batch holds while it waits.
 * @throws TypeError for a place in the feed that the batch does not draw: it would name another batch's.
 */
export function measureBatch({ writes, positions = 0 }: Batch): number {
  let size = OVERHEAD;
  for (const { params } of writes) {
    size += OVERHEAD;
    for (const param of params) size += sizeOf(param, positions);
  }
  return size;
}

function sizeOf(param: Param, positions: number): number {
  if (typeof param === "string") return param.length * 2 + OVERHEAD;
  if (param === null || typeof param !== "object") return OVERHEAD;
  if (param instanceof Uint8Array) return param.length + OVERHEAD;
  if (param.position < 0 || param.position >= positions) {
    throw new TypeError(`place ${param.position} of a batch that draws ${positions} positions`);
  }
  return OVERHEAD;
}
