import { isSameHash } from "./hashes.ts";
import { CANNOT_BE_READ, type Found, type Hashes, type LogFiles, splitHashes } from "./log-files.ts";
import type { FaultList } from "./log-report.ts";
import { recoverHashes, type Whole } from "./recover-hashes.ts";
import { edgeTiles, type Tile } from "./tiles.ts";
import { rootOfEdge } from "./tree.ts";
import type { Walk } from "./walk-tiles.ts";

interface Edge {
  readonly size: number;
  readonly root: Uint8Array;
  readonly files: LogFiles;
  readonly faults: FaultList;
  readonly walk: Walk;
}

/** The partial tiles with candidates for their hashes: themselves, what lies under them, what the entries give. */
async function recoverEdge(tiles: readonly Tile[], found: readonly Found[], { root, files }: Edge): Promise<readonly Whole[] | undefined> {
  const fits = (choice: readonly Whole[]): boolean => isSameHash(rootOfEdge(choice), root);
  const doubtful: (Tile & { candidates: Hashes[] })[] = [];
  for (const [at, tile] of tiles.entries()) {
    const bytes = found[at]?.bytes;
    const below = await files.hashesFromBelow(tile.level, tile.index);
    doubtful.push({ ...tile, candidates: bytes === undefined ? [below] : [splitHashes(bytes), below] });
  }
  const recovered = recoverHashes(doubtful, fits);
  if (recovered !== undefined) return recovered;
  // Reads the whole log once more, so only when nothing less helps.
  for (const { level, index, candidates } of doubtful) if (level > 0) candidates.push(await files.hashesFromEntries(level, index));
  return recoverHashes(doubtful, fits);
}

/**
 * The checkpoint's root is made of the partial tiles alone: they are proven first, and everything else by them.
 * @returns whether any reading of what is there fits the root
 */
export async function checkEdge(edge: Edge): Promise<boolean> {
  const { size, root, files, walk } = edge;
  const tiles = edgeTiles(size);
  const found: Found[] = [];
  for (const { level, index } of tiles) found.push(await files.readTile(level, index));
  const stored = found.flatMap(({ bytes }) => (bytes === undefined ? [] : [splitHashes(bytes)]));
  const isRight = stored.length === tiles.length && isSameHash(rootOfEdge(stored), root);
  const proven = isRight ? stored : await recoverEdge(tiles, found, edge);
  // The highest tile stands for the earliest entries.
  for (const [at, { level, index }] of [...tiles.entries()].toReversed()) {
    const tile = { level, index, found: found[at] ?? { reason: CANNOT_BE_READ } };
    const hashes = proven?.[at];
    await (hashes === undefined ? walk.enterUnproven(tile) : walk.enterTile(tile, hashes));
  }
  return proven !== undefined;
}
