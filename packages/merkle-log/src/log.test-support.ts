import assert from "node:assert/strict";
import { createHash, createPrivateKey } from "node:crypto";
import { createTree, createSigner, edgeTiles, entriesPath, formatCheckpoint, hashLeaf, packEntries, signNote, tilePath } from "./index.ts";
import type { Bundle, ReadEntries, ReadTile, Tile } from "./index.ts";

/** An Ed25519 key of tests, the same for the same word. */
export function keyOf(word: string) {
  const seed = createHash("sha256").update(word).digest();
  const der = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed]);
  return createPrivateKey({ key: der, format: "der", type: "pkcs8" });
}

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** Entries of 0 to 36 bytes, all different from their neighbours. */
export const entryOf = (index: number): Uint8Array => Buffer.from(index === 3 ? "" : `entry ${index} ${"x".repeat(index % 27)}`);

/** RFC 6962, section 2.1, as it is written there: the other implementation, to which everything is held. */
export interface NaiveTree {
  readonly root: (low: number, high: number) => Uint8Array;
  /** PATH(m, D[low:high]). */
  readonly path: (m: number, low: number, high: number) => Uint8Array[];
  /** SUBPROOF(m, D[low:high], b). */
  readonly subproof: (m: number, low: number, high: number, b: boolean) => Uint8Array[];
  /** C2SP tlog-tiles: the hashes MTH(D[(n * 256 + i) * 256**l : (n * 256 + i + 1) * 256**l]). */
  readonly readTile: (tile: Tile) => Uint8Array;
}

export function splitOf(count: number): number {
  let k = 1;
  while (k * 2 < count) k *= 2;
  return k;
}

export function createNaiveTree(entries: readonly Uint8Array[]): NaiveTree {
  const sha256 = (...parts: Uint8Array[]) => createHash("sha256").update(Buffer.concat(parts)).digest();
  const known = new Map<string, Uint8Array>();
  const compute = (low: number, high: number): Uint8Array => {
    if (high === low) return sha256();
    if (high - low === 1) return sha256(Buffer.of(0), entries[low] ?? assert.fail());
    const k = splitOf(high - low);
    return sha256(Buffer.of(1), root(low, low + k), root(low + k, high));
  };
  const root = (low: number, high: number): Uint8Array => {
    const hash = known.get(`${low}:${high}`) ?? compute(low, high);
    known.set(`${low}:${high}`, hash);
    return hash;
  };
  const path = (m: number, low: number, high: number): Uint8Array[] => {
    if (high - low <= 1) return [];
    const k = splitOf(high - low);
    return m < k ? [...path(m, low, low + k), root(low + k, high)] : [...path(m - k, low + k, high), root(low, low + k)];
  };
  const subproof = (m: number, low: number, high: number, b: boolean): Uint8Array[] => {
    if (m === high - low) return b ? [] : [root(low, high)];
    const k = splitOf(high - low);
    if (m <= k) return [...subproof(m, low, low + k, b), root(low + k, high)];
    return [...subproof(m - k, low + k, high, false), root(low, low + k)];
  };
  const readTile = ({ level, index, width }: Tile): Uint8Array => {
    const span = 256 ** level;
    return Buffer.concat(Array.from({ length: width }, (_, at) => root((index * 256 + at) * span, (index * 256 + at + 1) * span)));
  };
  return { root, path, subproof, readTile };
}

export interface TestLog {
  readonly size: number;
  readonly root: Uint8Array;
  readonly vkey: string;
  readonly files: Map<string, Uint8Array>;
  readonly readTile: ReadTile;
  readonly readEntries: ReadEntries;
}

export const ORIGIN = "log.example/test";

function read(files: ReadonlyMap<string, Uint8Array>, path: string): Uint8Array {
  const bytes = files.get(path);
  if (bytes === undefined) throw new Error("no such file");
  return bytes;
}

export const readersOf = (files: ReadonlyMap<string, Uint8Array>) => ({
  readTile: (tile: Tile) => read(files, tilePath(tile)),
  readEntries: ({ index, width }: Bundle) => read(files, entriesPath(index, width)),
});

/** A whole log as its files, by path. */
export function makeLog(size: number, entry = entryOf): TestLog {
  const files = new Map<string, Uint8Array>();
  const tree = createTree();
  for (let start = 0; start < size; start += 256) {
    const entries = Array.from({ length: Math.min(256, size - start) }, (_, at) => entry(start + at));
    files.set(entriesPath(start / 256, entries.length), packEntries(entries));
    for (const full of entries.flatMap((bytes) => tree.append(hashLeaf(bytes)))) files.set(tilePath({ ...full, width: 256 }), full.hashes);
  }
  for (const tile of edgeTiles(size)) files.set(tilePath(tile), tree.partialTile(tile.level));
  const signer = createSigner(ORIGIN, keyOf("log"));
  const root = tree.root();
  files.set("checkpoint", Buffer.from(signNote(formatCheckpoint({ origin: ORIGIN, size, root }), [signer])));
  return { size, root, vkey: signer.vkey, files, ...readersOf(files) };
}
