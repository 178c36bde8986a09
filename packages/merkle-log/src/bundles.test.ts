import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { packEntries, unpackEntries } from "./index.ts";
import { hex } from "./log.test-support.ts";

test("each entry stands after its length, a big-endian uint16", () => {
  assert.equal(hex(packEntries([Buffer.from("ab"), Buffer.alloc(0), Buffer.alloc(258, 1)])).slice(0, 20), "00026162000001020101");
});

test("what is packed comes out again", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 600 }), { maxLength: 256 }), (entries) => {
      assert.deepEqual(unpackEntries(packEntries(entries)).map(hex), entries.map(hex));
    }),
  );
  assert.equal(unpackEntries(packEntries([Buffer.alloc(65_535)]))[0]?.length, 65_535);
});

test("an entry whose length two bytes cannot tell, and a 257th entry, are refused", () => {
  assert.throws(() => packEntries([Buffer.alloc(65_536)]), { name: "MalformedBundle" });
  assert.throws(() => packEntries(Array.from({ length: 257 }, () => Buffer.alloc(1))), { name: "MalformedBundle" });
  assert.throws(() => unpackEntries(Buffer.alloc(257 * 2)), { name: "MalformedBundle" });
});

test("a bundle that was cut anywhere but between two entries is refused", () => {
  const bundle = packEntries([Buffer.from("abc"), Buffer.from("defg")]);
  for (let length = 0; length < bundle.length; length += 1) {
    const isBetween = length === 0 || length === 5;
    if (isBetween) assert.ok(unpackEntries(bundle.subarray(0, length)).length < 2);
    else assert.throws(() => unpackEntries(bundle.subarray(0, length)), { name: "MalformedBundle" }, String(length));
  }
});
