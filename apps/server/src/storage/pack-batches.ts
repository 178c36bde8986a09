import type { Batch, Param, SqlValue } from "./contract.ts";

/**
 * Batches laid flat for the way to the writer. Cloning the nested objects costs twice the time on the main
 * thread and five times on the writer's (docs/decisions/0002-storage-engine.md), and a small Buffer would drag
 * along its whole pool: up to 64 KiB of other people's bytes per value.
 */
export interface PackedBatches {
  /** Per batch: positions, whether it erases, writes; per write: statement, expect (−1: any), parameters; per parameter its kind. */
  readonly shape: Int32Array<ArrayBuffer>;
  /** Texts, numbers and nulls as they are; the length of bytes; the offset of a position. */
  readonly values: readonly (null | number | string)[];
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** What the writer binds: a position is filled when the batch's first one is known. */
export interface UnpackedWrite {
  readonly statement: number;
  /** −1: any number of rows. */
  readonly expect: number;
  readonly params: SqlValue[];
  /** Indexes in `params` that hold an offset from the batch's first position. */
  readonly positionAt: readonly number[];
}

export interface UnpackedBatch {
  readonly positions: number;
  readonly erases: boolean;
  readonly writes: readonly UnpackedWrite[];
}

const PLAIN = 0;
const BYTES = 1;
const POSITION = 2;

export function packBatches(batches: readonly Batch[]): PackedBatches {
  const shape: number[] = [];
  const values: (null | number | string)[] = [];
  const chunks: Uint8Array[] = [];
  let size = 0;
  const packParam = (param: Param) => {
    if (param === null || typeof param !== "object") {
      shape.push(PLAIN);
      values.push(param);
    } else if (param instanceof Uint8Array) {
      shape.push(BYTES);
      values.push(param.length);
      chunks.push(param);
      size += param.length;
    } else {
      shape.push(POSITION);
      values.push(param.position);
    }
  };
  for (const { positions, erases, writes } of batches) {
    shape.push(positions ?? 0, erases === true ? 1 : 0, writes.length);
    for (const { statement, params, expect } of writes) {
      shape.push(statement, expect ?? -1, params.length);
      for (const param of params) packParam(param);
    }
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return { shape: Int32Array.from(shape), values, bytes };
}

export function unpackBatches({ shape, values, bytes }: PackedBatches): UnpackedBatch[] {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let atShape = 0;
  let atValue = 0;
  let atByte = 0;
  const nextShape = () => shape[atShape++] ?? 0;
  const readWrite = (): UnpackedWrite => {
    const [statement, expect, count] = [nextShape(), nextShape(), nextShape()];
    const params: SqlValue[] = [];
    const positionAt: number[] = [];
    for (let index = 0; index < count; index += 1) {
      const kind = nextShape();
      const value = values[atValue++] ?? null;
      if (kind === POSITION) positionAt.push(index);
      if (kind === BYTES && typeof value === "number") {
        params.push(all.subarray(atByte, atByte + value));
        atByte += value;
      } else params.push(value);
    }
    return { statement, expect, params, positionAt };
  };
  const batches: UnpackedBatch[] = [];
  while (atShape < shape.length) {
    const [positions, erases] = [nextShape(), nextShape() === 1];
    batches.push({ positions, erases, writes: Array.from({ length: nextShape() }, readWrite) });
  }
  return batches;
}
