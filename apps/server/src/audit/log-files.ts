import { type ReadTile, packEntries, parsePath } from "@wardroom/merkle-log";
import { MatrixError } from "#kernel";
import type { OpenLog } from "./grow-log.ts";
import { createReadTile } from "./read-tile.ts";

const TILE_WIDTH = 256;

/**
 * One file of a log as C2SP `tlog-tiles` names it. Only what the tree of `log` holds is given out.
 * @throws MatrixError M_NOT_FOUND for another spelling, or what is not there
 */
export async function readLogFile(log: OpenLog, path: string): Promise<Uint8Array> {
  const named = parsePath(path);
  if (named === undefined) throw missing();
  if (named.kind === "checkpoint") {
    if (log.note === "") throw missing();
    return Buffer.from(log.note);
  }
  const tile = named.kind === "tile" ? named.tile : { level: 0, index: named.index, width: named.width };
  const unit = TILE_WIDTH ** tile.level;
  if ((tile.index * TILE_WIDTH + tile.width) * unit > log.tree.size) throw missing();
  return named.kind === "tile" ? createReadTile(log, log.tree)(tile) : packEntries(await entriesOf(log, tile));
}

async function entriesOf(log: OpenLog, { index, width }: Parameters<ReadTile>[0]): Promise<readonly Uint8Array[]> {
  const rows = await log.store.listEntries(log.first + index * TILE_WIDTH, width);
  if (rows.length < width) throw missing();
  return rows.map(({ entry }) => entry);
}

const missing = () => new MatrixError("M_NOT_FOUND", "The log has no such file.");
