import { hashLeaf, type Tree } from "@wardroom/merkle-log";
import type { Storage, Write } from "#storage";
import { LogBroken } from "./errors.ts";
import type { PlaceStore } from "./place-store.ts";
import { createReadTile, nameOf, type TileSource } from "./read-tile.ts";
import type { CheckpointSigner } from "./sign-checkpoint.ts";

/** A log whose tree is in memory up to the last head. */
export interface OpenLog extends TileSource {
  readonly origin: string;
  readonly tree: Tree;
  /** The last signed checkpoint; empty before the first. */
  note: string;
  /** How many entries it covers. */
  signed: number;
}

export interface GrowthDeps {
  readonly storage: Pick<Storage, "commit">;
  readonly places: PlaceStore;
  /** Undefined for a log that is left behind: its tree grows, unsigned. */
  readonly signer?: CheckpointSigner;
}

/** Entries that one checkpoint covers at most; many more make the writer's batch long for those who wait behind it. */
const CHUNK = 1024;

/**
 * Takes what was committed since the last head into the tree, a chunk at a time, and signs. What is hashed is read back from the store, so what is signed
 * is what lies there. Tiles, index and head are one commit.
 * @throws LogBroken, and what the store or the second place throws: the tree in memory is then void
 */
export async function growLog(log: OpenLog, { storage, places, signer }: GrowthDeps): Promise<void> {
  for (;;) {
    const from = log.tree.size;
    const rows = await log.store.listEntries(log.first + from, CHUNK);
    if (rows.length === 0) return;
    const writes: Write[] = [];
    const pending = new Map<string, Uint8Array>();
    for (const { n, entry } of rows) {
      if (n !== log.first + log.tree.size) throw new LogBroken(`entry ${log.tree.size} is missing`);
      for (const { level, index, hashes } of log.tree.append(hashLeaf(entry))) {
        pending.set(nameOf(level, index), hashes);
        writes.push(log.store.insertTile({ log: log.log, level, tile: index, hashes }));
      }
    }
    const size = log.tree.size;
    const readTile = createReadTile(log, log.tree, pending);
    const note = signer === undefined ? log.note : await signer.sign({ size, root: log.tree.root() }, readTile);
    writes.push(places.insertRange({ from: log.first + from, to: log.first + size }));
    await storage.commit({ writes: [...writes, log.store.growLog({ log: log.log, from, to: size, note })] });
    log.note = note;
    if (signer !== undefined) log.signed = size;
    if (rows.length < CHUNK) return;
  }
}
