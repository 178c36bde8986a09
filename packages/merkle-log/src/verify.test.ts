import assert from "node:assert/strict";
import { test } from "node:test";
import { EMPTY_ROOT, hashChildren, verifyConsistency, verifyInclusion } from "./index.ts";
import { createNaiveTree, entryOf, splitOf } from "./log.test-support.ts";

const naive = createNaiveTree(Array.from({ length: 700 }, (_, index) => entryOf(index)));

function flipBit(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[Math.floor(bit / 8)] = (copy[Math.floor(bit / 8)] ?? 0) ^ (1 << (bit % 8));
  return copy;
}

/** Every proof that differs from this one by a bit, or by a hash removed, doubled, added or changed for its neighbour. */
function* mutationsOf(proof: readonly Uint8Array[], strangers: readonly Uint8Array[]): Generator<Uint8Array[]> {
  for (const [at, hash] of proof.entries()) {
    for (let bit = 0; bit < 256; bit += 1) yield proof.with(at, flipBit(hash, bit));
    yield proof.toSpliced(at, 1);
    yield proof.toSpliced(at, 0, hash);
    yield proof.with(at, hash.subarray(0, 31));
    yield proof.with(at, Buffer.concat([hash, Buffer.of(0)]));
    const next = proof[at + 1];
    if (next !== undefined) yield proof.toSpliced(at, 2, next, hash);
    // The same bytes, cut elsewhere: joined before hashing they would be the same.
    if (next !== undefined) yield proof.toSpliced(at, 2, Buffer.concat([hash, next.subarray(0, 1)]), next.subarray(1));
  }
  for (const stranger of strangers) for (let at = 0; at <= proof.length; at += 1) yield proof.toSpliced(at, 0, stranger);
  if (proof.length > 0) yield [];
}

const PLACES = [
  [0, 2],
  [1, 2],
  [6, 7],
  [0, 8],
  [5, 8],
  [255, 256],
  [256, 257],
  [300, 513],
  [511, 700],
  [699, 700],
] as const;

test("no altered inclusion proof is accepted", () => {
  let tried = 0;
  for (const [index, size] of PLACES) {
    const [leaf, root, proof] = [naive.root(index, index + 1), naive.root(0, size), naive.path(index, 0, size)];
    assert.ok(verifyInclusion({ leaf, index, size, root, proof }));
    for (const mutation of mutationsOf(proof, [leaf, root, EMPTY_ROOT])) {
      tried += 1;
      assert.ok(!verifyInclusion({ leaf, index, size, root, proof: mutation }), `${index} of ${size}`);
    }
    for (let bit = 0; bit < 256; bit += 1) {
      assert.ok(!verifyInclusion({ leaf: flipBit(leaf, bit), index, size, root, proof }));
      assert.ok(!verifyInclusion({ leaf, index, size, root: flipBit(root, bit), proof }));
    }
  }
  assert.ok(tried > 10_000);
});

test("a proof proves one place and one leaf: no other index takes it, and no other leaf", () => {
  const size = 300;
  const root = naive.root(0, size);
  for (const index of [0, 1, 127, 128, 255, 256, 299]) {
    const proof = naive.path(index, 0, size);
    for (let other = 0; other < size; other += 1) {
      if (other === index) continue;
      assert.ok(!verifyInclusion({ leaf: naive.root(index, index + 1), index: other, size, root, proof }));
      assert.ok(!verifyInclusion({ leaf: naive.root(other, other + 1), index, size, root, proof }));
      assert.ok(!verifyInclusion({ leaf: naive.root(index, index + 1), index, size, root, proof: naive.path(other, 0, size) }));
    }
  }
});

test("an inner node cannot be passed off as a leaf of a smaller tree", () => {
  const [root, proof] = [naive.root(0, 8), naive.path(0, 0, 8)];
  // With the node over two leaves as "leaf" the rest of the path fits a tree of four; an entry with that hash cannot be found, for leaves are hashed apart.
  assert.ok(verifyInclusion({ leaf: naive.root(0, 2), index: 0, size: 4, root, proof: proof.slice(1) }));
  assert.ok(!verifyInclusion({ leaf: naive.root(0, 2), index: 0, size: 8, root, proof: proof.slice(1) }));
});

/** On which sides the siblings lie, by the RFC's recursion. A root does not say how many leaves it has: this is all that a path tells of it. */
function sidesOf(index: number, size: number): string {
  if (size <= 1) return "";
  const k = splitOf(size);
  return index < k ? `${sidesOf(index, k)}R` : `${sidesOf(index - k, size - k)}L`;
}

test("with another size a proof holds only where the way through the tree is the same", () => {
  let refused = 0;
  for (const [index, size] of PLACES) {
    const [leaf, root, proof] = [naive.root(index, index + 1), naive.root(0, size), naive.path(index, 0, size)];
    for (let other = 0; other <= 700; other += 1) {
      const isSameWay = index < other && sidesOf(index, other) === sidesOf(index, size);
      assert.equal(verifyInclusion({ leaf, index, size: other, root, proof }), isSameWay, `${index} of ${other}`);
      refused += isSameWay ? 0 : 1;
    }
  }
  assert.ok(refused > 5_000);
});

const PAIRS = [
  [1, 2],
  [2, 3],
  [3, 7],
  [4, 8],
  [6, 8],
  [255, 256],
  [256, 700],
  [257, 511],
  [500, 513],
  [699, 700],
] as const;

