import { hashRow, isSameHash } from "./hashes.ts";
import type { BundleCheck } from "./check-bundle.ts";
import { type Found, type Hashes, type LogFiles, splitHashes } from "./log-files.ts";
import type { FaultList } from "./log-report.ts";
import { recoverHashes, type Whole } from "./recover-hashes.ts";
import { TILE_WIDTH } from "./tiles.ts";

/** A tile as it was found. */
interface FoundTile {
  readonly level: number;
  readonly index: number;
  readonly found: Found;
}

export interface Walk {
  /** Names what is wrong with a tile whose hashes are proven, then goes through all that lies under it. */
  enterTile(tile: FoundTile, hashes: Whole): Promise<void>;
  /** The same where nothing that is there is proven: what agrees with what lies under it is not accused. */
  enterUnproven(tile: FoundTile): Promise<void>;
}

const NOTHING_FITS = "neither it nor what lies under it hangs together with the checkpoint";

const startOf = (level: number, index: number): number => index * TILE_WIDTH ** (level + 1);

/** Which hashes of a tile differ, in words; undefined if none. Holes say nothing. */
function describeDifference(stored: Whole, right: Hashes): string | undefined {
  const altered = stored.flatMap((hash, at) => {
    const other = right[at];
    return other === undefined || isSameHash(hash, other) ? [] : [at];
  });
  if (altered.length === 0) return undefined;
  return altered.length === 1 ? `its hash ${altered[0]} was altered` : `${altered.length} of its ${stored.length} hashes were altered`;
}

/** The hashes of an altered or missing tile out of what lies under it: those that give the hash above it. */
async function recoverTile(files: LogFiles, { level, index, found }: FoundTile, hash: Uint8Array): Promise<Whole | undefined> {
  const fits = ([hashes = []]: readonly Whole[]): boolean => isSameHash(hashRow(Buffer.concat(hashes), 0, TILE_WIDTH), hash);
  const candidates: Hashes[] = found.bytes === undefined ? [] : [splitHashes(found.bytes)];
  candidates.push(await files.hashesFromBelow(level, index));
  const recovered = recoverHashes([{ width: TILE_WIDTH, candidates }], fits);
  if (recovered !== undefined || level === 0) return recovered?.[0];
  candidates.push(await files.hashesFromEntries(level, index));
  return recoverHashes([{ width: TILE_WIDTH, candidates }], fits)?.[0];
}

export function createWalk(files: LogFiles, faults: FaultList, bundles: BundleCheck): Walk {
  const addTileFault = (level: number, index: number, reason: string): void =>
    faults.add(startOf(level, index), { kind: "tile", path: files.tilePathOf(level, index), reason });

  const descend = async (level: number, index: number, hashes: Hashes, isProven: boolean): Promise<void> => {
    for (const [at, hash] of hashes.entries()) await checkFullTile(level - 1, index * TILE_WIDTH + at, hash, isProven);
  };

  const enterTile = async ({ level, index, found }: FoundTile, hashes: Whole, isProven = true): Promise<void> => {
    const reason = found.bytes === undefined ? found.reason : describeDifference(splitHashes(found.bytes), hashes);
    if (reason !== undefined) addTileFault(level, index, reason);
    return level === 0 ? bundles.check(index, hashes, isProven) : descend(level, index, hashes, isProven);
  };

  const enterUnproven = async ({ level, index, found }: FoundTile, accusation?: string): Promise<void> => {
    const stored = found.bytes === undefined ? undefined : splitHashes(found.bytes);
    const below = await files.hashesFromBelow(level, index);
    const differs = stored !== undefined && describeDifference(stored, below) !== undefined;
    const reason = found.bytes === undefined ? found.reason : (accusation ?? (differs ? NOTHING_FITS : undefined));
    if (reason !== undefined) addTileFault(level, index, reason);
    if (level > 0) {
      const guessed = below.map((hash, at) => hash ?? stored?.[at]);
      return descend(level, index, guessed, false);
    }
    return stored === undefined ? bundles.checkWithoutTile(index) : bundles.check(index, stored, false);
  };

  /** @param hash what the tile above says of it */
  const checkFullTile = async (level: number, index: number, hash: Uint8Array | undefined, isProven: boolean): Promise<void> => {
    const tile = { level, index, found: await files.readTile(level, index) };
    const { bytes } = tile.found;
    if (hash === undefined) return enterUnproven(tile);
    if (bytes !== undefined && isSameHash(hashRow(bytes, 0, TILE_WIDTH), hash)) return enterTile(tile, splitHashes(bytes), isProven);
    const recovered = await recoverTile(files, tile, hash);
    return recovered === undefined ? enterUnproven(tile, NOTHING_FITS) : enterTile(tile, recovered, isProven);
  };

  return { enterTile, enterUnproven };
}
