import { EMPTY_ROOT, HASH_BYTES, hashChildren } from "./hashes.ts";
import { type ReadTile, readWhole } from "./read-tile.ts";
import { edgeTiles, requireCount, TILE_WIDTH } from "./tiles.ts";

export interface FullTile {
  readonly level: number;
  readonly index: number;
  /** 256 hashes, 8,192 bytes. */
  readonly hashes: Uint8Array;
}

/** A growing tree. It holds only its right edge: one partial tile a level. */
export interface Tree {
  readonly size: number;
  /**
   * Adds a leaf by its hash and gives the tiles that it completed, lowest level first: mostly none.
   * @throws RangeError
   */
  append(leafHash: Uint8Array): readonly FullTile[];
  root(): Uint8Array;
  /** The hashes of the level's partial tile as they are now; empty if there are none. */
  partialTile(level: number): Uint8Array;
}

/** A partial tile, and at `peaks[h]` the root of its last perfect subtree of 2^h hashes if bit h of its width is set. */
interface Edge {
  readonly hashes: Buffer;
  readonly peaks: Uint8Array[];
  width: number;
}

const createEdge = (): Edge => ({ hashes: Buffer.alloc(TILE_WIDTH * HASH_BYTES), peaks: [], width: 0 });
const NONE: readonly FullTile[] = [];

/** Like counting in binary: one inner hash for each hash added, on average. Gives the tile's root once it is full. */
function add(edge: Edge, hash: Uint8Array): Uint8Array | undefined {
  const at = edge.width * HASH_BYTES;
  edge.hashes.set(hash, at);
  // A view, not the caller's array: that one may be written to again.
  let node: Uint8Array = edge.hashes.subarray(at, at + HASH_BYTES);
  let height = 0;
  for (let rest = edge.width; rest % 2 === 1; rest = (rest - 1) / 2) {
    node = hashChildren(edge.peaks[height] ?? EMPTY_ROOT, node);
    height += 1;
  }
  edge.peaks[height] = node;
  edge.width += 1;
  return edge.width === TILE_WIDTH ? node : undefined;
}

/** RFC 6962, section 2.1: from the smallest perfect subtree at the right to the largest at the left. */
function foldEdges(edges: readonly Edge[]): Uint8Array {
  let root: Uint8Array | undefined;
  for (const { peaks, width } of edges) {
    for (const [height, peak] of peaks.entries()) {
      if (Math.floor(width / 2 ** height) % 2 === 1) root = root === undefined ? peak : hashChildren(peak, root);
    }
  }
  return Uint8Array.from(root ?? EMPTY_ROOT);
}

function growTree(edges: Edge[], start: number): Tree {
  let size = start;
  return {
    get size() {
      return size;
    },
    append(leafHash) {
      if (leafHash.length !== HASH_BYTES) throw new RangeError(`a leaf's hash has ${HASH_BYTES} bytes`);
      requireCount(size + 1, "the size of a tree");
      let completed = NONE;
      let carry: Uint8Array | undefined = leafHash;
      for (let level = 0; carry !== undefined; level += 1) {
        const edge = (edges[level] ??= createEdge());
        carry = add(edge, carry);
        if (carry === undefined) break;
        completed = [...completed, { level, index: Math.floor(size / TILE_WIDTH ** (level + 1)), hashes: edge.hashes }];
        edges[level] = createEdge();
      }
      size += 1;
      return completed;
    },
    root: () => foldEdges(edges),
    partialTile(level) {
      const edge = edges[level];
      return edge === undefined ? new Uint8Array() : Uint8Array.from(edge.hashes.subarray(0, edge.width * HASH_BYTES));
    },
  };
}

export function createTree(): Tree {
  return growTree([], 0);
}

/**
 * The tree of that size, to be grown further. Reads its partial tiles only, at most one a level.
 * @throws MalformedTile if the reader gives other lengths; what is read is not verified: compare the root
 */
export async function loadTree(size: number, readTile: ReadTile): Promise<Tree> {
  requireCount(size, "the size of a tree");
  const edges: Edge[] = [];
  for (const tile of edgeTiles(size)) {
    const bytes = await readWhole(readTile, tile);
    const edge = createEdge();
    for (let at = 0; at < bytes.length; at += HASH_BYTES) add(edge, bytes.subarray(at, at + HASH_BYTES));
    while (edges.length < tile.level) edges.push(createEdge());
    edges.push(edge);
  }
  return growTree(edges, size);
}

/** Root of a tree whose partial tiles, lowest level first, have these hashes. */
export function rootOfEdge(tiles: readonly (readonly Uint8Array[])[]): Uint8Array {
  return foldEdges(
    tiles.map((hashes) => {
      const edge = createEdge();
      for (const hash of hashes) add(edge, hash);
      return edge;
    }),
  );
}

/** Root of the tree of that size, from its right edge. @throws MalformedTile */
export async function rootOf(size: number, readTile: ReadTile): Promise<Uint8Array> {
  return (await loadTree(size, readTile)).root();
}
