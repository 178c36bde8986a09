import assert from "node:assert/strict";
import { test } from "node:test";
import { createSeededRandom } from "@wardroom/testkit";
import type { Param } from "./contract.ts";
import { packBatches, unpackBatches } from "./pack-batches.ts";

const random = createSeededRandom("pack");

function someParam(): Param {
  const kinds = [
    null,
    random.below(1e6),
    -1.5,
    "",
    "茶\u0000x",
    new Uint8Array(0),
    random.bytes(random.below(300)),
    { position: random.below(3) },
  ];
  return kinds[random.below(kinds.length)] ?? null;
}

test("whatever goes to the writer arrives as it was", () => {
  for (let round = 0; round < 200; round += 1) {
    const batches = Array.from({ length: random.below(5) }, () => ({
      positions: random.below(4),
      erases: random.below(2) === 0,
      writes: Array.from({ length: random.below(4) }, () => ({
        statement: random.below(100),
        params: Array.from({ length: random.below(6) }, someParam),
        ...(random.below(2) === 0 ? {} : { expect: random.below(3) }),
      })),
    }));
    const arrived = unpackBatches(structuredClone(packBatches(batches)));
    assert.deepEqual(
      arrived.map(({ positions, erases, writes }) => ({
        positions,
        erases,
        writes: writes.map(({ statement, expect, params, positionAt }) => ({
          statement,
          params: params.map((value, index) => {
            if (positionAt.includes(index)) return { position: value };
            return value instanceof Uint8Array ? new Uint8Array(value) : value;
          }),
          ...(expect < 0 ? {} : { expect }),
        })),
      })),
      batches,
    );
  }
});

test("a small buffer does not take its pool along", () => {
  const pool = Buffer.alloc(8192, "secret of somebody else ");
  const { bytes } = packBatches([{ writes: [{ statement: 1, params: [pool.subarray(0, 3)] }] }]);
  assert.equal(bytes.buffer.byteLength, 3);
});
