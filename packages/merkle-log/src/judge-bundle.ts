import { createHash } from "node:crypto";
import { endOfEntry, LENGTH_BYTES } from "./bundles.ts";
import { hashLeaf, isSameHash, MAX_ENTRY_BYTES } from "./hashes.ts";

/** What a bundle is found to be, entry by entry, against the leaf hashes that it should have. */
export interface BundleJudge {
  fits(position: number, entry: Uint8Array): void;
  altered(position: number, reason: string): void;
  /** The file itself is too short, too long, or falls apart. */
  broken(reason: string): void;
}

/** Whether `count` entries from `at` fill the bundle exactly. */
function isWhole(bundle: Uint8Array, start: number, count: number): boolean {
  let at = start;
  for (let left = count; left > 0; left -= 1) {
    const end = endOfEntry(bundle, at);
    if (end === undefined) return false;
    at = end;
  }
  return at === bundle.length;
}

/** A search hashes up to 65,536 times; where a whole bundle was exchanged there is nothing to be found. */
const MAX_FAILED_SEARCHES = 3;

/** How long the entry from `start` must be to have that hash. Tries every length with one pass over the bytes. */
function findLength(bundle: Uint8Array, start: number, leafHash: Uint8Array): number | undefined {
  const rest = bundle.subarray(start, start + MAX_ENTRY_BYTES);
  const running = createHash("sha256").update(new Uint8Array(1));
  for (let length = 0; length <= rest.length; length += 1) {
    if (isSameHash(running.copy().digest(), leafHash)) return length;
    running.update(rest.subarray(length, length + 1));
  }
  return undefined;
}

const fitsAt = (bundle: Uint8Array, at: number, end: number | undefined, leafHash: Uint8Array | undefined): end is number =>
  end !== undefined && leafHash !== undefined && isSameHash(hashLeaf(bundle.subarray(at + LENGTH_BYTES, end)), leafHash);

/**
 * Tells an altered entry from an altered length before it: after the first the next entry stands where it should. That the rest
 * can be cut into entries alone says little: an altered length can run into an empty entry and seem to find it again.
 */
export function judgeBundle(bundle: Uint8Array, leafHashes: readonly Uint8Array[], judge: BundleJudge): void {
  let at = 0;
  let failedSearches = 0;
  for (const [position, leafHash] of leafHashes.entries()) {
    const end = endOfEntry(bundle, at);
    if (fitsAt(bundle, at, end, leafHash)) {
      judge.fits(position, bundle.subarray(at + LENGTH_BYTES, end));
      at = end;
      continue;
    }
    const isRestWhole = end !== undefined && isWhole(bundle, end, leafHashes.length - position - 1);
    const isNextRight =
      end !== undefined && (end === bundle.length || fitsAt(bundle, end, endOfEntry(bundle, end), leafHashes[position + 1]));
    const isSearched = !isRestWhole || (!isNextRight && failedSearches < MAX_FAILED_SEARCHES);
    const length = isSearched ? findLength(bundle, at + LENGTH_BYTES, leafHash) : undefined;
    if (length !== undefined) {
      judge.altered(position, "the length that stands before it was altered");
      at += LENGTH_BYTES + length;
      continue;
    }
    failedSearches += isSearched ? 1 : 0;
    if (end === undefined) return judge.broken(`it ends within entry ${position} of ${leafHashes.length}`);
    judge.altered(position, "it is not the entry that was signed");
    if (!isRestWhole && !isNextRight) return judge.broken(`what follows entry ${position} of ${leafHashes.length} is in the wrong place`);
    at = end;
  }
  if (at < bundle.length) judge.broken(`${bundle.length - at} bytes too many`);
}
