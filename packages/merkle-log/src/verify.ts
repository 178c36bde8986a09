import { EMPTY_ROOT, HASH_BYTES, hashChildren, isSameHash } from "./hashes.ts";
import { isCount } from "./tiles.ts";

// Sizes go beyond 32 bits, where the bit operators do not reach.
const half = (value: number): number => Math.floor(value / 2);
const isOdd = (value: number): boolean => value % 2 === 1;
const isPowerOfTwo = (value: number): boolean => {
  let rest = value;
  while (rest > 1 && !isOdd(rest)) rest = half(rest);
  return rest === 1;
};

// Hashes of other lengths could be joined differently and still give the same bytes to hash.
const areHashes = (hashes: readonly Uint8Array[]): boolean => hashes.every((hash) => hash.length === HASH_BYTES);

/**
 * RFC 9162, section 2.1.3.2. False for whatever does not prove it, also for what is not a proof at all.
 * @param input.leaf the entry's leaf hash (`hashLeaf(entry)`)
 */
export function verifyInclusion(input: {
  leaf: Uint8Array;
  index: number;
  size: number;
  root: Uint8Array;
  proof: readonly Uint8Array[];
}): boolean {
  const { leaf, index, size, root, proof } = input;
  if (!isCount(index) || !isCount(size) || index >= size || !areHashes([leaf, root, ...proof])) return false;
  let [first, last, node] = [index, size - 1, leaf];
  for (const sibling of proof) {
    if (last === 0) return false;
    if (isOdd(first) || first === last) {
      node = hashChildren(sibling, node);
      while (!isOdd(first) && first !== 0) [first, last] = [half(first), half(last)];
    } else {
      node = hashChildren(node, sibling);
    }
    [first, last] = [half(first), half(last)];
  }
  return last === 0 && isSameHash(node, root);
}

/** RFC 9162, section 2.1.4.2, step 1 and 2: what needs no proof, and must then have none. */
function verifyTrivially(oldSize: number, oldRoot: Uint8Array, size: number, root: Uint8Array): boolean {
  if (size === 0 && !isSameHash(root, EMPTY_ROOT)) return false;
  return isSameHash(oldRoot, oldSize === size ? root : EMPTY_ROOT);
}

/** RFC 9162, section 2.1.4.2. False for whatever does not prove it, also for what is not a proof at all. */
export function verifyConsistency(input: {
  oldSize: number;
  oldRoot: Uint8Array;
  size: number;
  root: Uint8Array;
  proof: readonly Uint8Array[];
}): boolean {
  const { oldSize, oldRoot, size, root, proof } = input;
  if (!isCount(oldSize) || !isCount(size) || oldSize > size || !areHashes([oldRoot, root, ...proof])) return false;
  if (oldSize === 0 || oldSize === size) return proof.length === 0 && verifyTrivially(oldSize, oldRoot, size, root);
  const [start, ...rest] = isPowerOfTwo(oldSize) ? [oldRoot, ...proof] : proof;
  if (start === undefined || proof.length === 0) return false;
  let [first, last] = [oldSize - 1, size - 1];
  while (isOdd(first)) [first, last] = [half(first), half(last)];
  let [oldNode, node] = [start, start];
  for (const next of rest) {
    if (last === 0) return false;
    if (isOdd(first) || first === last) {
      [oldNode, node] = [hashChildren(next, oldNode), hashChildren(next, node)];
      while (!isOdd(first) && first !== 0) [first, last] = [half(first), half(last)];
    } else {
      node = hashChildren(node, next);
    }
    [first, last] = [half(first), half(last)];
  }
  return last === 0 && isSameHash(oldNode, oldRoot) && isSameHash(node, root);
}