test("no altered consistency proof is accepted", () => {
  let tried = 0;
  for (const [oldSize, size] of PAIRS) {
    const [oldRoot, root, proof] = [naive.root(0, oldSize), naive.root(0, size), naive.subproof(oldSize, 0, size, true)];
    assert.ok(verifyConsistency({ oldSize, oldRoot, size, root, proof }));
    for (const mutation of mutationsOf(proof, [oldRoot, root, EMPTY_ROOT])) {
      tried += 1;
      assert.ok(!verifyConsistency({ oldSize, oldRoot, size, root, proof: mutation }), `${oldSize} to ${size}`);
    }
    for (let bit = 0; bit < 256; bit += 1) {
      assert.ok(!verifyConsistency({ oldSize, oldRoot: flipBit(oldRoot, bit), size, root, proof }));
      assert.ok(!verifyConsistency({ oldSize, oldRoot, size, root: flipBit(root, bit), proof }));
    }
    assert.ok(!verifyConsistency({ oldSize: size, oldRoot: root, size: oldSize, root: oldRoot, proof }), "the wrong way round");
  }
  assert.ok(tried > 10_000);
});

test("a consistency proof holds for no other old tree", () => {
  const size = 300;
  const root = naive.root(0, size);
  for (const oldSize of [1, 2, 128, 200, 255, 256, 299]) {
    const proof = naive.subproof(oldSize, 0, size, true);
    for (let other = 0; other <= size; other += 1) {
      if (other === oldSize) continue;
      assert.ok(!verifyConsistency({ oldSize: other, oldRoot: naive.root(0, other), size, root, proof }), `${other} by ${oldSize}`);
      assert.ok(!verifyConsistency({ oldSize, oldRoot: naive.root(0, other), size, root, proof }));
    }
  }
});

test("a log that rewrote one entry of its past proves consistency with nothing it signed before", () => {
  const forged = createNaiveTree(Array.from({ length: 700 }, (_, index) => (index === 100 ? Buffer.from("other") : entryOf(index))));
  for (const oldSize of [101, 128, 256, 699, 700]) {
    const proof = forged.subproof(oldSize, 0, 700, true);
    assert.ok(!verifyConsistency({ oldSize, oldRoot: naive.root(0, oldSize), size: 700, root: forged.root(0, 700), proof }));
    assert.ok(verifyConsistency({ oldSize, oldRoot: forged.root(0, oldSize), size: 700, root: forged.root(0, 700), proof }));
  }
});

test("an empty old tree and equal sizes need no proof, and take none", () => {
  const root = naive.root(0, 9);
  assert.ok(verifyConsistency({ oldSize: 0, oldRoot: EMPTY_ROOT, size: 9, root, proof: [] }));
  assert.ok(!verifyConsistency({ oldSize: 0, oldRoot: EMPTY_ROOT, size: 9, root, proof: [root] }));
  assert.ok(!verifyConsistency({ oldSize: 0, oldRoot: root, size: 9, root, proof: [] }));
  assert.ok(verifyConsistency({ oldSize: 0, oldRoot: EMPTY_ROOT, size: 0, root: EMPTY_ROOT, proof: [] }));
  assert.ok(!verifyConsistency({ oldSize: 0, oldRoot: root, size: 0, root, proof: [] }));
  assert.ok(!verifyConsistency({ oldSize: 0, oldRoot: EMPTY_ROOT, size: 0, root, proof: [] }));
  assert.ok(verifyConsistency({ oldSize: 9, oldRoot: root, size: 9, root, proof: [] }));
  assert.ok(!verifyConsistency({ oldSize: 9, oldRoot: root, size: 9, root, proof: [root] }));
  assert.ok(!verifyConsistency({ oldSize: 9, oldRoot: naive.root(0, 8), size: 9, root, proof: [] }));
  assert.ok(!verifyConsistency({ oldSize: 8, oldRoot: naive.root(0, 8), size: 9, root, proof: [] }));
});

test("numbers that are no sizes and arrays that are no hashes prove nothing, and throw nothing", () => {
  const [leaf, root] = [naive.root(0, 1), naive.root(0, 1)];
  assert.ok(verifyInclusion({ leaf, index: 0, size: 1, root, proof: [] }));
  for (const value of [-1, 0.5, Number.NaN, Infinity, 2 ** 53, 2 ** 60]) {
    assert.ok(!verifyInclusion({ leaf, index: value, size: 1, root, proof: [] }));
    assert.ok(!verifyInclusion({ leaf, index: 0, size: value, root, proof: [] }));
    assert.ok(!verifyConsistency({ oldSize: value, oldRoot: root, size: 1, root, proof: [] }));
    assert.ok(!verifyConsistency({ oldSize: 1, oldRoot: root, size: value, root, proof: [] }));
  }
  assert.ok(!verifyInclusion({ leaf: new Uint8Array(), index: 0, size: 1, root: new Uint8Array(), proof: [] }));
  assert.ok(!verifyConsistency({ oldSize: 1, oldRoot: new Uint8Array(), size: 1, root: new Uint8Array(), proof: [] }));
});

test("paths through trees beyond 32 bits are followed as they are", () => {
  const size = 2 ** 52;
  const proof = Array.from({ length: 52 }, (_, at) => Buffer.alloc(32, at));
  const leaf = naive.root(0, 1);
  let root = leaf;
  // Of the last entry but one, all siblings but the lowest lie at its left.
  for (const [at, sibling] of proof.entries()) root = at === 0 ? hashChildren(root, sibling) : hashChildren(sibling, root);
  assert.ok(verifyInclusion({ leaf, index: size - 2, size, root, proof }));
  assert.ok(!verifyInclusion({ leaf, index: size - 1, size, root, proof }));
  assert.ok(!verifyInclusion({ leaf, index: (size - 2) % 2 ** 32, size, root, proof }));
});
