import assert from "node:assert/strict";
import { test } from "node:test";
import { createSeededRandom } from "@wardroom/testkit";
import { createTree, EMPTY_ROOT, hashChildren, hashLeaf, loadTree, proveConsistency, proveInclusion, rootOf } from "./index.ts";
import { tilesOf, verifyConsistency, verifyInclusion } from "./index.ts";
import { createNaiveTree, entryOf, hex, makeLog } from "./log.test-support.ts";

/** Leaves and roots of the test tree of Certificate Transparency's own implementations. */
const VECTORS = [
  ["", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"],
  ["00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
  ["10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"],
  ["2021", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"],
  ["3031", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"],
  ["40414243", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"],
  ["5051525354555657", "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"],
  ["606162636465666768696a6b6c6d6e6f", "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"],
] as const;

const vectorTree = () => {
  const tree = createTree();
  for (const [leaf] of VECTORS) tree.append(hashLeaf(Buffer.from(leaf, "hex")));
  return { size: VECTORS.length, readTile: ({ width }: { width: number }) => tree.partialTile(0).subarray(0, width * 32) };
};

test("the roots of 0 to 8 leaves are those of Certificate Transparency", () => {
  const tree = createTree();
  assert.equal(hex(tree.root()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  assert.equal(hex(EMPTY_ROOT), hex(tree.root()));
  for (const [leaf, root] of VECTORS) {
    assert.deepEqual(tree.append(hashLeaf(Buffer.from(leaf, "hex"))), []);
    assert.equal(hex(tree.root()), root);
  }
});

test("the proofs over 8 leaves are those of Certificate Transparency", async () => {
  const { size, readTile } = vectorTree();
  const first = [
    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
  ];
  assert.deepEqual((await proveInclusion({ index: 0, size, readTile })).map(hex), first);
  assert.deepEqual((await proveConsistency({ oldSize: 1, size, readTile })).map(hex), first);
  assert.deepEqual((await proveConsistency({ oldSize: 6, size, readTile })).map(hex), [
    "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
  ]);
  assert.deepEqual((await proveConsistency({ oldSize: 2, size: 5, readTile })).map(hex), [
    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
  ]);
});

const LARGEST = 2000;
const entries = Array.from({ length: LARGEST }, (_, index) => entryOf(index));
const naive = createNaiveTree(entries);
const { readTile } = naive;

async function checkInclusion(index: number, size: number): Promise<void> {
  const proof = await proveInclusion({ index, size, readTile });
  assert.deepEqual(proof.map(hex), naive.path(index, 0, size).map(hex), `${index} of ${size}`);
  assert.ok(verifyInclusion({ leaf: naive.root(index, index + 1), index, size, root: naive.root(0, size), proof }), `${index} of ${size}`);
}

async function checkConsistency(oldSize: number, size: number): Promise<void> {
  const proof = await proveConsistency({ oldSize, size, readTile });
  assert.deepEqual(proof.map(hex), oldSize === 0 ? [] : naive.subproof(oldSize, 0, size, true).map(hex), `${oldSize} to ${size}`);
  const roots = { oldRoot: naive.root(0, oldSize), root: naive.root(0, size) };
  assert.ok(verifyConsistency({ oldSize, size, ...roots, proof }), `${oldSize} to ${size}`);
}

test("up to 70 leaves each root and every proof there is are those of the RFC's definition", async () => {
  for (let size = 0; size <= 70; size += 1) {
    for (let index = 0; index < size; index += 1) await checkInclusion(index, size);
    for (let oldSize = 0; oldSize <= size; oldSize += 1) await checkConsistency(oldSize, size);
  }
});

test("from 0 to 2,000 leaves each root is the one of the RFC's definition, grown and read from tiles, and so are the proofs", async () => {
  const random = createSeededRandom("sizes");
  const tree = createTree();
  for (let size = 0; size <= LARGEST; size += 1) {
    assert.equal(tree.size, size);
    assert.equal(hex(tree.root()), hex(naive.root(0, size)), `grown to ${size}`);
    assert.equal(hex(await rootOf(size, readTile)), hex(naive.root(0, size)), `read at ${size}`);
    if (size > 0) await checkInclusion(size % 7 === 0 ? size - 1 : random.below(size), size);
    await checkConsistency(size % 7 === 0 ? size : random.below(size + 1), size);
    if (size < LARGEST) {
      const full = tree.append(hashLeaf(entries[size] ?? assert.fail()));
      for (const { level, index, hashes } of full) assert.equal(hex(hashes), hex(readTile({ level, index, width: 256 })));
      assert.equal(full.length, (size + 1) % 256 === 0 ? 1 : 0);
    }
  }
});

test("a tree of 66,000 leaves completes a tile of level 1, has the tiles of the definition, and proves across all its levels", async () => {
  const size = 66_000;
  const log = makeLog(size);
  const large = createNaiveTree(Array.from({ length: size }, (_, index) => entryOf(index)));
  assert.equal(hex(log.root), hex(large.root(0, size)));
  const tiles = [...tilesOf(size)];
  assert.deepEqual(
    tiles.filter(({ level, width }) => level > 0 || width < 256),
    [
      { level: 0, index: 257, width: 208 },
      { level: 1, index: 0, width: 256 },
      { level: 1, index: 1, width: 1 },
      { level: 2, index: 0, width: 1 },
    ],
  );
  assert.equal(tiles.length, 257 + 4);
  for (const tile of tiles) assert.equal(hex(await log.readTile(tile)), hex(large.readTile(tile)));
  for (const index of [0, 255, 256, 65_535, 65_536, 65_999]) {
    const proof = await proveInclusion({ index, size, readTile: log.readTile });
    assert.deepEqual(proof.map(hex), large.path(index, 0, size).map(hex));
    assert.ok(verifyInclusion({ leaf: hashLeaf(entryOf(index)), index, size, root: log.root, proof }));
  }
  for (const oldSize of [1, 256, 65_535, 65_536, 65_537]) {
    const proof = await proveConsistency({ oldSize, size, readTile: log.readTile });
    assert.deepEqual(proof.map(hex), large.subproof(oldSize, 0, size, true).map(hex));
    assert.ok(verifyConsistency({ oldSize, oldRoot: large.root(0, oldSize), size, root: log.root, proof }));
  }
});

test("a tree that is loaded grows on as if it had never been put away, and only its partial tiles are read", async () => {
  for (const size of [0, 1, 255, 256, 257, 700, 1024]) {
    const asked: unknown[] = [];
    const loaded = await loadTree(size, (tile) => {
      asked.push(`${tile.level}/${tile.index}/${tile.width}`);
      return readTile(tile);
    });
    assert.ok(asked.length <= 2, String(asked));
    for (let at = size; at < size + 300; at += 1) loaded.append(hashLeaf(entries[at] ?? assert.fail()));
    assert.equal(hex(loaded.root()), hex(naive.root(0, size + 300)));
    assert.equal(loaded.size, size + 300);
  }
});

test("what the caller does to its arrays afterwards does not change the tree", () => {
  const tree = createTree();
  const leaf = Uint8Array.from(hashLeaf(entryOf(0)));
  tree.append(leaf);
  leaf.fill(0);
  tree.root().fill(0);
  tree.partialTile(0).fill(0);
  assert.equal(hex(tree.root()), hex(naive.root(0, 1)));
});

test("a leaf's hash, a child or a tile of another length is refused", async () => {
  assert.throws(() => createTree().append(new Uint8Array(31)), RangeError);
  assert.throws(() => hashChildren(new Uint8Array(31), new Uint8Array(33)), RangeError);
  await assert.rejects(
    rootOf(5, () => new Uint8Array(4 * 32)),
    { name: "MalformedTile", message: "tile/0/000.p/5 has 128 bytes instead of 160" },
  );
  await assert.rejects(
    rootOf(-1, () => new Uint8Array()),
    RangeError,
  );
  for (const size of [0, 3, 4.5]) await assert.rejects(proveInclusion({ index: 3, size, readTile }), RangeError);
  await assert.rejects(proveConsistency({ oldSize: 4, size: 3, readTile }), RangeError);
});
